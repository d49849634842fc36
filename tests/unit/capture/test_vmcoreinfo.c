// SPDX-License-Identifier: GPL-2.0
#include "capture/vmcoreinfo.h"

#include <stdarg.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>

static const char text[] =
	"OSRELEASE=6.1.0-42-amd64\n"
	"PAGESIZE=4096\n"
	"NOTOSRELEASE=other\n"
	"EMPTY=\n"
	"SYMBOL(prb)=ffffffff8284d2c0\n"
	"PREFIXED=0x1F\n"
	"NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-129\n"
	"BAD=12x\n"
	"\n"
	"NOVALUE\n"
	"LAST=7";
static const struct vmcoreinfo info = { text, sizeof(text) - 1 };

static void assert_found(const char *key, const char *expected)
{
	const char *value;
	u32 bytes;

	assert_int_equal(vmcoreinfo_find(&info, key, &value, &bytes), 0);
	assert_int_equal(bytes, strlen(expected));
	assert_memory_equal(value, expected, bytes);
}

static void test_vmcoreinfo_find_keys(void **state)
{
	assert_found("OSRELEASE", "6.1.0-42-amd64");
	assert_found("SYMBOL(prb)", "ffffffff8284d2c0");
	assert_found("EMPTY", "");
	assert_found("LAST", "7");	/* no newline after it */
}

static void test_vmcoreinfo_find_missing(void **state)
{
	static const char *const missing[] = { "RELEASE", "OSRELEAS", "OSRELEASEX", "PAGESIZE=4096", "NOVALUE", "", "6.1" };
	const char *value = "untouched";
	u32 bytes = 77;

	for (u32 i = 0; i < ARRAY_SIZE(missing); i++)
		assert_int_equal(vmcoreinfo_find(&info, missing[i], &value, &bytes), -ENOENT);
	assert_string_equal(value, "untouched");
	assert_int_equal(bytes, 77);
}

static void test_vmcoreinfo_find_empty_text(void **state)
{
	const struct vmcoreinfo empty = { NULL, 0 };
	const char *value;
	u32 bytes;

	assert_int_equal(vmcoreinfo_find(&empty, "OSRELEASE", &value, &bytes), -ENOENT);
}

static void test_vmcoreinfo_number_values(void **state)
{
	u64 value;

	assert_int_equal(vmcoreinfo_number(&info, "PAGESIZE", 10, &value), 0);
	assert_int_equal(value, 4096);
	assert_int_equal(vmcoreinfo_number(&info, "PAGESIZE", 16, &value), 0);
	assert_int_equal(value, 0x4096);
	assert_int_equal(vmcoreinfo_number(&info, "SYMBOL(prb)", 16, &value), 0);
	assert_int_equal(value, 0xffffffff8284d2c0ull);
	assert_int_equal(vmcoreinfo_number(&info, "PREFIXED", 16, &value), 0);
	assert_int_equal(value, 0x1f);
	assert_int_equal(vmcoreinfo_number(&info, "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)", 10, &value), 0);
	assert_int_equal((s64)value, -129);
	assert_int_equal(vmcoreinfo_number(&info, "LAST", 10, &value), 0);
	assert_int_equal(value, 7);
}

static void test_vmcoreinfo_number_refused(void **state)
{
	static const char *const bad[] = { "", "-", "0x", "0x12", "-0x", " 1", "1 ", "1.5", "abc", "12x" };
	u64 value = 77;

	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		char line[32] = "K=";
		struct vmcoreinfo one = { line, (u32)(2 + strlen(bad[i])) };

		memcpy(line + 2, bad[i], strlen(bad[i]) + 1);
		assert_int_equal(vmcoreinfo_number(&one, "K", 10, &value), -EINVAL);
	}
	assert_int_equal(vmcoreinfo_number(&info, "SYMBOL(prb)", 10, &value), -EINVAL);
	assert_int_equal(vmcoreinfo_number(&info, "OSRELEASE", 16, &value), -EINVAL);
	assert_int_equal(vmcoreinfo_number(&info, "NONE", 10, &value), -ENOENT);
	assert_int_equal(value, 77);
}

/* A number that 64 bits can't hold is not some other number. */
static void test_vmcoreinfo_number_too_large(void **state)
{
	static const char line[] = "A=18446744073709551615\nB=18446744073709551616\nC=10000000000000000\nD=ffffffffffffffff\n"
				   "E=99999999999999999999999\n";
	const struct vmcoreinfo numbers = { line, sizeof(line) - 1 };
	u64 value = 77;

	assert_int_equal(vmcoreinfo_number(&numbers, "B", 10, &value), -EINVAL);
	assert_int_equal(vmcoreinfo_number(&numbers, "C", 16, &value), -EINVAL);
	assert_int_equal(vmcoreinfo_number(&numbers, "E", 10, &value), -EINVAL);
	assert_int_equal(value, 77);
	assert_int_equal(vmcoreinfo_number(&numbers, "A", 10, &value), 0);
	assert_int_equal(value, ~0ull);
	assert_int_equal(vmcoreinfo_number(&numbers, "D", 16, &value), 0);
	assert_int_equal(value, ~0ull);
}

/* In memory of its own for every length: the text has no NUL to stop at. */
static void test_vmcoreinfo_number_cut_off_anywhere(void **state)
{
	for (u32 bytes = 0; bytes <= info.bytes; bytes++) {
		char *copy = malloc(bytes);
		struct vmcoreinfo cut = { copy, bytes };
		u64 value;

		memcpy(copy, text, bytes);
		assert_int_equal(vmcoreinfo_number(&cut, "LAST", 10, &value), bytes == info.bytes ? 0 :
				 bytes == info.bytes - 1 ? -EINVAL : -ENOENT);
		vmcoreinfo_number(&cut, "PREFIXED", 16, &value);
		vmcoreinfo_number(&cut, "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)", 10, &value);
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vmcoreinfo_find_keys),
		cmocka_unit_test(test_vmcoreinfo_find_missing),
		cmocka_unit_test(test_vmcoreinfo_find_empty_text),
		cmocka_unit_test(test_vmcoreinfo_number_values),
		cmocka_unit_test(test_vmcoreinfo_number_refused),
		cmocka_unit_test(test_vmcoreinfo_number_too_large),
		cmocka_unit_test(test_vmcoreinfo_number_cut_off_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
