// SPDX-License-Identifier: GPL-2.0
#include "capture/page_cursor.h"

static u64 first_pfn(const struct page_cursor *cursor)
{
	u64 pfn = cursor->ram->range[cursor->range].start / PAGE_BYTES;

	/* Two ranges may share a page. */
	return pfn < cursor->pfn ? cursor->pfn : pfn;
}

static u64 end_pfn(const struct page_cursor *cursor)
{
	return (cursor->ram->range[cursor->range].end + PAGE_BYTES - 1) / PAGE_BYTES;
}

void page_cursor_init(struct page_cursor *cursor, const struct memrange_set *ram, struct page_filter_walk *walk, const u8 *present)
{
	memset(cursor, 0, sizeof(*cursor));
	cursor->ram = ram;
	cursor->walk = walk;
	cursor->present = present;
	if (ram->count)
		cursor->pfn = first_pfn(cursor);
}

static void next_batch(struct page_cursor *cursor, u64 end)
{
	cursor->batch_pfn = cursor->pfn;
	/* Batches end where sections may. */
	cursor->batch_end_pfn = min_u64(end, align_down(cursor->pfn, PAGE_FILTER_BATCH) + PAGE_FILTER_BATCH);
	if (cursor->bits)
		cursor->err = page_bits_batch(cursor->bits, cursor->pfn, (u32)(cursor->batch_end_pfn - cursor->pfn), cursor->dropped);
	else if (cursor->walk)
		page_filter_batch(cursor->walk, cursor->pfn, (u32)(cursor->batch_end_pfn - cursor->pfn), cursor->dropped);
}

static bool is_wanted(const struct page_cursor *cursor, u64 pfn)
{
	u64 bit = pfn - cursor->batch_pfn;

	return !(cursor->dropped[bit / 8] >> (bit % 8) & 1) && (!cursor->present || cursor->present[pfn / 8] >> (pfn % 8) & 1);
}

bool page_cursor_next(struct page_cursor *cursor, u64 *ret_pfn)
{
	while (cursor->range < cursor->ram->count) {
		u64 end = end_pfn(cursor);

		if (cursor->pfn >= end) {
			if (++cursor->range < cursor->ram->count)
				cursor->pfn = first_pfn(cursor);
			continue;
		}
		if (cursor->pfn >= cursor->batch_end_pfn)
			next_batch(cursor, end);
		if (cursor->err)
			return false;
		while (cursor->pfn < cursor->batch_end_pfn) {
			u64 pfn, bit = cursor->pfn - cursor->batch_pfn;

			/* Most of memory is dropped in long runs. */
			if (bit % 8 == 0 && cursor->dropped[bit / 8] == 0xff) {
				cursor->pfn += 8;
				continue;
			}
			pfn = cursor->pfn++;
			if (is_wanted(cursor, pfn)) {
				*ret_pfn = pfn;
				return true;
			}
		}
	}
	return false;
}
