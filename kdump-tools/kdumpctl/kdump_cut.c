// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/kdump_cut.h"

#include <stdlib.h>

#include "capture/kdump_format.h"

#define PIECE_BYTES (3u << 18)	/* whole descriptors, whole blocks */

_Static_assert(PIECE_BYTES % sizeof(struct kdump_page) == 0 && PIECE_BYTES % TARGET_BLOCK == 0, "no descriptor in two pieces");

struct scan {
	u64 first_offset;	/* of data, which follows the descriptors; 0: none seen */
	u64 end, limit_bytes;
};

/* False at the first that was not written. */
static bool take(struct scan *scan, const struct kdump_page *page)
{
	if (!page->offset || !page->bytes || page->bytes > PAGE_BYTES || page->offset > scan->limit_bytes ||
	    page->bytes > scan->limit_bytes - page->offset)
		return false;
	if (!scan->first_offset)
		scan->first_offset = page->offset;
	if (page->offset + page->bytes > scan->end)
		scan->end = page->offset + page->bytes;
	return true;
}

/* They are in the order of their pages, and were written in it. */
static int scan_pages(const struct target_disk *disk, u64 at, u8 *piece, struct scan *scan)
{
	for (; at < scan->limit_bytes; at += PIECE_BYTES) {
		const struct kdump_page *page = (const struct kdump_page *)piece;
		u64 bytes = align_down(min_u64(PIECE_BYTES, scan->limit_bytes - at), TARGET_BLOCK);
		int err = target_disk_read(disk, piece, bytes, TARGET_PAYLOAD_OFFSET + at);

		if (err)
			return err;
		for (u64 i = 0; i < bytes / sizeof(*page); i++)
			if ((scan->first_offset && at + (i + 1) * sizeof(*page) > scan->first_offset) || !take(scan, &page[i]))
				return 0;
	}
	return 0;
}

int kdump_cut_find_end(const struct target_disk *disk, u64 limit_bytes, u64 *ret_bytes)
{
	u8 *piece = aligned_alloc(TARGET_BLOCK, PIECE_BYTES);
	struct scan scan = { .limit_bytes = limit_bytes };
	struct kdump_header header;
	int err = piece ? target_disk_read(disk, piece, TARGET_BLOCK, TARGET_PAYLOAD_OFFSET) : -ENOMEM;

	if (!err) {
		memcpy(&header, piece, sizeof(header));
		if (!memcmp(header.signature, KDUMP_SIGNATURE, sizeof(header.signature)) && header.block_bytes == KDUMP_BLOCK_BYTES)
			err = scan_pages(disk, (1ull + header.sub_header_blocks + header.bitmap_blocks) * KDUMP_BLOCK_BYTES, piece, &scan);
	}
	free(piece);
	if (!err)
		*ret_bytes = scan.end;
	return err;
}
