// SPDX-License-Identifier: GPL-2.0
#include "capture/extent.h"

#include <stdarg.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>

#include "fake_disk.h"

#define K4 4096ull
#define MIB (1ull << 20)
#define DISK (100 * MIB)

static struct extent list[8];

/* Three pieces of 1, 2 and 5 pages, out of order, the last at the disk's very end. */
static int make_list(void **state)
{
	list[0] = (struct extent){ 10 * MIB + 512, 1 * K4 };
	list[1] = (struct extent){ 5 * MIB, 2 * K4 };
	list[2] = (struct extent){ DISK - 5 * K4, 5 * K4 };
	return 0;
}

static int check(u32 count, u64 total)
{
	return extent_list_check(list, count, total, DISK, 512);
}

static void test_extent_list_check_valid(void **state)
{
	assert_int_equal(check(3, 8 * K4), 0);
	assert_int_equal(check(1, 1 * K4), 0);
	list[1].disk_bytes = list[0].disk_bytes + K4;	/* next to each other is fine */
	assert_int_equal(check(3, 8 * K4), 0);
	list[1].disk_bytes = list[0].disk_bytes - 2 * K4;
	assert_int_equal(check(3, 8 * K4), 0);
}

static void test_extent_list_check_sum(void **state)
{
	assert_int_equal(check(3, 7 * K4), -EINVAL);
	assert_int_equal(check(3, 9 * K4), -EINVAL);
	assert_int_equal(check(2, 8 * K4), -EINVAL);
	assert_int_equal(check(3, 0), -EINVAL);
	assert_int_equal(check(0, 0), -EINVAL);
	list[0].bytes = list[1].bytes = 0x8000000000000000ull;	/* a sum that wraps around */
	assert_int_equal(check(3, 5 * K4), -EINVAL);
}

static void test_extent_list_check_lengths(void **state)
{
	static const u64 bad[] = { 0, 1, 512, K4 - 1, K4 + 512, ~0ull, ~0ull - 4095 };

	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		list[1].bytes = bad[i];
		assert_int_equal(check(3, 6 * K4 + bad[i]), -EINVAL);
	}
}

static void test_extent_list_check_places(void **state)
{
	static const u64 bad[] = { 1, 511, DISK - K4, DISK, DISK + K4, ~0ull - 4095, ~0ull - 511 };

	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		list[1].disk_bytes = bad[i];
		assert_int_equal(check(2, 3 * K4), -EINVAL);
	}
	make_list(NULL);
	assert_int_equal(extent_list_check(list, 3, 8 * K4, DISK, 4096), -EINVAL);	/* list[0] is at 512 */
	assert_int_equal(extent_list_check(list, 3, 8 * K4, DISK - 512, 512), -EINVAL);
}

static void test_extent_list_check_overlap(void **state)
{
	static const s64 off[] = { -4096, -3584, 0, 512, 3584 };

	for (u32 i = 0; i < ARRAY_SIZE(off); i++) {
		make_list(state);
		list[1].disk_bytes = list[0].disk_bytes + (u64)off[i];
		assert_int_equal(check(3, 8 * K4), -EINVAL);
	}
	make_list(state);
	list[0].disk_bytes = DISK - 3 * K4;	/* inside the last one */
	assert_int_equal(check(3, 8 * K4), -EINVAL);
}

static void test_extent_list_check_most(void **state)
{
	struct extent *many = calloc(EXTENT_MAX + 1, sizeof(*many));

	for (u32 i = 0; i <= EXTENT_MAX; i++)
		many[i] = (struct extent){ (EXTENT_MAX - i) * 2 * K4, K4 };
	assert_int_equal(extent_list_check(many, EXTENT_MAX, EXTENT_MAX * K4, DISK, 512), 0);
	assert_int_equal(extent_list_check(many, EXTENT_MAX + 1, (EXTENT_MAX + 1) * K4, DISK, 512), -EINVAL);
	many[EXTENT_MAX - 1].disk_bytes = many[0].disk_bytes;
	assert_int_equal(extent_list_check(many, EXTENT_MAX, EXTENT_MAX * K4, DISK, 512), -EINVAL);
	free(many);
}

static void assert_at(u64 offset, u64 want_disk, u64 want_run)
{
	u64 disk = 1, run = 2;

	assert_int_equal(extent_find(list, 3, offset, &disk, &run), 0);
	assert_int_equal(disk, want_disk);
	assert_int_equal(run, want_run);
}

static void test_extent_find_edges(void **state)
{
	u64 disk = 1, run = 2;

	assert_at(0, 10 * MIB + 512, K4);
	assert_at(K4 - 1, 10 * MIB + 512 + K4 - 1, 1);
	assert_at(K4, 5 * MIB, 2 * K4);
	assert_at(3 * K4 - 512, 5 * MIB + 2 * K4 - 512, 512);
	assert_at(3 * K4, DISK - 5 * K4, 5 * K4);
	assert_at(8 * K4 - 1, DISK - 1, 1);
	assert_int_equal(extent_find(list, 3, 8 * K4, &disk, &run), -ERANGE);
	assert_int_equal(extent_find(list, 3, ~0ull, &disk, &run), -ERANGE);
	assert_int_equal(extent_find(list, 0, 0, &disk, &run), -ERANGE);
	assert_int_equal(disk, 1);	/* outputs untouched on failure */
	assert_int_equal(run, 2);
}

/* Random lists: every byte of the file has its own place, and runs are as long as they can be. */
static void test_extent_find_random(void **state)
{
	struct extent random[64];
	u64 seed = 5;

	for (u32 round = 0; round < 50; round++) {
		u32 count = fake_disk_scatter(random, ARRAY_SIZE(random), MIB, 9 * MIB, &seed);
		u64 disk, run, offset = 0;

		assert_int_equal(extent_list_check(random, count, 8 * MIB, 9 * MIB, 4096), 0);
		for (u32 i = 0; i < count; offset += random[i++].bytes) {
			u64 at = fake_random(&seed) % random[i].bytes;

			assert_int_equal(extent_find(random, count, offset + at, &disk, &run), 0);
			assert_int_equal(disk, random[i].disk_bytes + at);
			assert_int_equal(run, random[i].bytes - at);
		}
		assert_int_equal(extent_find(random, count, offset, &disk, &run), -ERANGE);
	}
}

#define WITH_LIST(test) cmocka_unit_test_setup(test, make_list)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_LIST(test_extent_list_check_valid),
		WITH_LIST(test_extent_list_check_sum),
		WITH_LIST(test_extent_list_check_lengths),
		WITH_LIST(test_extent_list_check_places),
		WITH_LIST(test_extent_list_check_overlap),
		WITH_LIST(test_extent_list_check_most),
		WITH_LIST(test_extent_find_edges),
		WITH_LIST(test_extent_find_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
