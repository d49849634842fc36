// SPDX-License-Identifier: GPL-2.0
/*
 * LZO1X.  A table of 4096 entries does for a page: lzo1x_1 clears, for each page, one of 16384,
 * which costs it a tenth of its speed for half a percent of the size.
 */
#include "capture/codec.h"

#include <lzo/lzo1x.h>

#include "capture/kdump_format.h"

/* Without lzo_init(): it does nothing but compare the sizes of types with what the library was built for. */
static int init(void *work)
{
	return 0;
}

static u32 compress_page(void *work, const u8 *page, u8 *out)
{
	lzo_uint bytes;

	if (lzo1x_1_12_compress(page, PAGE_BYTES, out, &bytes, work) != LZO_E_OK || bytes >= PAGE_BYTES)
		return 0;
	return (u32)bytes;
}

/* What does not shrink may grow by a sixteenth, 64 and 3 bytes (LZO.FAQ). */
_Static_assert(PAGE_BYTES / 16 + 64 + 3 <= CODEC_SLACK_BYTES, "slack");

const struct codec codec_lzo = {
	.name = "lzo", .kdump_flag = KDUMP_LZO, .work_bytes = LZO1X_1_12_MEM_COMPRESS, .init = init, .compress = compress_page,
};
