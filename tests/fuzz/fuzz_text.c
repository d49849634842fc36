// SPDX-License-Identifier: GPL-2.0
/* Text that the kernel or the administrator wrote; the first byte of the input chooses the parser. */
#include <string.h>

#include "capture/phase_log.h"
#include "common/cpulist.h"
#include "common/iomem.h"
#include "fuzz.h"
#include "kdumpctl/bootopts.h"
#include "kdumpctl/dump_record.h"
#include "kexec/cmdline.h"
#include "kexec/kcore.h"

static void read_iomem(const char *text)
{
	struct iomem map;

	if (iomem_parse(&map, text))
		return;
	for (size_t i = 0; i < map.count; i++) {
		FUZZ_REQUIRE(map.entries[i].start <= map.entries[i].end);
		FUZZ_REQUIRE(strlen(map.entries[i].name) < sizeof(map.entries[i].name));
	}
	iomem_total_bytes(&map, IOMEM_RAM);
	iomem_deinit(&map);
}

static void read_cpulist(const char *text)
{
	size_t count;
	u32 *cpus;

	if (cpulist_parse(text, &cpus, &count))
		return;
	for (size_t i = 0; i < count; i++)
		FUZZ_REQUIRE(cpus[i] <= CPULIST_MAX);
	free(cpus);
}

static void read_cmdline(const char *text)
{
	char consoles[64];
	char *reused = cmdline_reuse(text, true);

	if (reused)
		FUZZ_REQUIRE(strlen(reused) <= strlen(text) + 1);
	free(reused);
	bootopts_has(text, "intel_iommu=", "on");
	if (!bootopts_for_dump(text, consoles, sizeof(consoles)))
		FUZZ_REQUIRE(strlen(consoles) < sizeof(consoles));
}

static void read_stage1(char *area, size_t bytes)
{
	size_t found_bytes;
	const char *found = dump_record_find(area, bytes, STAGE1_DMESG, &found_bytes);

	if (found)
		FUZZ_REQUIRE(found >= area && found + found_bytes <= area + bytes);
}

/* The input is the log as the dead kernel left it, and then a buffer of notes that should hold it. */
static void read_phase_log(const char *text, size_t bytes)
{
	struct phase_log log = { text, bytes };
	char line[40];

	for (int round = 0; round < 2; round++) {
		memset(line, 'x', sizeof(line));
		phase_log_summarize(&log, line, sizeof(line));
		FUZZ_REQUIRE(memchr(line, 0, sizeof(line)));
		for (const char *at = line; *at; at++)
			FUZZ_REQUIRE(*at >= ' ' && *at <= '~');
		log = phase_log_find(text, bytes);
		FUZZ_REQUIRE(!log.bytes || (log.text > text && log.text + log.bytes <= text + bytes));
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t bytes)
{
	struct kcore_map map;
	char *text;

	if (!bytes)
		return 0;
	text = malloc(bytes);
	if (!text)
		abort();
	memcpy(text, data + 1, bytes - 1);
	text[bytes - 1] = 0;
	switch (data[0] % 6) {
	case 0:
		read_iomem(text);
		break;
	case 1:
		read_cpulist(text);
		break;
	case 2:
		read_cmdline(text);
		break;
	case 3:
		read_stage1(text, bytes);
		break;
	case 4:
		read_phase_log(text, bytes);
		break;
	default:
		kcore_parse(&map, text, bytes, 0x1000000);
	}
	free(text);
	return 0;
}
