// SPDX-License-Identifier: GPL-2.0
#include "kexec/decompress.h"

#include <errno.h>
#include <lzma.h>
#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#define PLAIN_BYTES (3u << 20)		/* several times what is unpacked at a step */
#define PACKED_ROOM (8u << 20)
#define ANY_SIZE (1ull << 30)

static u8 *plain, *packed;

static int make_plain(void **state)
{
	u32 random = 1;

	plain = malloc(PLAIN_BYTES);
	packed = malloc(PACKED_ROOM);
	for (u32 i = 0; i < PLAIN_BYTES; i++) {
		random = random * 1664525 + 1013904223;
		plain[i] = i % 1000 < 100 ? random >> 24 : i >> 10;
	}
	return 0;
}

static int drop_plain(void **state)
{
	free(plain);
	free(packed);
	return 0;
}

static size_t pack_gzip(u8 *to, const u8 *from, size_t bytes)
{
	z_stream stream = { .next_in = (u8 *)from, .avail_in = bytes, .next_out = to, .avail_out = PACKED_ROOM / 2 };

	assert_int_equal(deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	deflateEnd(&stream);
	return stream.total_out;
}

static size_t pack_xz(u8 *to, const u8 *from, size_t bytes)
{
	size_t at = 0;

	assert_int_equal(lzma_easy_buffer_encode(0, LZMA_CHECK_CRC32, NULL, from, bytes, to, &at, PACKED_ROOM / 2), LZMA_OK);
	return at;
}

static size_t pack_zstd(u8 *to, const u8 *from, size_t bytes)
{
	ZSTD_CCtx *context = ZSTD_createCCtx();
	size_t count;

	ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);	/* as the zstd command does */
	count = ZSTD_compress2(context, to, PACKED_ROOM / 2, from, bytes);
	ZSTD_freeCCtx(context);
	assert_false(ZSTD_isError(count));
	return count;
}

static size_t (*const pack[])(u8 *, const u8 *, size_t) = { pack_gzip, pack_xz, pack_zstd };

static void assert_unpacks(size_t packed_bytes, const u8 *want, size_t want_bytes)
{
	size_t bytes;
	char *data;

	assert_true(decompress_is_packed(packed, packed_bytes));
	assert_int_equal(decompress(packed, packed_bytes, ANY_SIZE, &data, &bytes), 0);
	assert_int_equal(bytes, want_bytes);
	assert_memory_equal(data, want, want_bytes);
	free(data);
}

static void test_decompress_every_format(void **state)
{
	for (u32 i = 0; i < ARRAY_SIZE(pack); i++) {
		assert_unpacks(pack[i](packed, plain, PLAIN_BYTES), plain, PLAIN_BYTES);
		assert_unpacks(pack[i](packed, plain, 1), plain, 1);
		assert_unpacks(pack[i](packed, plain, 0), plain, 0);
	}
}

static void test_decompress_parts_in_a_row(void **state)
{
	for (u32 i = 0; i < ARRAY_SIZE(pack); i++) {
		size_t half = PLAIN_BYTES / 2, bytes = pack[i](packed, plain, half);

		bytes += pack[i](packed + bytes, plain + half, PLAIN_BYTES - half);
		assert_unpacks(bytes, plain, PLAIN_BYTES);
	}
}

/* From memory of exactly that size, so that the sanitizer sees every byte too far. */
static int unpack_exact(size_t bytes, size_t max_bytes)
{
	u8 *exact = malloc(bytes ?: 1);
	char *data = NULL;
	size_t count;
	int err;

	memcpy(exact, packed, bytes);
	err = decompress(exact, bytes, max_bytes, &data, &count);
	free(exact);
	free(data);
	return err;
}

static void test_decompress_cut_anywhere(void **state)
{
	for (u32 i = 0; i < ARRAY_SIZE(pack); i++) {
		size_t bytes = pack[i](packed, plain, 5000);

		for (size_t cut = 0; cut < bytes; cut++)
			assert_int_equal(unpack_exact(cut, ANY_SIZE), -EBADMSG);
		assert_int_equal(unpack_exact(bytes, ANY_SIZE), 0);
	}
}

static void test_decompress_damaged(void **state)
{
	for (u32 i = 0; i < ARRAY_SIZE(pack); i++) {
		size_t bytes = pack[i](packed, plain, 5000);

		memset(packed + bytes / 2, 0xff, 64);
		assert_int_equal(unpack_exact(bytes, ANY_SIZE), -EBADMSG);
		bytes = pack[i](packed, plain, 5000);
		memset(packed + bytes, 'x', 100);	/* something else behind it */
		assert_int_equal(unpack_exact(bytes + 100, ANY_SIZE), -EBADMSG);
	}
}

static void test_decompress_too_large(void **state)
{
	for (u32 i = 0; i < ARRAY_SIZE(pack); i++) {
		size_t bytes = pack[i](packed, plain, PLAIN_BYTES);

		assert_int_equal(unpack_exact(bytes, PLAIN_BYTES - 1), -EFBIG);
		assert_int_equal(unpack_exact(bytes, 1), -EFBIG);
		assert_int_equal(unpack_exact(bytes, PLAIN_BYTES), 0);
	}
}

static void test_decompress_is_packed_not(void **state)
{
	static const char *const other[] = { "", "\x1f", "MZ", "\x7f" "ELF", "\xfd" "7zX", "070701", "BZh9" };

	for (u32 i = 0; i < ARRAY_SIZE(other); i++) {
		strcpy((char *)packed, other[i]);
		assert_false(decompress_is_packed(packed, strlen(other[i])));
		assert_int_equal(unpack_exact(strlen(other[i]), ANY_SIZE), -EBADMSG);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decompress_every_format),
		cmocka_unit_test(test_decompress_parts_in_a_row),
		cmocka_unit_test(test_decompress_cut_anywhere),
		cmocka_unit_test(test_decompress_damaged),
		cmocka_unit_test(test_decompress_too_large),
		cmocka_unit_test(test_decompress_is_packed_not),
	};

	return cmocka_run_group_tests(tests, make_plain, drop_plain);
}
