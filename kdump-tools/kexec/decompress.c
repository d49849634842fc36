// SPDX-License-Identifier: GPL-2.0
#include "kexec/decompress.h"

#include <errno.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#define DECOMPRESS_STEP_BYTES (1u << 20)
#define GZIP_WINDOW (15 + 16)	/* zlib.h, inflateInit2: largest window, gzip header */

struct decompress_out {
	char *data;
	size_t used, room, max_bytes;
};

/* Room for at least one byte more; doubles, as nobody tells the size beforehand. */
static int decompress_grow(struct decompress_out *out)
{
	size_t room = out->room ? 2 * out->room : DECOMPRESS_STEP_BYTES;
	char *data;

	if (out->used < out->room)
		return 0;
	if (out->used > out->max_bytes)
		return -EFBIG;
	data = realloc(out->data, room);
	if (!data)
		return -ENOMEM;
	out->data = data;
	out->room = room;
	return 0;
}

static int decompress_gzip(struct decompress_out *out, const u8 *data, size_t bytes)
{
	z_stream stream = { .next_in = (u8 *)data };
	const u8 *end = data + bytes;
	int err = 0, state = Z_OK;

	if (inflateInit2(&stream, GZIP_WINDOW) != Z_OK)
		return -ENOMEM;
	while (!err) {
		err = decompress_grow(out);
		if (err)
			break;
		stream.avail_in = min_u64(end - stream.next_in, UINT32_MAX);
		stream.next_out = (u8 *)out->data + out->used;
		stream.avail_out = min_u64(out->room - out->used, UINT32_MAX);
		state = inflate(&stream, Z_NO_FLUSH);
		out->used = (char *)stream.next_out - out->data;
		if (state == Z_STREAM_END && stream.next_in == end)
			break;
		if (state == Z_STREAM_END)
			err = inflateReset(&stream) == Z_OK ? 0 : -EBADMSG;	/* the next part */
		else if (state != Z_OK)		/* Z_BUF_ERROR: cut off */
			err = state == Z_MEM_ERROR ? -ENOMEM : -EBADMSG;
	}
	inflateEnd(&stream);
	return err;
}

static int decompress_xz(struct decompress_out *out, const u8 *data, size_t bytes)
{
	lzma_stream stream = LZMA_STREAM_INIT;
	lzma_ret state = LZMA_OK;
	int err = 0;

	if (lzma_stream_decoder(&stream, UINT64_MAX, LZMA_CONCATENATED) != LZMA_OK)
		return -ENOMEM;
	stream.next_in = data;
	stream.avail_in = bytes;
	while (!err && state != LZMA_STREAM_END) {
		err = decompress_grow(out);
		if (err)
			break;
		stream.next_out = (u8 *)out->data + out->used;
		stream.avail_out = out->room - out->used;
		state = lzma_code(&stream, LZMA_FINISH);
		out->used = out->room - stream.avail_out;
		if (state != LZMA_OK && state != LZMA_STREAM_END)
			err = state == LZMA_MEM_ERROR ? -ENOMEM : -EBADMSG;
	}
	lzma_end(&stream);
	return err;
}

static int decompress_zstd(struct decompress_out *out, const u8 *data, size_t bytes)
{
	ZSTD_DStream *stream = ZSTD_createDStream();
	ZSTD_inBuffer in = { data, bytes, 0 };
	size_t state = 1;
	int err = stream ? 0 : -ENOMEM;

	/* state: 0 at the end of a part, and then there may be another one. */
	while (!err && (state || in.pos < in.size)) {
		ZSTD_outBuffer piece;
		size_t was = in.pos;

		err = decompress_grow(out);
		if (err)
			break;
		piece = (ZSTD_outBuffer){ out->data, out->room, out->used };
		state = ZSTD_decompressStream(stream, &piece, &in);
		if (ZSTD_isError(state) || (in.pos == was && piece.pos == out->used))
			err = -EBADMSG;
		else
			out->used = piece.pos;
	}
	ZSTD_freeDStream(stream);
	return err;
}

struct decompress_format {
	const char *magic;
	size_t magic_bytes;
	int (*unpack)(struct decompress_out *out, const u8 *data, size_t bytes);
};

static const struct decompress_format decompress_formats[] = {
	{ "\x1f\x8b", 2, decompress_gzip },
	{ "\xfd" "7zXZ\0", 6, decompress_xz },
	{ "\x28\xb5\x2f\xfd", 4, decompress_zstd },
};

static const struct decompress_format *decompress_find(const void *data, size_t bytes)
{
	for (size_t i = 0; i < ARRAY_SIZE(decompress_formats); i++) {
		const struct decompress_format *format = &decompress_formats[i];

		if (bytes >= format->magic_bytes && !memcmp(data, format->magic, format->magic_bytes))
			return format;
	}
	return NULL;
}

bool decompress_is_packed(const void *data, size_t bytes)
{
	return decompress_find(data, bytes);
}

int decompress(const void *data, size_t bytes, size_t max_bytes, char **ret_data, size_t *ret_bytes)
{
	const struct decompress_format *format = decompress_find(data, bytes);
	struct decompress_out out = { .max_bytes = max_bytes };
	int err = format ? format->unpack(&out, data, bytes) : -EBADMSG;

	if (!err && out.used > max_bytes)
		err = -EFBIG;
	if (err) {
		free(out.data);
		return err;
	}
	*ret_data = out.data;
	*ret_bytes = out.used;
	return 0;
}
