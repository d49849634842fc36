/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Small files read whole: sysfs and procfs values, images.  Nothing here logs,
 * since many of these files may well be absent: the caller knows what that means.
 */
#ifndef COMMON_FILE_H
#define COMMON_FILE_H

#include "capture/env.h"

/*
 * Reads all of path into new memory, with a NUL after it that is not counted;
 * the caller frees *ret_data.  The size need not be known beforehand (procfs).
 * Errors: what open(2) and read(2) say, -EFBIG above max_bytes, -ENOMEM.
 */
int file_read(const char *path, size_t max_bytes, char **ret_data, size_t *ret_bytes);

/*
 * Reads the first line of path into buf[size], without white space at its ends.
 * Errors: as file_read(), -EFBIG when the line does not fit.
 */
int file_read_line(const char *path, char *buf, size_t size);

/*
 * Reads a file that holds one unsigned number; base as strtoull's (0: 0x means hex).
 * Errors: as file_read_line(), -EINVAL when it is not one number.
 */
int file_read_u64(const char *path, int base, u64 *ret_value);

/* Reads folder/name, a file that holds one unsigned number; -ENAMETOOLONG too. */
int file_read_u64_in(const char *folder, const char *name, int base, u64 *ret_value);

/* folder/name into path[size]; -ENAMETOOLONG. */
int file_join_path(char *path, size_t size, const char *folder, const char *name);

/* Writes text to an existing file with one write(2), as sysfs wants it. */
int file_write_text(const char *path, const char *text);

/*
 * Replaces path at once, durably, with a new file of these bytes; path.new is used for
 * it.  -ENAMETOOLONG, what the system calls say.
 */
int file_replace(const char *path, const void *data, size_t bytes, unsigned int permissions);

/* Whole writes and reads at an offset: no short counts; -EIO at the file's end. */
int file_pwrite_all(int fd, const void *data, size_t bytes, u64 offset);
int file_pread_all(int fd, void *data, size_t bytes, u64 offset);

#endif
