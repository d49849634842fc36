// SPDX-License-Identifier: GPL-2.0
#include "kexec/fallback.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "common/log.h"

#define RANGES_PATH "/sys/kernel/crash_image_ranges"
#define RANGES_MAX_BYTES (64u << 10)

int fallback_check_support(void)
{
	if (!access(RANGES_PATH, F_OK))
		return 0;
	log_error("this kernel keeps one crash image only; --fallback needs a kernel with Lifeboat's kernel/ in it (there is no " RANGES_PATH "): load the image that matters more with -p alone");
	return -EOPNOTSUPP;
}

/* Each line is "start-end", hexadecimal, the end exclusive. */
int fallback_parse_taken(const char *text, struct memrange_set *ret_taken)
{
	struct memrange_set taken = { .capacity = 1 };
	int err = 0;

	for (const char *at = text; *at; at++)
		taken.capacity += *at == '\n';
	taken.range = calloc(taken.capacity, sizeof(*taken.range));
	if (!taken.range)
		return -ENOMEM;
	for (const char *line = text; *line && !err; ) {
		unsigned long long start, end;
		int length = 0;

		if (sscanf(line, "%llx-%llx%n", &start, &end, &length) != 2 || line[length] != '\n')
			err = -EINVAL;
		else
			err = memrange_add(&taken, start, end);
		line += length + 1;
	}
	if (err)
		free(taken.range);
	else
		*ret_taken = taken;
	return err;
}

int fallback_read_taken(struct memrange_set *ret_taken)
{
	char *text;
	size_t bytes;
	int err = fallback_check_support();

	if (err)
		return err;
	err = file_read(RANGES_PATH, RANGES_MAX_BYTES, &text, &bytes);
	if (!err) {
		err = fallback_parse_taken(text, ret_taken);
		free(text);
	}
	if (err)
		log_error("cannot read " RANGES_PATH ": %s", err == -EBUSY ? "another kexec call is in progress, try again" : strerror(-err));
	return err;
}
