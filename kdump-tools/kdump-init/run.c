// SPDX-License-Identifier: GPL-2.0
#include "kdump-init/run.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "common/capture_report.h"
#include "common/file.h"

#define CMDLINE_MAX_BYTES (64u << 10)
#define MEMINFO_MAX_BYTES (64u << 10)

struct run *run_create(void)
{
	struct run *run = mmap(NULL, sizeof(*run), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (run == MAP_FAILED)
		return NULL;
	run->start_us = env_clock_us();
	return run;
}

void run_read_region(struct run *run)
{
	size_t bytes;
	char *text, *option;

	if (file_read("/proc/cmdline", CMDLINE_MAX_BYTES, &text, &bytes))
		return;
	option = strstr(text, " " CAPTURE_REPORT_REGION);
	if (option)
		run->region_bytes = strtoull(option + strlen(" " CAPTURE_REPORT_REGION), NULL, 10);
	free(text);
}

/* A line of /proc/meminfo, in bytes; 0 when it is not there. */
static u64 meminfo_value(const char *text, const char *name)
{
	size_t bytes = strlen(name);

	for (; *text; text += *text == '\n') {
		if (!strncmp(text, name, bytes))
			return strtoull(text + bytes, NULL, 10) << 10;
		while (*text && *text != '\n')
			text++;
	}
	return 0;
}

void run_sample_memory(struct run *run)
{
	u64 available;
	size_t bytes;
	char *text;

	if (file_read("/proc/meminfo", MEMINFO_MAX_BYTES, &text, &bytes))
		return;
	available = meminfo_value(text, "MemAvailable:");
	run->memory_bytes = meminfo_value(text, "MemTotal:");
	free(text);
	if (available && (!run->least_available_bytes || available < run->least_available_bytes))
		run->least_available_bytes = available;
}
