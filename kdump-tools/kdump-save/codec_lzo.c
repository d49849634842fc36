// SPDX-License-Identifier: GPL-2.0
/*
 * LZO1X.  A table of 4096 entries does for a page: lzo1x_1 clears, for each page, one of 16384,
 * which costs it a tenth of its speed for half a percent of the size.
 */
#include "kdump-save/codecs.h"

#include <lzo/lzo1x.h>

#include "capture/kdump_format.h"

static int init(void *work)
{
	return lzo_init() == LZO_E_OK ? 0 : -EINVAL;
}

static u32 compress_page(void *work, const u8 *page, u8 *out)
{
	lzo_uint bytes;

	if (lzo1x_1_12_compress(page, PAGE_BYTES, out, &bytes, work) != LZO_E_OK || bytes >= PAGE_BYTES)
		return 0;
	return (u32)bytes;
}

static int expand(const u8 *data, u32 bytes, u8 *page)
{
	lzo_uint got = PAGE_BYTES;

	return lzo1x_decompress_safe(data, bytes, page, &got, NULL) == LZO_E_OK && got == PAGE_BYTES ? 0 : -EBADMSG;
}

/* What does not shrink may grow by a sixteenth, 64 and 3 bytes (LZO.FAQ). */
_Static_assert(PAGE_BYTES / 16 + 64 + 3 <= CODEC_SLACK_BYTES, "slack");

const struct page_codec codec_lzo = {
	.codec = { .name = "lzo", .kdump_flag = KDUMP_LZO, .work_bytes = LZO1X_1_12_MEM_COMPRESS, .init = init, .compress = compress_page },
	.option = 'l', .expand = expand,
};
