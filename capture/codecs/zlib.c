// SPDX-License-Identifier: GPL-2.0
/* zlib's format, which every reader knows, by libdeflate: five times as fast as zlib at a better ratio. */
#include "capture/codec.h"

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

const struct codec codec_zlib = {
	.name = "zlib", .kdump_flag = KDUMP_ZLIB, .work_bytes = sizeof(struct work), .init = init, .release = release,
	.compress = compress_page,
};
