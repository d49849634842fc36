// SPDX-License-Identifier: GPL-2.0
#include "common/iomem.h"

#include <errno.h>
#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

static void test_iomem_parse_nested(void **state)
{
	static const char text[] =
		"00000000-00000fff : Reserved\n"
		"00001000-0009fbff : System RAM\n"
		"00100000-3ffdffff : System RAM\n"
		"  17000000-17e01ef1 : Kernel code\n"
		"  36000000-3dffffff : Crash kernel\n"
		"fd00000000-ffffffffff : a name that is longer than the field which keeps it";
	const struct iomem_entry *entry;
	struct iomem map;

	assert_int_equal(iomem_parse(&map, text), 0);
	assert_int_equal(map.count, 6);
	entry = iomem_next(&map, IOMEM_CRASH, NULL);
	assert_int_equal(entry->start, 0x36000000);
	assert_int_equal(entry->end, 0x3e000000);
	assert_int_equal(entry->depth, 1);
	assert_null(iomem_next(&map, IOMEM_CRASH, entry));
	assert_int_equal(map.entries[1].depth, 0);
	assert_int_equal(iomem_total_bytes(&map, IOMEM_RAM), 0x9fc00 - 0x1000 + 0x3ffe0000 - 0x100000);
	assert_int_equal(iomem_total_bytes(&map, "none"), 0);
	assert_int_equal(strlen(map.entries[5].name), sizeof(map.entries[5].name) - 1);
	assert_int_equal(map.entries[5].end, 0x10000000000);
	iomem_deinit(&map);
	assert_int_equal(map.count, 0);
}

/* What Linux shows to a user without CAP_SYS_ADMIN. */
static void test_iomem_parse_hidden(void **state)
{
	struct iomem map;

	assert_int_equal(iomem_parse(&map, "00000000-00000000 : Reserved\n00000000-00000000 : System RAM\n"), -EACCES);
}

static void test_iomem_parse_malformed(void **state)
{
	static const char *const bad[] = {
		"x", "1000-1fff\n", "1000 : a\n", "2000-1000 : a\n", "1000-1fff : \n2000-2fff : b\n",
		"0-ffffffffffffffff : all\n", "1000-1fff : a\n\n2000-2fff : b\n",
	};
	struct iomem map = { .count = 77 };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(iomem_parse(&map, bad[i]), -EINVAL);
	assert_int_equal(map.count, 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_iomem_parse_nested),
		cmocka_unit_test(test_iomem_parse_hidden),
		cmocka_unit_test(test_iomem_parse_malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
