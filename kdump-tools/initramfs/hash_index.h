/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Contents of files by name, remembered: a file whose device, inode, size and times are
 * those of last time has the content of last time.  One that changed within the last
 * moments before it was read is not remembered, as a further change could leave no trace
 * in its times.
 */
#ifndef INITRAMFS_HASH_INDEX_H
#define INITRAMFS_HASH_INDEX_H

#include "common/sha256.h"

struct hash_index_entry {
	char *path;
	u64 device, inode, bytes;
	u64 mtime_ns, ctime_ns;
	u8 digest[SHA256_BYTES];
	bool used;	/* asked for since it was opened */
};

struct hash_index {
	struct hash_index_entry *entry;
	size_t count;
	u64 hashed_bytes;	/* read since it was opened */
	bool changed;		/* since then, too */
};

/* Reads what was saved; what is missing or makes no sense is an empty index. */
void hash_index_open(struct hash_index *index, const char *file);

/* The content's digest of a regular file.  open(2)'s and read(2)'s errors, -EINVAL for anything else, -ENOMEM. */
int hash_index_get(struct hash_index *index, const char *path, u8 *ret_digest);

/* Replaces the file by what was asked for since hash_index_open(), if that is something else.  What the system calls say. */
int hash_index_save(const struct hash_index *index, const char *file);

void hash_index_deinit(struct hash_index *index);

#endif
