// SPDX-License-Identifier: GPL-2.0
#include "kexec/ram_placement.h"

#include <errno.h>

/* The piece's place in one hole; -ENOSPC when there is none. */
static int ram_placement_in_hole(const struct ram_piece *piece, const struct memrange *hole, u64 *ret_pa)
{
	u64 start = hole->start > piece->min_pa ? hole->start : piece->min_pa;
	u64 end = piece->end_pa ? min_u64(hole->end, piece->end_pa) : hole->end, pa;

	if (end < start || end - start < piece->bytes)
		return -ENOSPC;
	pa = piece->place == RAM_PLACE_LOW ? align_up(start, piece->align_bytes) :
					     align_down(end - piece->bytes, piece->align_bytes);
	/* pa < start: aligned down below the hole, or align_up() passed 2^64 */
	if (pa < start || pa > end - piece->bytes)
		return -ENOSPC;
	*ret_pa = pa;
	return 0;
}

static int ram_placement_find(struct ram_piece *piece, const struct memrange_set *holes)
{
	if (piece->place == RAM_PLACE_FIXED)
		return memrange_contains(holes, piece->pa, piece->pa + piece->bytes) ? 0 : -EADDRNOTAVAIL;
	for (u32 i = 0; i < holes->count; i++) {
		u32 at = piece->place == RAM_PLACE_LOW ? i : holes->count - 1 - i;

		if (!ram_placement_in_hole(piece, &holes->range[at], &piece->pa))
			return 0;
	}
	return -ENOSPC;
}

int ram_placement_place(struct memrange_set *holes, struct ram_piece *pieces, size_t count, size_t *ret_failed)
{
	for (u32 pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < count; i++) {
			int err;

			if ((pieces[i].place == RAM_PLACE_FIXED) != !pass)
				continue;
			err = ram_placement_find(&pieces[i], holes);
			if (!err)
				err = memrange_subtract(holes, pieces[i].pa, pieces[i].pa + pieces[i].bytes);
			if (err) {
				*ret_failed = i;
				return err;
			}
		}
	return 0;
}
