// SPDX-License-Identifier: GPL-2.0
#include "kexec/placement.h"

#include <errno.h>

/* True when [start, end) touches something: one of the pieces that are placed, or what is taken. */
static bool placement_clashes(const struct placement_request *request, size_t placed, u64 start, u64 end,
			      struct memrange *ret_clash)
{
	for (size_t i = 0; i < placed + request->taken.count; i++) {
		struct memrange there = i < placed ?
			(struct memrange){ request->pieces[i].pa, request->pieces[i].pa + request->pieces[i].bytes } :
			request->taken.range[i - placed];

		if (start < there.end && there.start < end) {
			*ret_clash = there;
			return true;
		}
	}
	return false;
}

/* Both place request->pieces[i], those before it are placed. */
static int placement_place_low(const struct placement_request *request, size_t i, u64 start, u64 end)
{
	struct placement_piece *piece = &request->pieces[i];
	u64 pa = align_up(start, piece->align_bytes);
	struct memrange clash;

	while (placement_clashes(request, i, pa, pa + piece->bytes, &clash))
		pa = align_up(clash.end, piece->align_bytes);
	if (pa + piece->bytes > end)
		return -ENOSPC;
	piece->pa = pa;
	return 0;
}

static int placement_place_high(const struct placement_request *request, size_t i, u64 start, u64 end)
{
	struct placement_piece *piece = &request->pieces[i];
	struct memrange clash = { .start = end };
	u64 pa;

	do {
		end = clash.start;
		if (end < start + piece->bytes)
			return -ENOSPC;
		pa = align_down(end - piece->bytes, piece->align_bytes);
		if (pa < start)
			return -ENOSPC;
	} while (placement_clashes(request, i, pa, pa + piece->bytes, &clash));
	piece->pa = pa;
	return 0;
}

/* Follows the kernel's allocator: it never goes back to a hole that it has passed. */
static bool placement_leaves_control_pages(const struct placement_request *request,
					   const struct memrange *region)
{
	u64 at = region->start, size = 2 * PAGE_BYTES, left = request->control_pages + 1;

	while (left) {
		struct memrange clash;

		at = align_up(at, size);
		if (at + size > region->end)
			return false;
		if (placement_clashes(request, request->count, at, at + size, &clash)) {
			at = clash.end;
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
		const struct placement_piece *piece = &request->pieces[i];
		u64 start = piece->min_pa > region->start ? piece->min_pa : region->start;
		int err = piece->bottom_up ?
			placement_place_low(request, i, start, region->end) :
			placement_place_high(request, i, start, end);

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
