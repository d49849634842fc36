// SPDX-License-Identifier: GPL-2.0
#include "kexec/dumpkernel_seal.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

#include "capture/crc32.h"

#define SEAL_AT 700u

static u8 code[4096];

static void put_u32(u32 offset, u32 value)
{
	memcpy(code + offset, &value, sizeof(value));
}

static int make_code(void **state)
{
	for (u32 i = 0; i < sizeof(code); i++)
		code[i] = i * 7;
	memcpy(code + SEAL_AT, "LBIMGCRC", 8);
	put_u32(SEAL_AT + 8, 0);
	put_u32(SEAL_AT + 12, 4000);
	put_u32(SEAL_AT + 8, crc32_update(0, code, 4000));
	return 0;
}

static void test_dumpkernel_seal_matches_whole(void **state)
{
	assert_true(dumpkernel_seal_matches(code, sizeof(code)));
	assert_true(dumpkernel_seal_matches(code, 4000));
}

static void test_dumpkernel_seal_matches_any_flipped_byte(void **state)
{
	for (u32 i = 0; i < 4000; i++) {
		code[i] ^= 0x10;
		assert_false(dumpkernel_seal_matches(code, sizeof(code)));
		code[i] ^= 0x10;
	}
}

static void test_dumpkernel_seal_matches_cut(void **state)
{
	assert_false(dumpkernel_seal_matches(code, 3999));
	assert_false(dumpkernel_seal_matches(code, SEAL_AT + 15));
	assert_false(dumpkernel_seal_matches(code, 0));
	put_u32(SEAL_AT + 12, 4);
	assert_false(dumpkernel_seal_matches(code, sizeof(code)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_dumpkernel_seal_matches_whole, make_code),
		cmocka_unit_test_setup(test_dumpkernel_seal_matches_any_flipped_byte, make_code),
		cmocka_unit_test_setup(test_dumpkernel_seal_matches_cut, make_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
