/* SPDX-License-Identifier: GPL-2.0 */
/* The pages that a dump keeps, one after the other. */
#ifndef CAPTURE_PAGE_CURSOR_H
#define CAPTURE_PAGE_CURSOR_H

#include "capture/memrange.h"
#include "capture/page_bits.h"
#include "capture/page_filter.h"

struct page_cursor {
	const struct memrange_set *ram;
	struct page_filter_walk *walk;	/* NULL: every page is kept */
	const u8 *present;
	struct page_bits *bits;	/* in place of walk; set behind page_cursor_init() */
	int err;		/* of reading them: the cursor is at its end */
	u32 range;
	u64 pfn;		/* the next to be looked at */
	u64 batch_pfn, batch_end_pfn;
	u8 dropped[PAGE_FILTER_BATCH / 8];
};

/*
 * Starts at the first page of ram, which like walk and present must outlive the cursor.  present:
 * a bit for each page frame up to the end of ram, LSB first; pages without are passed over.  NULL:
 * all are there.
 */
void page_cursor_init(struct page_cursor *cursor, const struct memrange_set *ram, struct page_filter_walk *walk, const u8 *present);

/* The next page that is kept; false at the end. */
bool page_cursor_next(struct page_cursor *cursor, u64 *ret_pfn);

#endif
