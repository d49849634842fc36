/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where a file's blocks lie on the device of its file system, as FIEMAP tells it
 * (Linux Documentation/filesystems/fiemap.rst), and only if they may be written there.
 */
#ifndef KDUMPCTL_FILE_EXTENTS_H
#define KDUMPCTL_FILE_EXTENTS_H

#include <linux/fiemap.h>

#include "capture/extent.h"

struct file_extents {
	struct extent list[EXTENT_MAX];	/* neighbours on the device are one extent */
	u32 count;
	u64 bytes;			/* of the file, so far */
};

/*
 * Writes back what is dirty, then reads all extents of a file of `bytes` bytes.
 * -EOPNOTSUPP: a kind of block that must not be written behind the file system's back, or a
 * hole; -E2BIG: more than EXTENT_MAX; what ioctl(2) says.  The reason receives why.
 */
int file_extents_read(int fd, u64 bytes, struct file_extents *ret_extents, char *reason, size_t size);

/* Adds the next one that FIEMAP told; errors as above.  For tests. */
int file_extents_add(struct file_extents *extents, const struct fiemap_extent *found, char *reason, size_t size);

#endif
