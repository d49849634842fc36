// SPDX-License-Identifier: GPL-2.0
#include "kexec/stub.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

static u8 page[STUB_BYTES];

static u64 get_u64(u32 offset)
{
	u64 value;

	memcpy(&value, page + offset, sizeof(value));
	return value;
}

static void test_stub_build_page(void **state)
{
	u16 limit;

	memset(page, 0xff, sizeof(page));
	stub_build(page, 0x1beffe000, 0x1beffd000, 0x1b7000200);
	memcpy(&limit, page + STUB_GDTR, sizeof(limit));
	assert_int_equal(limit, 31);
	assert_int_equal(get_u64(STUB_GDTR + 2), 0x1beffe000);
	assert_int_equal(get_u64(STUB_GDT), 0);
	assert_int_equal(get_u64(STUB_STACK), 0x1befff000);
	assert_int_equal(get_u64(STUB_BOOT_PARAMS), 0x1beffd000);
	assert_int_equal(get_u64(STUB_ENTRY), 0x1b7000200);
	assert_int_equal(page[STUB_CODE], 0xfa);	/* cli */
	for (u32 i = STUB_SUMS; i < STUB_BYTES; i++)
		assert_int_equal(page[i], 0);
}

/* Intel SDM 3A, figure 3-8: P S, L without D for code; A set, so that no load writes it. */
static void test_stub_build_descriptors(void **state)
{
	u64 code, data;

	stub_build(page, 0x1000000, 0, 0);
	code = get_u64(STUB_GDT + STUB_CS);
	data = get_u64(STUB_GDT + STUB_DS);
	assert_int_equal(code >> 40 & 0xff, 0x9b);
	assert_int_equal(code >> 53 & 3, 1);
	assert_int_equal(data >> 40 & 0xff, 0x93);
}

/* The 32-bit stub: a code segment with D and without L, all below 4 GiB. */
static void test_stub_build_32(void **state)
{
	u64 code;

	memset(page, 0xff, sizeof(page));
	stub_build_32(page, 0x1ffdf000, 0x1ffde000, 0x1000000);
	code = get_u64(STUB_GDT + STUB_CS);
	assert_int_equal(code >> 40 & 0xff, 0x9b);
	assert_int_equal(code >> 53 & 3, 2);
	assert_int_equal(get_u64(STUB_GDTR + 2), 0x1ffdf000);
	assert_int_equal(get_u64(STUB_STACK), 0x1ffe0000);
	assert_int_equal(get_u64(STUB_BOOT_PARAMS), 0x1ffde000);
	assert_int_equal(get_u64(STUB_ENTRY), 0x1000000);
	assert_int_equal(page[STUB_CODE], 0xfa);	/* cli */
	for (u32 i = STUB_SUMS; i < STUB_BYTES; i++)
		assert_int_equal(page[i], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stub_build_page),
		cmocka_unit_test(test_stub_build_descriptors),
		cmocka_unit_test(test_stub_build_32),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
