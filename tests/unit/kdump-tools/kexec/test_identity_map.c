// SPDX-License-Identifier: GPL-2.0
#include "kexec/identity_map.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

#define GIB (1ull << 30)
#define TIB (1ull << 40)

static u64 count(const struct memrange *ranges, size_t ranges_count, bool gb_pages, bool five_level)
{
	const struct identity_map map = { ranges, ranges_count, gb_pages, five_level };
	u64 pages = 999;

	assert_int_equal(identity_map_count(&map, &pages), 0);
	return pages;
}

/* A guest with 1 GiB, the last pages reserved: one table of 2 MiB pages, one above it. */
static void test_identity_map_count_partial_gib(void **state)
{
	const struct memrange ram[] = { { 0, GIB - 0x20000 } };

	assert_int_equal(count(ram, 1, true, false), 2);
	assert_int_equal(count(ram, 1, false, false), 2);
	assert_int_equal(count(ram, 1, true, true), 3);
}

static void test_identity_map_count_whole_gibs(void **state)
{
	const struct memrange ram[] = { { 0, 2 * GIB }, { 4 * GIB, 8 * GIB } };

	assert_int_equal(count(ram, 2, true, false), 1);
	assert_int_equal(count(ram, 2, false, false), 1 + 6);
	assert_int_equal(count(ram, 2, true, true), 2);
}

/* The first GiB is only whole when one range covers it all. */
static void test_identity_map_count_split_gib(void **state)
{
	const struct memrange ram[] = { { 0, GIB / 2 }, { GIB / 2 + 4096, 2 * GIB } };

	assert_int_equal(count(ram, 2, true, false), 1 + 1);
}

static void test_identity_map_count_mapped_twice(void **state)
{
	const struct memrange ranges[] = { { 0, 2 * GIB }, { GIB + 4096, GIB + 8192 }, { 3 * GIB, 3 * GIB + 1 } };

	assert_int_equal(count(ranges, 3, true, false), 1 + 1);
}

static void test_identity_map_count_upper_tables(void **state)
{
	const struct memrange far[] = { { 0, GIB }, { TIB, TIB + GIB }, { 300 * TIB, 300 * TIB + GIB } };

	assert_int_equal(count(far, 2, true, false), 2);	/* a 512 GiB table each */
	assert_int_equal(count(far, 3, true, true), 3 + 2);	/* and a 256 TiB table each */
}

static void test_identity_map_count_nothing(void **state)
{
	assert_int_equal(count(NULL, 0, true, true), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_identity_map_count_partial_gib),
		cmocka_unit_test(test_identity_map_count_whole_gibs),
		cmocka_unit_test(test_identity_map_count_split_gib),
		cmocka_unit_test(test_identity_map_count_mapped_twice),
		cmocka_unit_test(test_identity_map_count_upper_tables),
		cmocka_unit_test(test_identity_map_count_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
