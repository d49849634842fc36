/* SPDX-License-Identifier: GPL-2.0 */
/* What an archive is made of: names in it, and where each one's bytes come from. */
#ifndef INITRAMFS_FILE_SET_H
#define INITRAMFS_FILE_SET_H

#include <sys/stat.h>

#include "initramfs/buffer.h"
#include "initramfs/hash_index.h"

struct file_entry {
	char *name;	/* in the archive, without a slash in front */
	mode_t mode;	/* with its type */
	char *source;	/* path of the file; NULL: data */
	char *data;	/* of a made-up file, or where a link leads */
	size_t bytes;	/* of data */
};

struct file_set {
	struct file_entry *entry;	/* in byte order of the names; folders too */
	size_t count;
};

/*
 * Each adds a name and the folders above it; a name that is there already is left as it
 * is.  A source that is packed (.ko.xz and the like) is unpacked when the archive is made.
 * -ENOMEM, -EINVAL for a name with an empty part, "." or "..".
 */
int file_set_add_file(struct file_set *set, const char *name, const char *source, mode_t permissions);
int file_set_add_data(struct file_set *set, const char *name, const void *data, size_t bytes, mode_t permissions);
int file_set_add_link(struct file_set *set, const char *name, const char *to);

bool file_set_has(const struct file_set *set, const char *name);

/*
 * Adds names, modes and contents to a hash, contents by way of the index.  *ret_failed:
 * the source that could not be read, when the error is open(2)'s or read(2)'s.
 */
int file_set_hash(const struct file_set *set, struct hash_index *index, struct sha256 *hash, const char **ret_failed);

/* A source as it goes into the archive, to be freed.  Errors of file_read(); -EBADMSG as below. */
int file_set_read_source(const char *source, char **ret_data, size_t *ret_bytes);

/* Appends the whole archive.  Errors as above; -EBADMSG: a source that can't be unpacked. */
int file_set_write(const struct file_set *set, struct buffer *archive, const char **ret_failed);

void file_set_deinit(struct file_set *set);

#endif
