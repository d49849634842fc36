/* SPDX-License-Identifier: GPL-2.0 */
/* The folder of one collected dump, and files in it that appear only when they are durable. */
#ifndef KDUMPCTL_DUMP_DIR_H
#define KDUMPCTL_DUMP_DIR_H

#include <limits.h>

#include "capture/target.h"

struct dump_dir {
	int fd;
	char path[PATH_MAX];
};

/*
 * "<hostname>-<YYYY-MM-DD-HH:MM:SS>", UTC; without a known crash time the header's
 * generation stands in its place.  -ENAMETOOLONG.
 */
int dump_dir_name(const char *hostname, const struct target_header *header, char *buf, size_t size);

/*
 * Makes and opens the folder for this dump below path, with all folders above it.  One
 * that an interrupted run began is taken again: its kdump.log begins with
 * dump_dir_identity().  One that holds another dump is left alone, "-<generation>" is added.
 * Errors: what mkdir(2), open(2) and fsync(2) say.
 */
int dump_dir_open(struct dump_dir *dir, const char *path, const char *hostname, const struct target_header *header);
void dump_dir_close(struct dump_dir *dir);

/* First line of kdump.log, which tells dumps apart: "target <uuid> generation <n>\n". */
void dump_dir_identity(const struct target_header *header, char *buf, size_t size);

/*
 * Opens name-incomplete for writing, 0600, empty; -errno.  dump_dir_finish() makes it
 * durable, gives it its name, makes that durable, and closes fd in any case.
 */
int dump_dir_create(const struct dump_dir *dir, const char *name);
int dump_dir_finish(const struct dump_dir *dir, const char *name, int fd);

/* A whole small file in one go. */
int dump_dir_write_file(const struct dump_dir *dir, const char *name, const void *data, size_t bytes);

#endif
