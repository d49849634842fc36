// SPDX-License-Identifier: GPL-2.0
#include "capture/memrange.h"

#include <stdarg.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>

#define CAPACITY 8

static struct memrange ranges[CAPACITY + 1];
static struct memrange_set set;

/* [10, 20) and [40, 60) */
static int make_two(void **state)
{
	memset(ranges, 0xee, sizeof(ranges));
	ranges[0] = (struct memrange){ 10, 20 };
	ranges[1] = (struct memrange){ 40, 60 };
	set = (struct memrange_set){ .range = ranges, .count = 2, .capacity = CAPACITY };
	return 0;
}

static void assert_set(u32 count, const struct memrange *expected)
{
	assert_int_equal(set.count, count);
	for (u32 i = 0; i < count; i++) {
		assert_int_equal(set.range[i].start, expected[i].start);
		assert_int_equal(set.range[i].end, expected[i].end);
	}
}

#define ASSERT_SET(...) \
	assert_set(sizeof((struct memrange[]){ __VA_ARGS__ }) / sizeof(struct memrange), \
		   (const struct memrange[]){ __VA_ARGS__ })

static void test_memrange_add_between(void **state)
{
	assert_int_equal(memrange_add(&set, 25, 30), 0);
	ASSERT_SET({ 10, 20 }, { 25, 30 }, { 40, 60 });
}

static void test_memrange_add_at_ends(void **state)
{
	assert_int_equal(memrange_add(&set, 0, 5), 0);
	assert_int_equal(memrange_add(&set, 70, ~0ull), 0);
	ASSERT_SET({ 0, 5 }, { 10, 20 }, { 40, 60 }, { 70, ~0ull });
}

static void test_memrange_add_touching(void **state)
{
	assert_int_equal(memrange_add(&set, 20, 40), 0);
	ASSERT_SET({ 10, 60 });
}

static void test_memrange_add_overlapping(void **state)
{
	assert_int_equal(memrange_add(&set, 15, 25), 0);
	ASSERT_SET({ 10, 25 }, { 40, 60 });
	assert_int_equal(memrange_add(&set, 30, 50), 0);
	ASSERT_SET({ 10, 25 }, { 30, 60 });
}

static void test_memrange_add_nested(void **state)
{
	assert_int_equal(memrange_add(&set, 45, 50), 0);
	assert_int_equal(memrange_add(&set, 40, 60), 0);
	ASSERT_SET({ 10, 20 }, { 40, 60 });
	assert_int_equal(memrange_add(&set, 5, 100), 0);
	ASSERT_SET({ 5, 100 });
}

static void test_memrange_add_empty(void **state)
{
	assert_int_equal(memrange_add(&set, 30, 30), 0);
	ASSERT_SET({ 10, 20 }, { 40, 60 });
}

static void test_memrange_add_reversed(void **state)
{
	assert_int_equal(memrange_add(&set, 30, 29), -EINVAL);
	assert_int_equal(memrange_subtract(&set, 50, 45), -EINVAL);
	ASSERT_SET({ 10, 20 }, { 40, 60 });
}

static void test_memrange_add_full(void **state)
{
	set.capacity = 2;
	assert_int_equal(memrange_add(&set, 25, 30), -ENOSPC);
	ASSERT_SET({ 10, 20 }, { 40, 60 });
	assert_int_equal(ranges[2].start, 0xeeeeeeeeeeeeeeeeull);
	/* Joining needs no room. */
	assert_int_equal(memrange_add(&set, 20, 25), 0);
	ASSERT_SET({ 10, 25 }, { 40, 60 });
}

static void test_memrange_subtract_split(void **state)
{
	assert_int_equal(memrange_subtract(&set, 45, 50), 0);
	ASSERT_SET({ 10, 20 }, { 40, 45 }, { 50, 60 });
}

static void test_memrange_subtract_edges(void **state)
{
	assert_int_equal(memrange_subtract(&set, 0, 12), 0);
	assert_int_equal(memrange_subtract(&set, 18, 40), 0);
	assert_int_equal(memrange_subtract(&set, 59, 99), 0);
	ASSERT_SET({ 12, 18 }, { 40, 59 });
}

static void test_memrange_subtract_whole(void **state)
{
	assert_int_equal(memrange_subtract(&set, 10, 20), 0);
	ASSERT_SET({ 40, 60 });
	assert_int_equal(memrange_subtract(&set, 0, ~0ull), 0);
	assert_int_equal(set.count, 0);
	assert_int_equal(memrange_subtract(&set, 0, ~0ull), 0);
}

static void test_memrange_subtract_across(void **state)
{
	assert_int_equal(memrange_subtract(&set, 15, 45), 0);
	ASSERT_SET({ 10, 15 }, { 45, 60 });
}

static void test_memrange_subtract_nothing_there(void **state)
{
	assert_int_equal(memrange_subtract(&set, 20, 40), 0);
	assert_int_equal(memrange_subtract(&set, 50, 50), 0);
	ASSERT_SET({ 10, 20 }, { 40, 60 });
}

static void test_memrange_subtract_full(void **state)
{
	set.capacity = 2;
	assert_int_equal(memrange_subtract(&set, 45, 50), -ENOSPC);
	ASSERT_SET({ 10, 20 }, { 40, 60 });
	assert_int_equal(memrange_subtract(&set, 50, 60), 0);
	ASSERT_SET({ 10, 20 }, { 40, 50 });
}

static void test_memrange_contains_bounds(void **state)
{
	assert_true(memrange_contains(&set, 10, 20));
	assert_true(memrange_contains(&set, 45, 46));
	assert_false(memrange_contains(&set, 9, 11));
	assert_false(memrange_contains(&set, 19, 21));
	assert_false(memrange_contains(&set, 10, 60));
	assert_true(memrange_contains(&set, 30, 30));
	assert_false(memrange_contains(&set, 15, 12));
}

/* --- against a bitmap ------------------------------------------------------------ */

#define MODEL 48

static u32 runs_of(const bool *bit)
{
	u32 runs = 0;

	for (u32 i = 0; i < MODEL; i++)
		runs += bit[i] && (!i || !bit[i - 1]);
	return runs;
}

static void assert_same_as(const bool *bit)
{
	bool found[MODEL] = { false };

	for (u32 i = 0; i < set.count; i++) {
		assert_true(set.range[i].start < set.range[i].end);
		if (i)
			assert_true(set.range[i - 1].end < set.range[i].start);
		for (u64 at = set.range[i].start; at < set.range[i].end; at++)
			found[at] = true;
	}
	assert_memory_equal(found, bit, sizeof(found));
}

/* Every step must do what the bitmap does, or say why not: exactly when it has too many runs. */
static void test_memrange_add_subtract_random(void **state)
{
	bool bit[MODEL] = { false }, after[MODEL];

	srand(1);
	set.count = 0;
	for (u32 step = 0; step < 200000; step++) {
		u32 start = (u32)rand() % MODEL, end = start + (u32)rand() % (MODEL - start + 1);
		bool add = rand() % 2, all = true;
		int err = add ? memrange_add(&set, start, end) : memrange_subtract(&set, start, end);

		memcpy(after, bit, sizeof(after));
		for (u32 i = start; i < end; i++)
			after[i] = add;
		assert_int_equal(err, runs_of(after) > CAPACITY ? -ENOSPC : 0);
		if (!err)
			memcpy(bit, after, sizeof(bit));
		assert_same_as(bit);
		assert_int_equal(ranges[CAPACITY].start, 0xeeeeeeeeeeeeeeeeull);
		for (u32 i = start; i < end; i++)
			all &= bit[i];
		assert_int_equal(memrange_contains(&set, start, end), all);
	}
}

#define WITH_TWO(test) cmocka_unit_test_setup(test, make_two)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TWO(test_memrange_add_between),
		WITH_TWO(test_memrange_add_at_ends),
		WITH_TWO(test_memrange_add_touching),
		WITH_TWO(test_memrange_add_overlapping),
		WITH_TWO(test_memrange_add_nested),
		WITH_TWO(test_memrange_add_empty),
		WITH_TWO(test_memrange_add_reversed),
		WITH_TWO(test_memrange_add_full),
		WITH_TWO(test_memrange_subtract_split),
		WITH_TWO(test_memrange_subtract_edges),
		WITH_TWO(test_memrange_subtract_whole),
		WITH_TWO(test_memrange_subtract_across),
		WITH_TWO(test_memrange_subtract_nothing_there),
		WITH_TWO(test_memrange_subtract_full),
		WITH_TWO(test_memrange_contains_bounds),
		WITH_TWO(test_memrange_add_subtract_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
