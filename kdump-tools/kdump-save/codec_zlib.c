// SPDX-License-Identifier: GPL-2.0
/* zlib's format, which every reader knows, by libdeflate: five times as fast as zlib at a better ratio. */
#include "kdump-save/codecs.h"

#include <libdeflate.h>

#include "capture/kdump_format.h"

#define LEVEL 1

struct work {
	struct libdeflate_compressor *compressor;
};

static int init(void *work)
{
	struct work *mine = work;

	mine->compressor = libdeflate_alloc_compressor(LEVEL);
	return mine->compressor ? 0 : -ENOMEM;
}

static void release(void *work)
{
	libdeflate_free_compressor(((struct work *)work)->compressor);
}

static u32 compress_page(void *work, const u8 *page, u8 *out)
{
	return (u32)libdeflate_zlib_compress(((struct work *)work)->compressor, page, PAGE_BYTES, out, PAGE_BYTES - 1);
}

static int expand(const u8 *data, u32 bytes, u8 *page)
{
	static __thread struct libdeflate_decompressor *decompressor;	/* it has no state between calls */

	if (!decompressor)
		decompressor = libdeflate_alloc_decompressor();
	if (!decompressor)
		return -ENOMEM;
	/* Without a place for the size, less than a page is an error. */
	return libdeflate_zlib_decompress(decompressor, data, bytes, page, PAGE_BYTES, NULL) ? -EBADMSG : 0;
}

const struct page_codec codec_zlib = {
	.codec = { .name = "zlib", .kdump_flag = KDUMP_ZLIB, .work_bytes = sizeof(struct work), .init = init, .compress = compress_page },
	.option = 'c', .release = release, .expand = expand,
};
