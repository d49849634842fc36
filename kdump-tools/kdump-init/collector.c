// SPDX-License-Identifier: GPL-2.0
#include "kdump-init/collector.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kdump-init/program.h"
#include "kdump-init/say.h"
#include "kdump-init/vmcore.h"

#define MAX_WORDS 64

int collector_split(char *command, char *output, char **argv, size_t size)
{
	static char vmcore[] = VMCORE_FILE;
	bool has_vmcore = false;
	size_t words = 0;
	char *word;

	while ((word = strsep(&command, " \t"))) {
		if (!*word)
			continue;
		if (words + 4 > size)
			return -E2BIG;
		has_vmcore |= !strcmp(word, VMCORE_FILE);
		argv[words++] = word;
	}
	if (!words)
		return -EINVAL;
	if (!has_vmcore)
		argv[words++] = vmcore;
	argv[words++] = output;
	argv[words] = NULL;
	return 0;
}

int collector_run(struct run *run, const char *command, char *output)
{
	char *argv[MAX_WORDS], *copy = strdup(command), name[256];
	int status = copy ? collector_split(copy, output, argv, MAX_WORDS) : -ENOMEM;

	if (!status)
		status = program_run(run, argv, output);
	snprintf(name, sizeof(name), "core_collector '%.200s'", command);
	if (status)
		program_say_failure(name, status);
	free(copy);
	return status > 0 ? -EIO : status;
}
