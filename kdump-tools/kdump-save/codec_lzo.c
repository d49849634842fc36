// SPDX-License-Identifier: GPL-2.0
#include "kdump-save/codecs.h"

#include <lzo/lzo1x.h>

static int expand(const u8 *data, u32 bytes, u8 *page)
{
	lzo_uint got = PAGE_BYTES;

	return lzo1x_decompress_safe(data, bytes, page, &got, NULL) == LZO_E_OK && got == PAGE_BYTES ? 0 : -EBADMSG;
}

const struct page_codec page_codec_lzo = { .codec = &codec_lzo, .option = 'l', .expand = expand };
