/* SPDX-License-Identifier: GPL-2.0 */
/* `kdumpctl mkdump --file`: preallocates a dump file. */
#ifndef KDUMPCTL_MKDUMP_FILE_H
#define KDUMPCTL_MKDUMP_FILE_H

#include "kdumpctl/target_disk.h"

/* What a new dump file is called until it is whole; buf: PATH_MAX bytes.  -ENAMETOOLONG. */
int mkdump_file_next_name(const char *path, char *buf);

/*
 * Makes the file path.next, really written and durable, EMPTY, and checks that its blocks may
 * be written directly.  Nothing of it is left on failure.  bytes: rounded down to TARGET_BLOCK.
 * Negative errno, with the reason.
 */
int mkdump_file_create(const char *path, u64 bytes, const u8 *uuid, u64 generation, char *reason, size_t size);

/* Gives path.next its name, durably, and sets its immutable flag.  What the system calls say. */
int mkdump_file_install(const char *path);

/*
 * The command.  size_text: "20G" and the like, NULL for what a dump of this machine needs.
 * A dump file that is there already is replaced when it holds no dump, or `force` has "dump".
 */
int mkdump_file_command(const char *path, const char *size_text, const char *force);

#endif
