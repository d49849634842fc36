// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <string.h>

#include "common/iomem.h"
#include "kdumpctl/linux_need.h"

#define MIB (1ull << 20)

static const struct linux_need_input input = {
	.load_bytes = 52 * MIB, .kernel_bytes = 40 * MIB, .map_bytes = 4 * MIB, .packed_bytes = MIB / 2,
	.unpacked_bytes = MIB, .module_bytes = 0,
};

static void test_linux_need_grows_with_its_parts(void **state)
{
	struct linux_need_input larger = input;
	struct linux_need need, more;

	linux_need_compute(&input, NULL, &need);
	assert_int_equal(need.total_bytes % MIB, 0);
	assert_true(need.total_bytes > 46 * MIB);
	assert_int_equal(need.learned_bytes, 0);
	larger.module_bytes = 10 * MIB;
	linux_need_compute(&larger, NULL, &more);
	assert_int_equal(more.total_bytes, need.total_bytes + 10 * MIB);
	larger = input;
	larger.tracing = true;
	linux_need_compute(&larger, NULL, &more);
	assert_int_equal(more.total_bytes, need.total_bytes + 8 * MIB);
	/* What can't even be loaded is not enough either. */
	larger.load_bytes = 200 * MIB + 1;
	linux_need_compute(&larger, NULL, &more);
	assert_int_equal(more.total_bytes, 201 * MIB);
}

static void test_linux_need_learns(void **state)
{
	struct last_capture last = {
		.region_bytes = 256 * MIB, .memory_bytes = 200 * MIB, .peak_bytes = 100 * MIB, .complete = true,
	};
	struct linux_need need, computed;

	linux_need_compute(&input, NULL, &computed);
	linux_need_compute(&input, &last, &need);
	assert_int_equal(need.learned_bytes, 158 * MIB);	/* 100 of 256 were free; 2 to spare */
	assert_int_equal(need.total_bytes, 158 * MIB);
	/* Less than computed is not believed, as what booting takes is gone when init looks. */
	last.peak_bytes = 1;
	linux_need_compute(&input, &last, &need);
	assert_int_equal(need.total_bytes, computed.total_bytes);
	/* But the region in which it worked is enough. */
	last.region_bytes = 60 * MIB;
	last.memory_bytes = last.peak_bytes = 20 * MIB;
	linux_need_compute(&input, &last, &need);
	assert_int_equal(need.total_bytes, 60 * MIB);
	/* One that failed proves nothing. */
	last.complete = false;
	linux_need_compute(&input, &last, &need);
	assert_int_equal(need.total_bytes, computed.total_bytes);
	assert_int_equal(need.learned_bytes, 0);
}

static void expect_from(const char *text, bool is_running, u64 kernel_bytes, u64 map_bytes)
{
	struct capture_kernel kernel = { .memory_bytes = 46 * MIB, .is_running = is_running };
	struct linux_need_input found = { 0 };
	struct iomem map;

	assert_int_equal(iomem_parse(&map, text), 0);
	linux_need_from_iomem(&map, &kernel, &found);
	iomem_deinit(&map);
	assert_int_equal(found.kernel_bytes, kernel_bytes);
	assert_int_equal(found.map_bytes, map_bytes);
}

static void test_linux_need_from_iomem(void **state)
{
	static const char code[] = "00100000-3fffffff : System RAM\n  01000000-01ffffff : Kernel code\n  03000000-037fffff : Kernel bss\n";
	char text[512];

	expect_from(code, true, 40 * MIB, 4 * MIB);
	expect_from(code, false, 46 * MIB, 4 * MIB);
	snprintf(text, sizeof(text), "%s  37000000-3affffff : Crash kernel\n", code);	/* over 896 MiB: in two sections */
	expect_from(text, true, 40 * MIB, 6 * MIB);
	snprintf(text, sizeof(text), "%s  38000000-3bffffff : Crash kernel\n", code);
	expect_from(text, true, 40 * MIB, 4 * MIB);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_linux_need_grows_with_its_parts),
		cmocka_unit_test(test_linux_need_learns),
		cmocka_unit_test(test_linux_need_from_iomem),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
