/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Values and links below /sys, /proc and /boot.  Each path is a format; root is put
 * before it ("" for the running machine, a folder with a made-up tree in tests).
 * Silent: that a file is absent often means something.
 */
#ifndef KDUMPCTL_SYSFS_H
#define KDUMPCTL_SYSFS_H

#include <limits.h>

#include "capture/env.h"

#define SYSFS_FORMAT(n) __attribute__((format(printf, n, n + 1)))

/* First line without white space around it; errors as file_read_line(). */
int sysfs_read_line(const char *root, char *buf, size_t size, const char *fmt, ...) SYSFS_FORMAT(4);

/* One number, base as strtoull's; errors as file_read_u64(). */
int sysfs_read_u64(const char *root, int base, u64 *ret_value, const char *fmt, ...) SYSFS_FORMAT(4);

/* A whole file with a NUL after it, to be freed; errors as file_read(). */
int sysfs_read_all(const char *root, char **ret_data, size_t *ret_bytes, const char *fmt, ...) SYSFS_FORMAT(4);

/* Last part of what a symbolic link points to.  -ENAMETOOLONG, readlink(2)'s errors. */
int sysfs_link_name(const char *root, char *buf, size_t size, const char *fmt, ...) SYSFS_FORMAT(4);

/* realpath(3), without root in front; buf: PATH_MAX bytes. */
int sysfs_real_path(const char *root, char *buf, const char *fmt, ...) SYSFS_FORMAT(3);

bool sysfs_exists(const char *root, const char *fmt, ...) SYSFS_FORMAT(2);

/*
 * Calls each(name, context) for every entry of a folder, . and .. apart, in byte
 * order, until it returns nonzero, which is then returned.  -ENOENT: no such folder.
 */
int sysfs_for_each(const char *root, const char *folder, int (*each)(const char *name, void *context),
		   void *context);

#endif
