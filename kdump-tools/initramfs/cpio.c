// SPDX-License-Identifier: GPL-2.0
#include "initramfs/cpio.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define CPIO_HEAD_BYTES 110u
#define CPIO_ALIGN 4u

static int add_aligned(struct buffer *archive, const void *data, size_t bytes)
{
	int err = buffer_add(archive, data, bytes);

	return err ? err : buffer_add(archive, NULL, align_up(archive->bytes, CPIO_ALIGN) - archive->bytes);
}

int cpio_add(struct buffer *archive, u32 number, const char *name, mode_t mode, const void *data, size_t bytes)
{
	char head[CPIO_HEAD_BYTES + 1];
	size_t name_bytes = strlen(name) + 1, before = archive->bytes;
	int err;

	if (bytes > UINT32_MAX)
		return -EFBIG;
	/* magic, inode, mode, uid, gid, links, mtime, size, device and special device, name's size, no sum */
	snprintf(head, sizeof(head), "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X", number,
		 (unsigned int)mode, 0, 0, 1, 0, (unsigned int)bytes, 0, 0, 0, 0, (unsigned int)name_bytes, 0);
	err = buffer_add(archive, head, CPIO_HEAD_BYTES);
	if (!err)
		err = add_aligned(archive, name, name_bytes);
	if (!err && bytes)
		err = add_aligned(archive, data, bytes);
	if (err)
		archive->bytes = before;
	return err;
}

int cpio_end(struct buffer *archive)
{
	return cpio_add(archive, 0, "TRAILER!!!", 0, NULL, 0);
}
