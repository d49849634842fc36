// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include "capture/memrange.h"
#include "kdumpctl/need.h"
#include "layout.h"

static void test_need_work_bytes_grows_with_memory(void **state)
{
	struct memrange ranges[] = { { 1 << 20, 3ull << 30 }, { 4ull << 30, 4ull << 40 } };
	struct memrange_set one = { .range = ranges, .count = 1 }, two = { .range = ranges, .count = 2 };
	struct need_targets targets = { .count = 1, .largest_bytes = 4ull << 30 };
	u64 small = need_work_bytes(&one, true, 2, &targets), large = need_work_bytes(&two, true, 2, &targets);

	assert_true(small > LAYOUT_WORK_BYTES);
	assert_true(small < LAYOUT_WORK_BYTES + (64 << 10));
	assert_true(large > small && large < small + (128 << 10));
	/* Without 1 GiB pages, a table per GiB. */
	assert_true(need_work_bytes(&two, false, 2, &targets) > large + (4000ull << 12));
	assert_true(need_work_bytes(&one, true, 4096, &targets) >= small + (2 << 20) - 4096);
	targets.largest_bytes = 8ull << 40;
	assert_true(need_work_bytes(&one, true, 2, &targets) > small);
}

/* A dump file needs room to be read into, and a bit per MiB; each further target may be another disk. */
static void test_need_work_bytes_of_targets(void **state)
{
	struct memrange range = { 1 << 20, 1ull << 30 };
	struct memrange_set ram = { .range = &range, .count = 1 };
	struct need_targets targets = { 0 };
	u64 none = need_work_bytes(&ram, true, 2, &targets), raw, file;

	need_add_target(&targets, 4ull << 30, false);
	raw = need_work_bytes(&ram, true, 2, &targets);
	assert_true(raw >= none && raw <= none + PAGE_BYTES);
	need_add_target(&targets, 1ull << 30, true);
	file = need_work_bytes(&ram, true, 2, &targets);
	assert_int_equal(file, raw + LAYOUT_DISK_BYTES + LAYOUT_SEALS_BYTES + PAGE_BYTES);
	need_add_target(&targets, 1ull << 40, true);
	assert_true(need_work_bytes(&ram, true, 2, &targets) >= file + LAYOUT_DISK_BYTES + (1 << 20) / 8);
}

/* Both are loaded at once, but Linux runs alone. */
static void test_need_add_fallback(void **state)
{
	struct need need = { .load_bytes = 50 << 20, .work_bytes = 1 << 20, .total_bytes = 51 << 20 };

	need_add_fallback(&need, 40 << 20);
	assert_int_equal(need.total_bytes, (51 << 20) + LAYOUT_CHAIN_BYTES);
	assert_int_equal(need.load_bytes + need.work_bytes, need.total_bytes);
	need_add_fallback(&need, 80 << 20);
	assert_int_equal(need.total_bytes, 80 << 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_need_add_fallback),
		cmocka_unit_test(test_need_work_bytes_grows_with_memory),
		cmocka_unit_test(test_need_work_bytes_of_targets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
