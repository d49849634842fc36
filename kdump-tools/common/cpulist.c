// SPDX-License-Identifier: GPL-2.0
#include "common/cpulist.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#include "common/file.h"

static int cpulist_parse_number(const char **at, u32 *ret_number)
{
	char *end;
	unsigned long number;

	if (!isdigit((unsigned char)**at))
		return -EINVAL;
	number = strtoul(*at, &end, 10);
	if (number > CPULIST_MAX)
		return -EINVAL;
	*at = end;
	*ret_number = number;
	return 0;
}

static int cpulist_parse_into(const char *at, u32 *cpus, size_t room, size_t *ret_count)
{
	size_t count = 0;

	while (*at) {
		u32 first, last;
		int err = cpulist_parse_number(&at, &first);

		last = first;
		if (!err && *at == '-') {
			at++;
			err = cpulist_parse_number(&at, &last);
		}
		if (err || last < first || last - first >= room - count)
			return -EINVAL;
		while (first <= last)
			cpus[count++] = first++;
		if (*at == ',' && at[1])
			at++;
		else if (*at)
			return -EINVAL;
	}
	*ret_count = count;
	return 0;
}

int cpulist_parse(const char *text, u32 **ret_cpus, size_t *ret_count)
{
	u32 *cpus = calloc(CPULIST_MAX + 1, sizeof(*cpus));
	size_t count = 0;
	int err;

	if (!cpus)
		return -ENOMEM;
	err = cpulist_parse_into(text, cpus, CPULIST_MAX + 1, &count);
	if (err) {
		free(cpus);
		return err;
	}
	*ret_cpus = cpus;
	*ret_count = count;
	return 0;
}

int cpulist_read(const char *path, u32 **ret_cpus, size_t *ret_count)
{
	char line[4096];
	int err = file_read_line(path, line, sizeof(line));

	return err ? err : cpulist_parse(line, ret_cpus, ret_count);
}
