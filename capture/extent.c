// SPDX-License-Identifier: GPL-2.0
#include "capture/extent.h"

static bool is_on_disk(const struct extent *extent, u64 disk_bytes, u32 block_bytes)
{
	return extent->bytes && extent->bytes % PAGE_BYTES == 0 && extent->disk_bytes % block_bytes == 0 &&
	       extent->disk_bytes <= disk_bytes && extent->bytes <= disk_bytes - extent->disk_bytes;
}

static bool overlaps(const struct extent *a, const struct extent *b)
{
	return a->disk_bytes < b->disk_bytes + b->bytes && b->disk_bytes < a->disk_bytes + a->bytes;
}

int extent_list_check(const struct extent *list, u32 count, u64 total_bytes, u64 disk_bytes, u32 block_bytes)
{
	u64 left = total_bytes;

	if (!count || count > EXTENT_MAX)
		return -EINVAL;
	for (u32 i = 0; i < count; i++) {
		if (!is_on_disk(&list[i], disk_bytes, block_bytes) || list[i].bytes > left)
			return -EINVAL;
		left -= list[i].bytes;
		for (u32 j = 0; j < i; j++)
			if (overlaps(&list[i], &list[j]))
				return -EINVAL;
	}
	return left ? -EINVAL : 0;
}

int extent_find(const struct extent *list, u32 count, u64 offset, u64 *ret_disk_bytes, u64 *ret_run_bytes)
{
	for (u32 i = 0; i < count; i++) {
		if (offset < list[i].bytes) {
			*ret_disk_bytes = list[i].disk_bytes + offset;
			*ret_run_bytes = list[i].bytes - offset;
			return 0;
		}
		offset -= list[i].bytes;
	}
	return -ERANGE;
}
