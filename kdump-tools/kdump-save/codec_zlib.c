// SPDX-License-Identifier: GPL-2.0
#include "kdump-save/codecs.h"

#include <libdeflate.h>

static __thread struct libdeflate_decompressor *decompressor;	/* it has no state between calls */

static void end_thread(void)
{
	libdeflate_free_decompressor(decompressor);
	decompressor = NULL;
}

static int expand(const u8 *data, u32 bytes, u8 *page)
{
	if (!decompressor)
		decompressor = libdeflate_alloc_decompressor();
	if (!decompressor)
		return -ENOMEM;
	/* Without a place for the size, less than a page is an error. */
	return libdeflate_zlib_decompress(decompressor, data, bytes, page, PAGE_BYTES, NULL) ? -EBADMSG : 0;
}

const struct page_codec page_codec_zlib = { .codec = &codec_zlib, .option = 'c', .expand = expand, .end_thread = end_thread };
