/* SPDX-License-Identifier: GPL-2.0 */
/* Lists of numbers as sysfs writes them: "0-3,8,10-11". */
#ifndef COMMON_CPULIST_H
#define COMMON_CPULIST_H

#include "capture/env.h"

/*
 * Parses a list into new memory, freed by the caller; an empty list has count 0.
 * -EINVAL: malformed, or a number above CPULIST_MAX; -ENOMEM.
 */
#define CPULIST_MAX 65535u
int cpulist_parse(const char *text, u32 **ret_cpus, size_t *ret_count);

/* The same from a file, such as /sys/devices/system/cpu/present; errors of file_read_line() too. */
int cpulist_read(const char *path, u32 **ret_cpus, size_t *ret_count);

#endif
