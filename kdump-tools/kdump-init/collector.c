// SPDX-License-Identifier: GPL-2.0
#include "kdump-init/collector.h"

#include <errno.h>
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
	char *argv[MAX_WORDS], *copy = strdup(command);
	int status = copy ? collector_split(copy, output, argv, MAX_WORDS) : -ENOMEM;

	if (!status)
		status = program_run(run, argv, output);
	if (status < 0)
		say_error("core_collector '%s' can't be started: %s", command, strerror(-status));
	else if (status)
		say_error("core_collector '%s' failed with status %d; what it said stands above", command, status);
	free(copy);
	return status > 0 ? -EIO : status;
}
