// SPDX-License-Identifier: GPL-2.0
#include "kdump-save/codecs.h"

#include <zstd.h>

#include "capture/kdump_format.h"

#define LEVEL 1		/* as makedumpfile; above it, a page shrinks no further */

struct work {
	ZSTD_CCtx *context;
};

static int init(void *work)
{
	struct work *mine = work;

	mine->context = ZSTD_createCCtx();
	return mine->context ? 0 : -ENOMEM;
}

static void release(void *work)
{
	ZSTD_freeCCtx(((struct work *)work)->context);
}

static u32 compress_page(void *work, const u8 *page, u8 *out)
{
	size_t bytes = ZSTD_compressCCtx(((struct work *)work)->context, out, PAGE_BYTES - 1, page, PAGE_BYTES, LEVEL);

	return ZSTD_isError(bytes) ? 0 : (u32)bytes;
}

static int expand(const u8 *data, u32 bytes, u8 *page)
{
	static __thread ZSTD_DCtx *context;	/* it has no state between calls */

	if (!context)
		context = ZSTD_createDCtx();
	if (!context)
		return -ENOMEM;
	return ZSTD_decompressDCtx(context, page, PAGE_BYTES, data, bytes) == PAGE_BYTES ? 0 : -EBADMSG;
}

const struct page_codec codec_zstd = {
	.codec = { .name = "zstd", .kdump_flag = KDUMP_ZSTD, .work_bytes = sizeof(struct work), .init = init, .compress = compress_page },
	.option = 'z', .release = release, .expand = expand,
};
