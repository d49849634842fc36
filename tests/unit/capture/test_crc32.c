// SPDX-License-Identifier: GPL-2.0
#include "capture/crc32.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

/* zlib's crc32() of each, as its users know it. */
static void test_crc32_update_known_answers(void **state)
{
	static const u8 zeros[32];
	u8 counting[256];

	for (u32 i = 0; i < sizeof(counting); i++)
		counting[i] = (u8)i;
	assert_int_equal(crc32_update(0, "", 0), 0);
	assert_int_equal(crc32_update(0, "a", 1), 0xe8b7be43);
	assert_int_equal(crc32_update(0, "123456789", 9), 0xcbf43926);
	assert_int_equal(crc32_update(0, "The quick brown fox jumps over the lazy dog", 43), 0x414fa339);
	assert_int_equal(crc32_update(0, zeros, sizeof(zeros)), 0x190a55ad);
	assert_int_equal(crc32_update(0, counting, sizeof(counting)), 0x29058c73);
}

static void test_crc32_update_chunked(void **state)
{
	for (u32 cut = 0; cut <= 9; cut++)
		assert_int_equal(crc32_update(crc32_update(0, "123456789", cut), "123456789" + cut, 9 - cut),
				 0xcbf43926);
}

static void test_crc32_update_nothing_keeps_crc(void **state)
{
	assert_int_equal(crc32_update(0xcbf43926, NULL, 0), 0xcbf43926);
}

/* Any one wrong bit changes it: a CRC of 32 bits finds every burst up to 32 bits. */
static void test_crc32_update_every_flipped_bit(void **state)
{
	u8 data[64] = "a page of the dump kernel";
	u32 right = crc32_update(0, data, sizeof(data));

	for (u32 bit = 0; bit < sizeof(data) * 8; bit++) {
		data[bit / 8] ^= (u8)(1u << bit % 8);
		assert_int_not_equal(crc32_update(0, data, sizeof(data)), right);
		data[bit / 8] ^= (u8)(1u << bit % 8);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_crc32_update_known_answers),
		cmocka_unit_test(test_crc32_update_chunked),
		cmocka_unit_test(test_crc32_update_nothing_keeps_crc),
		cmocka_unit_test(test_crc32_update_every_flipped_bit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
