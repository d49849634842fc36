/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the pieces of a dump file lie on its disk.  A list is in the order of the file
 * and has no holes: the file offset of an extent is the sum of the lengths before it.
 */
#ifndef CAPTURE_EXTENT_H
#define CAPTURE_EXTENT_H

#include "capture/env.h"

/* What a file may be scattered over: 32 KiB of the config block. */
#define EXTENT_MAX 2048u

/* An entry of the config block: part of the ABI. */
struct extent {
	u64 disk_bytes;		/* 0x00 from the start of the whole disk or namespace */
	u64 bytes;		/* 0x08 multiple of 4096 */
};
_Static_assert(sizeof(struct extent) == 16, "ABI");

/*
 * 0 when the list may be written to: its lengths are whole pages and sum up to
 * total_bytes, every extent lies on a disk of disk_bytes and begins on one of its blocks,
 * and no two overlap.  -EINVAL otherwise.
 */
int extent_list_check(const struct extent *list, u32 count, u64 total_bytes, u64 disk_bytes, u32 block_bytes);

/*
 * The place of a file offset, and how many bytes from there on lie in one piece.
 * -ERANGE: the offset is behind the end.
 */
int extent_find(const struct extent *list, u32 count, u64 offset, u64 *ret_disk_bytes, u64 *ret_run_bytes);

#endif
