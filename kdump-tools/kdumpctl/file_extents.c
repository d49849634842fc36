// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/file_extents.h"

#include <errno.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#define BATCH 256u

static const struct {
	u32 flag;
	const char *reason;
} refused[] = {
	{ FIEMAP_EXTENT_UNKNOWN, "the file system does not tell where it lies" },
	{ FIEMAP_EXTENT_DELALLOC, "it has no place on the disk yet" },
	{ FIEMAP_EXTENT_ENCODED, "the file system compresses or encrypts it" },
	{ FIEMAP_EXTENT_DATA_ENCRYPTED, "the file system encrypts it" },
	{ FIEMAP_EXTENT_NOT_ALIGNED, "it does not begin and end on blocks" },
	{ FIEMAP_EXTENT_DATA_INLINE, "it lies inside the file system's own records" },
	{ FIEMAP_EXTENT_DATA_TAIL, "it shares a block with another file" },
	{ FIEMAP_EXTENT_UNWRITTEN, "it was allocated but never written, so the file system would read zeros" },
	{ FIEMAP_EXTENT_SHARED, "it is shared with another file (a reflink or snapshot)" },
};

int file_extents_add(struct file_extents *extents, const struct fiemap_extent *found, char *reason, size_t size)
{
	struct extent *last = extents->count ? &extents->list[extents->count - 1] : NULL;

	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		if (found->fe_flags & refused[i].flag) {
			snprintf(reason, size, "its part at %llu can't be written directly: %s",
				 (unsigned long long)found->fe_logical, refused[i].reason);
			return -EOPNOTSUPP;
		}
	}
	if (found->fe_flags & ~(FIEMAP_EXTENT_LAST | FIEMAP_EXTENT_MERGED)) {
		snprintf(reason, size, "its part at %llu has the flags %x, which this version does not know",
			 (unsigned long long)found->fe_logical, found->fe_flags);
		return -EOPNOTSUPP;
	}
	if (found->fe_logical != extents->bytes || !found->fe_length || found->fe_length % PAGE_BYTES) {
		snprintf(reason, size, "it has a hole at %llu", (unsigned long long)extents->bytes);
		return -EOPNOTSUPP;
	}
	if (last && last->disk_bytes + last->bytes == found->fe_physical) {
		last->bytes += found->fe_length;
	} else if (extents->count == EXTENT_MAX) {
		snprintf(reason, size, "it lies in more than %u pieces; make it again where the file system has more free space in one piece",
			 EXTENT_MAX);
		return -E2BIG;
	} else {
		extents->list[extents->count++] = (struct extent){ found->fe_physical, found->fe_length };
	}
	extents->bytes += found->fe_length;
	return 0;
}

/* One call's worth; *ret_last when there are no more. */
static int read_batch(int fd, struct fiemap *map, struct file_extents *extents, bool *ret_last, char *reason, size_t size)
{
	int err = 0;

	memset(map, 0, sizeof(*map));
	map->fm_start = extents->bytes;
	map->fm_length = FIEMAP_MAX_OFFSET - extents->bytes;
	map->fm_flags = FIEMAP_FLAG_SYNC;
	map->fm_extent_count = BATCH;
	if (ioctl(fd, FS_IOC_FIEMAP, map)) {
		err = -errno;
		snprintf(reason, size, "its file system can't tell where it lies (FIEMAP: %s)", strerror(-err));
		return err;
	}
	*ret_last = !map->fm_mapped_extents;
	for (u32 i = 0; !err && i < map->fm_mapped_extents; i++) {
		err = file_extents_add(extents, &map->fm_extents[i], reason, size);
		*ret_last = map->fm_extents[i].fe_flags & FIEMAP_EXTENT_LAST;
	}
	return err;
}

int file_extents_read(int fd, u64 bytes, struct file_extents *ret_extents, char *reason, size_t size)
{
	struct fiemap *map = malloc(sizeof(*map) + BATCH * sizeof(map->fm_extents[0]));
	bool last = false;
	int err = map ? 0 : -ENOMEM;

	ret_extents->count = 0;
	ret_extents->bytes = 0;
	if (err)
		snprintf(reason, size, "%s", strerror(-err));
	while (!err && !last)
		err = read_batch(fd, map, ret_extents, &last, reason, size);
	free(map);
	if (!err && ret_extents->bytes != bytes) {
		snprintf(reason, size, "%llu of its %llu bytes have a place on the disk",
			 (unsigned long long)ret_extents->bytes, (unsigned long long)bytes);
		err = -EOPNOTSUPP;
	}
	return err;
}
