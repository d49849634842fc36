// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include "capture/memrange.h"
#include "kdumpctl/need.h"
#include "layout.h"

static void test_need_work_bytes_grows_with_memory(void **state)
{
	struct memrange ranges[] = { { 1 << 20, 3ull << 30 }, { 4ull << 30, 4ull << 40 } };
	struct memrange_set one = { .range = ranges, .count = 1 }, two = { .range = ranges, .count = 2 };
	u64 small = need_work_bytes(&one, true, 2, 4ull << 30), large = need_work_bytes(&two, true, 2, 4ull << 30);

	assert_true(small > LAYOUT_WORK_BYTES);
	assert_true(small < LAYOUT_WORK_BYTES + (64 << 10));
	assert_true(large > small && large < small + (128 << 10));
	/* Without 1 GiB pages, a table per GiB. */
	assert_true(need_work_bytes(&two, false, 2, 4ull << 30) > large + (4000ull << 12));
	assert_true(need_work_bytes(&one, true, 4096, 4ull << 30) >= small + (2 << 20) - 4096);
	assert_true(need_work_bytes(&one, true, 2, 8ull << 40) > small);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_need_work_bytes_grows_with_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
