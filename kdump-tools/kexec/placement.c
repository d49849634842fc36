// SPDX-License-Identifier: GPL-2.0
#include "kexec/placement.h"

#include <errno.h>

/* The first of the pieces that [start, end) touches, or NULL. */
static const struct placement_piece *placement_clash(const struct placement_piece *pieces, size_t count,
						     u64 start, u64 end)
{
	for (size_t i = 0; i < count; i++)
		if (start < pieces[i].pa + pieces[i].bytes && pieces[i].pa < end)
			return &pieces[i];
	return NULL;
}

static int placement_place_low(struct placement_piece *piece, const struct placement_piece *placed,
			       size_t count, u64 start, u64 end)
{
	const struct placement_piece *clash;
	u64 pa = align_up(start, piece->align_bytes);

	while ((clash = placement_clash(placed, count, pa, pa + piece->bytes)))
		pa = align_up(clash->pa + clash->bytes, piece->align_bytes);
	if (pa + piece->bytes > end)
		return -ENOSPC;
	piece->pa = pa;
	return 0;
}

static int placement_place_high(struct placement_piece *piece, const struct placement_piece *placed,
				size_t count, u64 start, u64 end)
{
	const struct placement_piece *clash = NULL;
	u64 pa;

	do {
		if (clash)
			end = clash->pa;
		if (end < start + piece->bytes)
			return -ENOSPC;
		pa = align_down(end - piece->bytes, piece->align_bytes);
		if (pa < start)
			return -ENOSPC;
		clash = placement_clash(placed, count, pa, pa + piece->bytes);
	} while (clash);
	piece->pa = pa;
	return 0;
}

/* Follows the kernel's allocator: it never goes back to a hole that it has passed. */
static bool placement_leaves_control_pages(const struct placement_request *request,
					   const struct memrange *region)
{
	u64 at = region->start, size = 2 * PAGE_BYTES, left = request->control_pages + 1;

	while (left) {
		const struct placement_piece *clash;

		at = align_up(at, size);
		if (at + size > region->end)
			return false;
		clash = placement_clash(request->pieces, request->count, at, at + size);
		if (clash) {
			at = clash->pa + clash->bytes;
			continue;
		}
		at += size;
		size = PAGE_BYTES;
		left--;
	}
	return true;
}

int placement_place(const struct placement_request *request, const struct memrange *region)
{
	u64 end = region->end - min_u64(region->end - region->start, request->top_unused_bytes);

	for (size_t i = 0; i < request->count; i++) {
		struct placement_piece *piece = &request->pieces[i];
		u64 start = piece->min_pa > region->start ? piece->min_pa : region->start;
		int err = piece->bottom_up ?
			placement_place_low(piece, request->pieces, i, start, region->end) :
			placement_place_high(piece, request->pieces, i, start, end);

		if (err)
			return err;
	}
	return placement_leaves_control_pages(request, region) ? 0 : -ENOSPC;
}

u64 placement_need(const struct placement_request *request, u64 start)
{
	struct memrange region = { .start = start };
	u64 bytes = (request->control_pages + 2) * PAGE_BYTES;

	for (size_t i = 0; i < request->count; i++)
		bytes += request->pieces[i].bytes;
	for (;; bytes += PAGE_BYTES) {
		region.end = start + bytes;
		if (!placement_place(request, &region))
			return bytes;
	}
}
