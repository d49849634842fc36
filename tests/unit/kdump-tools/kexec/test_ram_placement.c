// SPDX-License-Identifier: GPL-2.0
#include "kexec/ram_placement.h"

#include <errno.h>
#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

#define P PAGE_BYTES
#define MIB (1ull << 20)
#define GIB (1ull << 30)

static struct memrange range[32];
static struct memrange_set holes;
static struct ram_piece pieces[8];
static size_t failed;

/* RAM of a 6 GiB machine: below the video hole is none, a reserved range in it, the rest above 4 GiB. */
static int make_holes(void **state)
{
	holes = (struct memrange_set){ .range = range, .capacity = ARRAY_SIZE(range) };
	assert_int_equal(memrange_add(&holes, 1 * MIB, 2 * GIB), 0);
	assert_int_equal(memrange_add(&holes, 4 * GIB, 8 * GIB), 0);
	assert_int_equal(memrange_subtract(&holes, 512 * MIB, 513 * MIB), 0);
	failed = 99;
	return 0;
}

static struct ram_piece piece(enum ram_place place, u64 bytes)
{
	return (struct ram_piece){ .name = "piece", .place = place, .bytes = bytes, .align_bytes = P };
}

static int place(size_t count)
{
	return ram_placement_place(&holes, pieces, count, &failed);
}

static void assert_apart_in_ram(size_t count)
{
	struct memrange before_range[32];
	struct memrange_set now = holes, before = { .range = before_range, .capacity = ARRAY_SIZE(before_range) };

	holes.range = range;
	for (u32 i = 0; i < now.count; i++)
		assert_int_equal(memrange_add(&before, now.range[i].start, now.range[i].end), 0);
	for (size_t i = 0; i < count; i++) {
		u64 end = pieces[i].pa + pieces[i].bytes;

		assert_false(memrange_contains(&now, pieces[i].pa, end));	/* taken out */
		assert_int_equal(memrange_add(&before, pieces[i].pa, end), 0);
		if (pieces[i].place != RAM_PLACE_FIXED) {
			assert_int_equal(pieces[i].pa % pieces[i].align_bytes, 0);
			assert_true(pieces[i].pa >= pieces[i].min_pa);
			assert_true(!pieces[i].end_pa || end <= pieces[i].end_pa);
		}
		for (size_t j = 0; j < i; j++)
			assert_true(end <= pieces[j].pa || pieces[j].pa + pieces[j].bytes <= pieces[i].pa);
	}
	/* Holes and pieces together are what there was. */
	make_holes(NULL);
	assert_int_equal(before.count, holes.count);
	for (u32 i = 0; i < before.count; i++) {
		assert_int_equal(before.range[i].start, holes.range[i].start);
		assert_int_equal(before.range[i].end, holes.range[i].end);
	}
}

static void test_ram_placement_low_and_high(void **state)
{
	pieces[0] = piece(RAM_PLACE_LOW, 50 * MIB);
	pieces[1] = piece(RAM_PLACE_HIGH, P);
	pieces[2] = piece(RAM_PLACE_HIGH, 3 * P);
	assert_int_equal(place(3), 0);
	assert_int_equal(pieces[0].pa, 1 * MIB);
	assert_int_equal(pieces[1].pa, 8 * GIB - P);
	assert_int_equal(pieces[2].pa, 8 * GIB - 4 * P);
	assert_apart_in_ram(3);
}

static void test_ram_placement_limits(void **state)
{
	pieces[0] = piece(RAM_PLACE_LOW, 50 * MIB);
	pieces[0].min_pa = 16 * MIB;
	pieces[0].align_bytes = 2 * MIB;
	pieces[1] = piece(RAM_PLACE_HIGH, 10 * MIB);
	pieces[1].end_pa = 4 * GIB;			/* the hole below 4 GiB ends at 2 GiB */
	pieces[2] = piece(RAM_PLACE_HIGH, P);
	pieces[2].end_pa = 513 * MIB + P / 2;		/* not a page boundary, in the reserved range's shadow */
	pieces[3] = piece(RAM_PLACE_LOW, 50 * MIB);
	pieces[3].min_pa = 500 * MIB;			/* too little up to the reserved range */
	assert_int_equal(place(4), 0);
	assert_int_equal(pieces[0].pa, 16 * MIB);
	assert_int_equal(pieces[1].pa, 2 * GIB - 10 * MIB);
	assert_int_equal(pieces[2].pa, 512 * MIB - P);
	assert_int_equal(pieces[3].pa, 513 * MIB);
	assert_apart_in_ram(4);
}

/* The start of a hole is not aligned: what is aligned comes after it, or in another hole. */
static void test_ram_placement_alignment(void **state)
{
	pieces[0] = piece(RAM_PLACE_LOW, P);
	pieces[0].align_bytes = 1 * GIB;
	pieces[1] = piece(RAM_PLACE_LOW, GIB);
	pieces[1].align_bytes = 1 * GIB;
	pieces[2] = piece(RAM_PLACE_HIGH, P);
	pieces[2].align_bytes = 1 * GIB;
	pieces[2].end_pa = 2 * GIB;
	pieces[3] = piece(RAM_PLACE_HIGH, 3 * P);
	pieces[3].align_bytes = 2 * MIB;
	assert_int_equal(place(4) , -ENOSPC);
	assert_int_equal(failed, 2);			/* 1 GiB itself went to piece 0 */

	make_holes(NULL);
	pieces[2].end_pa = 0;
	assert_int_equal(place(4), 0);
	assert_int_equal(pieces[0].pa, 1 * GIB);
	assert_int_equal(pieces[1].pa, 4 * GIB);
	assert_int_equal(pieces[2].pa, 7 * GIB);
	assert_int_equal(pieces[3].pa, 8 * GIB - 2 * MIB);
	assert_apart_in_ram(4);
}

/* Fixed pieces come first, whatever their order: the others go round them. */
static void test_ram_placement_fixed_first(void **state)
{
	pieces[0] = piece(RAM_PLACE_LOW, 20 * MIB);
	pieces[1] = piece(RAM_PLACE_HIGH, P);
	pieces[2] = piece(RAM_PLACE_FIXED, 30 * MIB);
	pieces[2].pa = 16 * MIB;
	pieces[3] = piece(RAM_PLACE_FIXED, 2 * P);
	pieces[3].pa = 8 * GIB - 3 * P;
	assert_int_equal(place(4), 0);
	assert_int_equal(pieces[0].pa, 46 * MIB);
	assert_int_equal(pieces[1].pa, 8 * GIB - P);
	assert_int_equal(pieces[2].pa, 16 * MIB);
	assert_apart_in_ram(4);
}

static void test_ram_placement_fixed_refused(void **state)
{
	static const u64 bad[] = { 0, 1 * MIB - P, 512 * MIB - P, 512 * MIB, 2 * GIB - P, 3 * GIB, 8 * GIB };

	pieces[0] = piece(RAM_PLACE_LOW, P);
	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		make_holes(NULL);
		pieces[1] = piece(RAM_PLACE_FIXED, 2 * P);
		pieces[1].pa = bad[i];
		assert_int_equal(place(2), -EADDRNOTAVAIL);
		assert_int_equal(failed, 1);
	}
	/* Two on one page */
	make_holes(NULL);
	pieces[0] = piece(RAM_PLACE_FIXED, 2 * P);
	pieces[0].pa = 16 * MIB;
	pieces[1] = piece(RAM_PLACE_FIXED, P);
	pieces[1].pa = 16 * MIB + P;
	assert_int_equal(place(2), -EADDRNOTAVAIL);
	assert_int_equal(failed, 1);
}

static void test_ram_placement_too_large(void **state)
{
	pieces[0] = piece(RAM_PLACE_LOW, 4 * GIB);
	pieces[1] = piece(RAM_PLACE_HIGH, 2 * GIB);
	assert_int_equal(place(2), -ENOSPC);
	assert_int_equal(failed, 1);
	assert_int_equal(pieces[0].pa, 4 * GIB);	/* to the last byte */

	make_holes(NULL);
	pieces[0].end_pa = 8 * GIB - 1;
	assert_int_equal(place(1), -ENOSPC);
	make_holes(NULL);
	pieces[0].end_pa = 0;
	pieces[0].min_pa = 4 * GIB + 1;
	assert_int_equal(place(1), -ENOSPC);
}

/* Sums that would pass 2^64 find no place instead of a wrong one. */
static void test_ram_placement_overflow(void **state)
{
	pieces[0] = piece(RAM_PLACE_LOW, align_down(UINT64_MAX, P));
	assert_int_equal(place(1), -ENOSPC);
	pieces[0] = piece(RAM_PLACE_HIGH, P);
	pieces[0].min_pa = UINT64_MAX;
	assert_int_equal(place(1), -ENOSPC);
	pieces[0] = piece(RAM_PLACE_LOW, P);
	pieces[0].min_pa = 5 * GIB;
	pieces[0].align_bytes = 1ull << 63;
	assert_int_equal(place(1), -ENOSPC);
	memrange_add(&holes, align_down(UINT64_MAX, 1 * GIB), align_down(UINT64_MAX, P));
	pieces[0].min_pa = (1ull << 63) + 1;
	assert_int_equal(place(1), -ENOSPC);
}

static void test_ram_placement_no_room_in_set(void **state)
{
	holes.capacity = holes.count;
	pieces[0] = piece(RAM_PLACE_FIXED, P);
	pieces[0].pa = 16 * MIB;			/* splits a hole */
	assert_int_equal(place(1), -ENOSPC);
	holes = (struct memrange_set){ .range = range };
	pieces[0] = piece(RAM_PLACE_LOW, P);
	assert_int_equal(place(1), -ENOSPC);
	assert_int_equal(failed, 0);
}

/* Many random requests: whatever is accepted is apart, aligned, within limits and in RAM. */
static void test_ram_placement_random(void **state)
{
	u32 random = 7, placed = 0;

	for (u32 round = 0; round < 3000; round++) {
		make_holes(NULL);
		for (u32 i = 0; i < 6; i++) {
			u32 kind;

			random = random * 1664525 + 1013904223;
			kind = random >> 8;
			pieces[i] = piece((kind >> 5) % 8 ? kind % 2 : RAM_PLACE_FIXED, ((kind >> 2) % 2000 + 1) * (kind & 0x10000 ? 300ull : 1) * P);
			pieces[i].align_bytes = (u64)P << (kind >> 20) % 12;
			pieces[i].min_pa = kind & 0x20000 ? (kind % 5000) * MIB : 0;
			pieces[i].end_pa = kind & 0x40000 ? 8 * GIB - (kind % 7) * GIB : 0;
			if (pieces[i].place == RAM_PLACE_FIXED)
				pieces[i].pa = (u64)(kind % 0x1fffff) * P;
		}
		if (place(6))
			continue;
		assert_apart_in_ram(6);
		placed++;
	}
	assert_true(placed > 300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_ram_placement_low_and_high, make_holes),
		cmocka_unit_test_setup(test_ram_placement_limits, make_holes),
		cmocka_unit_test_setup(test_ram_placement_alignment, make_holes),
		cmocka_unit_test_setup(test_ram_placement_fixed_first, make_holes),
		cmocka_unit_test_setup(test_ram_placement_fixed_refused, make_holes),
		cmocka_unit_test_setup(test_ram_placement_too_large, make_holes),
		cmocka_unit_test_setup(test_ram_placement_overflow, make_holes),
		cmocka_unit_test_setup(test_ram_placement_no_room_in_set, make_holes),
		cmocka_unit_test_setup(test_ram_placement_random, make_holes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
