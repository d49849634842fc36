// SPDX-License-Identifier: GPL-2.0
#include "kexec/placement.h"

#include <errno.h>
#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

#define P PAGE_BYTES
#define MIB (1ull << 20)

static struct placement_piece pieces[4];
static struct placement_request request;

static int make_pieces(void **state)
{
	pieces[0] = (struct placement_piece){ .name = "kernel", .bytes = 50 * P, .align_bytes = P, .bottom_up = true };
	pieces[1] = (struct placement_piece){ .name = "a", .bytes = P, .align_bytes = P };
	pieces[2] = (struct placement_piece){ .name = "b", .bytes = 3 * P, .align_bytes = P };
	pieces[3] = (struct placement_piece){ .name = "c", .bytes = P, .align_bytes = P };
	request = (struct placement_request){ .pieces = pieces, .count = 4, .control_pages = 4 };
	return 0;
}

static void assert_apart_and_inside(const struct memrange *region)
{
	for (size_t i = 0; i < request.count; i++) {
		for (u32 j = 0; j < request.taken.count; j++)
			assert_true(pieces[i].pa + pieces[i].bytes <= request.taken.range[j].start ||
				    request.taken.range[j].end <= pieces[i].pa);
		assert_true(pieces[i].pa >= region->start);
		assert_true(pieces[i].pa + pieces[i].bytes <= region->end);
		assert_int_equal(pieces[i].pa % pieces[i].align_bytes, 0);
		for (size_t j = 0; j < i; j++)
			assert_true(pieces[i].pa + pieces[i].bytes <= pieces[j].pa ||
				    pieces[j].pa + pieces[j].bytes <= pieces[i].pa);
	}
}

static void test_placement_place_kernel_low_rest_high(void **state)
{
	const struct memrange region = { 16 * MIB, 17 * MIB };

	assert_int_equal(placement_place(&request, &region), 0);
	assert_int_equal(pieces[0].pa, 16 * MIB);
	assert_int_equal(pieces[1].pa, 17 * MIB - P);
	assert_int_equal(pieces[2].pa, 17 * MIB - 4 * P);
	assert_int_equal(pieces[3].pa, 17 * MIB - 5 * P);
}

static void test_placement_place_alignment(void **state)
{
	const struct memrange region = { 17 * MIB, 32 * MIB };

	pieces[0].align_bytes = 2 * MIB;
	pieces[2].align_bytes = MIB;
	assert_int_equal(placement_place(&request, &region), 0);
	assert_int_equal(pieces[0].pa, 18 * MIB);
	assert_int_equal(pieces[2].pa, 31 * MIB);
	assert_int_equal(pieces[3].pa, 32 * MIB - 2 * P);	/* fills the hole above b */
	assert_apart_and_inside(&region);
}

static void test_placement_place_minimum_address(void **state)
{
	const struct memrange region = { 0, 8 * MIB };

	pieces[0].min_pa = 5 * MIB;
	assert_int_equal(placement_place(&request, &region), 0);
	assert_int_equal(pieces[0].pa, 5 * MIB);
	pieces[3].min_pa = 8 * MIB;
	assert_int_equal(placement_place(&request, &region), -ENOSPC);
}

static void test_placement_place_top_unused(void **state)
{
	const struct memrange region = { 16 * MIB, 17 * MIB };

	request.top_unused_bytes = P;
	assert_int_equal(placement_place(&request, &region), 0);
	assert_int_equal(pieces[1].pa, 17 * MIB - 2 * P);
}

/* 55 pages of pieces, a pair and 4 singles: no page may be wasted, none may be missing. */
static void test_placement_need_is_tight(void **state)
{
	const u64 start = 16 * MIB;
	struct memrange region = { start, start };
	u64 need = placement_need(&request, start);

	assert_int_equal(need, 61 * P);
	region.end = start + need;
	assert_int_equal(placement_place(&request, &region), 0);
	assert_apart_and_inside(&region);
	region.end -= P;
	assert_int_equal(placement_place(&request, &region), -ENOSPC);
}

/* An odd kernel end costs the pair's alignment one page, which the singles can't use. */
static void test_placement_need_pays_for_pair_alignment(void **state)
{
	pieces[0].bytes = 51 * P;
	assert_int_equal(placement_need(&request, 16 * MIB), 63 * P);
}

/* The gap below an aligned kernel is not lost: the other pieces and the kernel's pages go there. */
static void test_placement_need_misaligned_region(void **state)
{
	pieces[0].align_bytes = 2 * MIB;
	assert_int_equal(placement_need(&request, 17 * MIB), MIB + 50 * P);
}

static void test_placement_place_region_empty_or_tiny(void **state)
{
	const struct memrange empty = { 0 }, tiny = { 16 * MIB, 16 * MIB + P };

	assert_int_equal(placement_place(&request, &empty), -ENOSPC);
	assert_int_equal(placement_place(&request, &tiny), -ENOSPC);
}

/* A second image beside a first one: above its kernel and control pages, below what it has at the top. */
static void test_placement_place_beside_another(void **state)
{
	const struct memrange region = { 16 * MIB, 17 * MIB };
	struct memrange taken[] = { { 16 * MIB, 16 * MIB + 58 * P }, { 17 * MIB - 5 * P, 17 * MIB } };

	request.taken = (struct memrange_set){ taken, 2, 2 };
	assert_int_equal(placement_place(&request, &region), 0);
	assert_int_equal(pieces[0].pa, 16 * MIB + 58 * P);
	assert_int_equal(pieces[1].pa, 17 * MIB - 6 * P);
	assert_int_equal(pieces[2].pa, 17 * MIB - 9 * P);
	assert_apart_and_inside(&region);
}

/* The first image lies in the middle: a hole that is too small for a piece is used by another. */
static void test_placement_place_around_another(void **state)
{
	const struct memrange region = { 16 * MIB, 17 * MIB };
	struct memrange taken[] = { { 16 * MIB + 49 * P, 16 * MIB + 80 * P }, { 17 * MIB - 2 * P, 17 * MIB - P } };

	request.taken = (struct memrange_set){ taken, 2, 2 };
	assert_int_equal(placement_place(&request, &region), 0);
	assert_int_equal(pieces[0].pa, 16 * MIB + 80 * P);
	assert_int_equal(pieces[1].pa, 17 * MIB - P);
	assert_int_equal(pieces[2].pa, 17 * MIB - 5 * P);
	assert_apart_and_inside(&region);
}

/* The pieces fit beside the first image, the kernel's own pages do not. */
static void test_placement_place_no_room_beside_another(void **state)
{
	const struct memrange region = { 16 * MIB, 17 * MIB };
	struct memrange taken[] = { { 16 * MIB, 17 * MIB - 61 * P } };

	request.taken = (struct memrange_set){ taken, 1, 1 };
	assert_int_equal(placement_place(&request, &region), -ENOSPC);
	taken[0].end -= P;
	assert_int_equal(placement_place(&request, &region), 0);
	assert_apart_and_inside(&region);
	taken[0].end = 17 * MIB;
	assert_int_equal(placement_place(&request, &region), -ENOSPC);
}

static void test_placement_need_beside_another(void **state)
{
	struct memrange taken[] = { { 16 * MIB, 16 * MIB + 20 * P } };
	u64 alone = placement_need(&request, 16 * MIB);

	request.taken = (struct memrange_set){ taken, 1, 1 };
	assert_int_equal(placement_need(&request, 16 * MIB), alone + 20 * P);
}

/* Every region size from too small to ample: what is accepted holds all, apart. */
static void test_placement_place_every_size(void **state)
{
	bool fitted = false;

	pieces[0].align_bytes = 16 * P;
	for (u64 pages = 0; pages < 120; pages++) {
		const struct memrange region = { 16 * MIB + 3 * P, 16 * MIB + (3 + pages) * P };
		int err = placement_place(&request, &region);

		if (err)
			assert_false(fitted);	/* once it fits, more memory does not hurt */
		else
			assert_apart_and_inside(&region);
		fitted = !err;
	}
	assert_true(fitted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_placement_place_kernel_low_rest_high, make_pieces),
		cmocka_unit_test_setup(test_placement_place_alignment, make_pieces),
		cmocka_unit_test_setup(test_placement_place_minimum_address, make_pieces),
		cmocka_unit_test_setup(test_placement_place_top_unused, make_pieces),
		cmocka_unit_test_setup(test_placement_need_is_tight, make_pieces),
		cmocka_unit_test_setup(test_placement_need_pays_for_pair_alignment, make_pieces),
		cmocka_unit_test_setup(test_placement_need_misaligned_region, make_pieces),
		cmocka_unit_test_setup(test_placement_place_region_empty_or_tiny, make_pieces),
		cmocka_unit_test_setup(test_placement_place_beside_another, make_pieces),
		cmocka_unit_test_setup(test_placement_place_around_another, make_pieces),
		cmocka_unit_test_setup(test_placement_place_no_room_beside_another, make_pieces),
		cmocka_unit_test_setup(test_placement_need_beside_another, make_pieces),
		cmocka_unit_test_setup(test_placement_place_every_size, make_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
