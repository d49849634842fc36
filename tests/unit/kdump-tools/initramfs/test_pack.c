// SPDX-License-Identifier: GPL-2.0
#include "../kdumpctl/unit.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "initramfs/pack.h"
#include "kexec/decompress.h"

#define DATA_BYTES (3u << 20)

static char *make_data(void)
{
	char *data = malloc(DATA_BYTES);
	u32 random = 1;

	assert_non_null(data);
	for (size_t i = 0; i < DATA_BYTES; i++) {
		random = random * 1664525 + 1013904223;
		data[i] = (char)(i % 4096 < 2048 ? 'a' + (random >> 28) : i >> 12);
	}
	return data;
}

static void round_trip(enum pack_format format)
{
	char *data = make_data(), *unpacked;
	struct buffer once = { 0 }, twice = { 0 };
	size_t bytes;

	assert_int_equal(pack(format, data, DATA_BYTES, &once), 0);
	assert_int_equal(pack(format, data, DATA_BYTES, &twice), 0);
	assert_int_equal(once.bytes, twice.bytes);
	assert_memory_equal(once.data, twice.data, once.bytes);
	assert_true(once.bytes < DATA_BYTES / 2);
	assert_int_equal(decompress(once.data, once.bytes, DATA_BYTES, &unpacked, &bytes), 0);
	assert_int_equal(bytes, DATA_BYTES);
	assert_memory_equal(unpacked, data, bytes);
	free(unpacked);
	free(data);
	buffer_deinit(&once);
	buffer_deinit(&twice);
}

static void test_pack_gzip(void **state)
{
	round_trip(PACK_GZIP);
}

/* What the unpacking kernel must hold beside the result stands in the frame's head. */
static void test_pack_zstd(void **state)
{
	char *data = make_data();
	struct buffer packed = { 0 };

	round_trip(PACK_ZSTD);
	assert_int_equal(pack(PACK_ZSTD, data, DATA_BYTES, &packed), 0);
	/* RFC 8878, 3.1.1.1: no single segment, so that byte 5 is the window: exponent 8 of 1 KiB */
	assert_int_equal(packed.data[4] & 0x20, 0);
	assert_int_equal((u8)packed.data[5], 8 << 3);
	free(data);
	buffer_deinit(&packed);
}

static void test_pack_empty(void **state)
{
	struct buffer packed = { 0 };
	char *unpacked;
	size_t bytes;

	assert_int_equal(pack(PACK_GZIP, "", 0, &packed), 0);
	assert_int_equal(decompress(packed.data, packed.bytes, 10, &unpacked, &bytes), 0);
	assert_int_equal(bytes, 0);
	free(unpacked);
	buffer_deinit(&packed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pack_gzip),
		cmocka_unit_test(test_pack_zstd),
		cmocka_unit_test(test_pack_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
