// SPDX-License-Identifier: GPL-2.0
#include "capture/oldmem.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

/* As docs/formats.md has it: the little-endian word 0xdeadbad0, again and again. */
static void test_oldmem_fill_pattern_bytes(void **state)
{
	static const u8 expected[] = { 0xd0, 0xba, 0xad, 0xde, 0xd0, 0xba, 0xad, 0xde, 0xd0, 0xba, 0x11 };
	u8 buf[11];

	memset(buf, 0x11, sizeof(buf));
	oldmem_fill_pattern(buf, 10);
	assert_memory_equal(buf, expected, sizeof(buf));
	oldmem_fill_pattern(buf, 0);
	assert_memory_equal(buf, expected, sizeof(buf));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_oldmem_fill_pattern_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
