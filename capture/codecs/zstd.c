// SPDX-License-Identifier: GPL-2.0
#include "capture/codec.h"

#include <zstd.h>

#include "capture/kdump_format.h"

#define LEVEL 1		/* as makedumpfile; above it, a page shrinks no further */

struct work {
	ZSTD_CCtx *context;
};

static u32 compress_page(void *work, const u8 *page, u8 *out)
{
	size_t bytes = ZSTD_compressCCtx(((struct work *)work)->context, out, PAGE_BYTES - 1, page, PAGE_BYTES, LEVEL);

	return ZSTD_isError(bytes) ? 0 : (u32)bytes;
}

static void release(void *work)
{
	ZSTD_freeCCtx(((struct work *)work)->context);
}

/* The library takes its tables with the first page, and keeps them for all that are as large. */
static int init(void *work)
{
	static const u8 page[PAGE_BYTES];
	struct work *mine = work;
	u8 out[128];
	size_t bytes;

	mine->context = ZSTD_createCCtx();
	if (!mine->context)
		return -ENOMEM;
	bytes = ZSTD_compressCCtx(mine->context, out, sizeof(out), page, PAGE_BYTES, LEVEL);
	if (!ZSTD_isError(bytes))
		return 0;
	release(work);
	return -ENOMEM;
}

const struct codec codec_zstd = {
	.name = "zstd", .kdump_flag = KDUMP_ZSTD, .work_bytes = sizeof(struct work), .init = init, .release = release,
	.compress = compress_page,
};
