// SPDX-License-Identifier: GPL-2.0
#include "capture/page_bits.h"

#define BLOCK_PAGES (8ull * PAGE_BYTES)
#define NO_BLOCK (~0ull)

void page_bits_init(struct page_bits *bits, struct dump_out *out, u64 offset, u8 *buffer)
{
	*bits = (struct page_bits){ out, offset, buffer, NO_BLOCK };
}

static int load(struct page_bits *bits, u64 block)
{
	int err = bits->block == block ? 0 : bits->out->read(bits->out, bits->offset + block * PAGE_BYTES, bits->buffer, PAGE_BYTES);

	bits->block = err ? NO_BLOCK : block;
	return err;
}

int page_bits_batch(struct page_bits *bits, u64 pfn, u32 count, u8 *ret_dropped)
{
	memset(ret_dropped, 0, (count + 7) / 8);
	for (u32 i = 0; i < count; i++) {
		u64 at = (pfn + i) % BLOCK_PAGES;
		int err = i && at ? 0 : load(bits, (pfn + i) / BLOCK_PAGES);

		if (err)
			return err;
		/* Eight at a time, where both have them in one byte. */
		if (pfn % 8 == 0 && i + 8 <= count) {
			ret_dropped[i / 8] = (u8)~bits->buffer[at / 8];
			i += 7;
		} else if (!(bits->buffer[at / 8] >> (at % 8) & 1))
			ret_dropped[i / 8] |= (u8)(1u << (i % 8));
	}
	return 0;
}
