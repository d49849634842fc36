/* SPDX-License-Identifier: GPL-2.0 */
/* Bitmap 2, read back from where the dump was written to: what the filter said of a page needs not be found out twice. */
#ifndef CAPTURE_PAGE_BITS_H
#define CAPTURE_PAGE_BITS_H

#include "capture/append.h"

struct page_bits {
	struct dump_out *out;
	u64 offset;		/* of the bitmap in it, multiple of PAGE_BYTES */
	u8 *buffer;		/* PAGE_BYTES of the caller's, page aligned */
	u64 block;		/* which of the bitmap is there */
};

/* What was written must have been waited for. */
void page_bits_init(struct page_bits *bits, struct dump_out *out, u64 offset, u8 *buffer);

/* The bits of pages [pfn, pfn + count), inverted: ret_dropped as of page_filter_batch().  What out->read() says. */
int page_bits_batch(struct page_bits *bits, u64 pfn, u32 count, u8 *ret_dropped);

#endif
