// SPDX-License-Identifier: GPL-2.0
#include "kdump-save/codecs.h"

#include <snappy-c.h>

#include "capture/kdump_format.h"

static int init(void *work)
{
	/* snappy_max_compressed_length(): 32 and a sixth more than the input. */
	return snappy_max_compressed_length(PAGE_BYTES) <= 2 * PAGE_BYTES ? 0 : -EINVAL;
}

static u32 compress_page(void *work, const u8 *page, u8 *out)
{
	char *room = work;
	size_t bytes = 2 * PAGE_BYTES;

	/* It asks for more room than CODEC_SLACK_BYTES, whether it needs it or not. */
	if (snappy_compress((const char *)page, PAGE_BYTES, room, &bytes) != SNAPPY_OK || bytes >= PAGE_BYTES)
		return 0;
	memcpy(out, room, bytes);
	return (u32)bytes;
}

static int expand(const u8 *data, u32 bytes, u8 *page)
{
	size_t got;

	if (snappy_uncompressed_length((const char *)data, bytes, &got) != SNAPPY_OK || got != PAGE_BYTES ||
	    snappy_uncompress((const char *)data, bytes, (char *)page, &got) != SNAPPY_OK || got != PAGE_BYTES)
		return -EBADMSG;
	return 0;
}

static const struct codec codec_snappy = {
	.name = "snappy", .kdump_flag = KDUMP_SNAPPY, .work_bytes = 2 * PAGE_BYTES, .init = init, .compress = compress_page,
};

const struct page_codec page_codec_snappy = { .codec = &codec_snappy, .option = 'p', .expand = expand };
