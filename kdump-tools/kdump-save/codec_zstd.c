// SPDX-License-Identifier: GPL-2.0
#include "kdump-save/codecs.h"

#include <zstd.h>

static __thread ZSTD_DCtx *context;	/* it has no state between calls */

static void end_thread(void)
{
	ZSTD_freeDCtx(context);
	context = NULL;
}

static int expand(const u8 *data, u32 bytes, u8 *page)
{
	if (!context)
		context = ZSTD_createDCtx();
	if (!context)
		return -ENOMEM;
	return ZSTD_decompressDCtx(context, page, PAGE_BYTES, data, bytes) == PAGE_BYTES ? 0 : -EBADMSG;
}

const struct page_codec page_codec_zstd = { .codec = &codec_zstd, .option = 'z', .expand = expand, .end_thread = end_thread };
