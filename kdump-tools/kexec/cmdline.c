// SPDX-License-Identifier: GPL-2.0
#include "kexec/cmdline.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Length of the option at `at`: up to the next space outside double quotes. */
static size_t cmdline_option_length(const char *at)
{
	bool quoted = false;
	size_t len;

	for (len = 0; at[len] && (quoted || !isspace((unsigned char)at[len])); len++)
		if (at[len] == '"')
			quoted = !quoted;
	return len;
}

static bool cmdline_is_option(const char *at, const char *name)
{
	return !strncmp(at, name, strlen(name));
}

char *cmdline_reuse(const char *running, bool for_crash)
{
	char *kept = calloc(1, strlen(running) + 1);
	char *end = kept;

	while (kept && *running) {
		size_t len = cmdline_option_length(running);

		if (len && !cmdline_is_option(running, "BOOT_IMAGE=") &&
		    !(for_crash && cmdline_is_option(running, "crashkernel="))) {
			if (end != kept)
				*end++ = ' ';
			memcpy(end, running, len);
			end += len;
		}
		running += len + (running[len] != 0);
	}
	return kept;
}

char *cmdline_join(const char *first, const char *second)
{
	char *joined;

	first = first ?: "";
	second = second ?: "";
	if (asprintf(&joined, "%s%s%s", first, *first && *second ? " " : "", second) < 0)
		return NULL;
	return joined;
}
