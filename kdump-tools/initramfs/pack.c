// SPDX-License-Identifier: GPL-2.0
#include "initramfs/pack.h"

#include <errno.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

#define GZIP_LEVEL 6
#define GZIP_WINDOW_BITS (15 + 16)	/* zlib.h, deflateInit2: 16 more for a gzip header */
#define ZSTD_LEVEL 9
#define ZSTD_WINDOW_BITS 18		/* 256 KiB: what unpacking keeps beside the result */

const char *pack_name(enum pack_format format)
{
	return format == PACK_ZSTD ? "zstd" : "gzip";
}

static int pack_gzip(const void *data, size_t bytes, void *out, size_t room, size_t *ret_bytes)
{
	z_stream stream = { .next_in = (void *)data, .avail_in = bytes, .next_out = out, .avail_out = room };
	int result;

	if (deflateInit2(&stream, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW_BITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return -ENOMEM;
	result = deflate(&stream, Z_FINISH);
	*ret_bytes = stream.total_out;
	deflateEnd(&stream);
	return result == Z_STREAM_END ? 0 : -EIO;
}

static int pack_zstd(const void *data, size_t bytes, void *out, size_t room, size_t *ret_bytes)
{
	ZSTD_CCtx *context = ZSTD_createCCtx();
	size_t result;

	if (!context)
		return -ENOMEM;
	ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, ZSTD_LEVEL);
	ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, ZSTD_WINDOW_BITS);
	/* The kernel's unpacker takes no single segment larger than its window. */
	ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
	ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
	result = ZSTD_compress2(context, out, room, data, bytes);
	ZSTD_freeCCtx(context);
	if (ZSTD_isError(result))
		return -EIO;
	*ret_bytes = result;
	return 0;
}

int pack(enum pack_format format, const void *data, size_t bytes, struct buffer *packed)
{
	size_t room = format == PACK_ZSTD ? ZSTD_compressBound(bytes) : compressBound(bytes) + 64, done;
	void *out;
	int err;

	if (bytes > UINT32_MAX)
		return -EFBIG;	/* zlib counts in unsigned int */
	out = malloc(room);
	if (!out)
		return -ENOMEM;
	err = format == PACK_ZSTD ? pack_zstd(data, bytes, out, room, &done) : pack_gzip(data, bytes, out, room, &done);
	if (!err)
		err = buffer_add(packed, out, done);
	free(out);
	return err;
}
