/* SPDX-License-Identifier: GPL-2.0 */
/* The folder of one dump, and files in it that appear only when they are durable. */
#ifndef COMMON_DUMP_DIR_H
#define COMMON_DUMP_DIR_H

#include <limits.h>

#include "capture/env.h"

/* What tells one dump from another. */
struct dump_id {
	u64 crash_time;		/* unix seconds; 0: unknown */
	u64 number;		/* stands in the folder's name when the time does not do */
	char line[128];		/* first line of kdump.log, with its newline */
};

struct dump_dir {
	int fd;
	char path[PATH_MAX];
};

/* What stands for this host in the names of its dumps' folders; buf: of HOST_NAME_MAX + 1 bytes. */
void dump_dir_host(const char *hostname, char *buf);

/*
 * "<hostname>-<YYYY-MM-DD-HH:MM:SS>", UTC; without a known crash time the number
 * stands in its place.  -ENAMETOOLONG.
 */
int dump_dir_name(const char *hostname, const struct dump_id *id, char *buf, size_t size);

/*
 * Makes and opens the folder for this dump below path, with all folders above it.  One
 * that an interrupted run began is taken again: its kdump.log begins with id->line.
 * One that holds another dump is left alone, "-<number>" is added.  Where the file system
 * takes no colons, points stand in their place.
 * Errors: what mkdir(2), open(2) and fsync(2) say.
 */
int dump_dir_open(struct dump_dir *dir, const char *path, const char *hostname, const struct dump_id *id);
void dump_dir_close(struct dump_dir *dir);

/*
 * Opens name-incomplete for writing, 0600, empty; -errno.  dump_dir_finish() makes it
 * durable, gives it its name, makes that durable, and closes fd in any case.
 */
int dump_dir_create(const struct dump_dir *dir, const char *name);
int dump_dir_finish(const struct dump_dir *dir, const char *name, int fd);

/* A whole small file in one go. */
int dump_dir_write_file(const struct dump_dir *dir, const char *name, const void *data, size_t bytes);

#endif
