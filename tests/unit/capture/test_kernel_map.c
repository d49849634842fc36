// SPDX-License-Identifier: GPL-2.0
#include "fake_kernel.h"

#include <stdarg.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>

#define VA 0xffffc90000000000ull

static struct fake_kernel kernel;

static int setup_4(void **state)
{
	fake_kernel_init(&kernel, 4);
	return kernel_map_init(&kernel.map, &kernel.memory.mem, &kernel.info);
}

static int setup_5(void **state)
{
	fake_kernel_init(&kernel, 5);
	return kernel_map_init(&kernel.map, &kernel.memory.mem, &kernel.info);
}

static int teardown(void **state)
{
	fake_kernel_deinit(&kernel);
	return 0;
}

static void assert_at(u64 va, u64 pa, u64 bytes)
{
	u64 found_pa, found_bytes;

	assert_int_equal(kernel_map_translate(&kernel.map, va, &found_pa, &found_bytes), 0);
	assert_int_equal(found_pa, pa);
	assert_int_equal(found_bytes, bytes);
}

static void assert_nothing_at(u64 va)
{
	u64 pa = 7, bytes = 7;

	assert_int_equal(kernel_map_translate(&kernel.map, va, &pa, &bytes), -EFAULT);
	assert_int_equal(pa, 7);
	assert_int_equal(bytes, 7);
}

static void test_leaves(void **state)
{
	fake_kernel_map_leaf(&kernel, VA, 0x345000, 1);
	fake_kernel_map_leaf(&kernel, VA + (2 << 20), 0x400000, 2);
	fake_kernel_map_leaf(&kernel, VA + (1ull << 30), 1ull << 30, 3);
	assert_at(VA, 0x345000, 4096);
	assert_at(VA + 0xfff, 0x345fff, 1);
	assert_at(VA + (2 << 20) + 0x123456, 0x400000 + 0x123456, (2 << 20) - 0x123456);
	assert_at(VA + (1ull << 30) + 5, (1ull << 30) + 5, (1ull << 30) - 5);
	assert_nothing_at(VA + 4096);
	assert_nothing_at(VA + (3ull << 30));
	assert_nothing_at(0);
}

/* In a large leaf bit 12 is PAT, no address. */
static void test_flags_are_no_address(void **state)
{
	fake_kernel_map_leaf(&kernel, VA, 0x400000 | 0x1000 | 1ull << 63 | 0xfff, 2);
	assert_at(VA + 0x2345, 0x402345, (2 << 20) - 0x2345);
}

static void test_table_outside_memory(void **state)
{
	u64 top = kernel.map.levels == 5 ? (VA >> 48 & 511) : (VA >> 39 & 511);

	((u64 *)fake_memory_at(&kernel.memory, FAKE_TABLES_PA))[top] = 0x7ffffffff000ull | 1;
	assert_nothing_at(VA);
}

static void test_read_across_leaves(void **state)
{
	u8 buf[8192], *a = fake_memory_at(&kernel.memory, 0x600000), *b = fake_memory_at(&kernel.memory, 0x603000);

	memset(a, 'a', 4096);
	memset(b, 'b', 4096);
	fake_kernel_map_leaf(&kernel, VA, 0x600000, 1);
	fake_kernel_map_leaf(&kernel, VA + 4096, 0x603000, 1);
	assert_int_equal(kernel_map_read(&kernel.map, VA + 100, buf, 8000), 0);
	assert_int_equal(buf[3995], 'a');
	assert_int_equal(buf[3996], 'b');
	assert_int_equal(kernel_map_read(&kernel.map, VA + 100, buf, 8192), -EFAULT);
	kernel.memory.bad[kernel.memory.bad_count++] = 0x603000;
	assert_int_equal(kernel_map_read(&kernel.map, VA, buf, 8192), -EFAULT);
	assert_int_equal(kernel_map_read(&kernel.map, VA, buf, 4096), 0);
}

static void test_keys(void **state)
{
	struct kernel_map map = { .levels = 9 };

	fake_kernel_drop_key(&kernel, "NUMBER(phys_base)");
	assert_int_equal(kernel_map_init(&map, &kernel.memory.mem, &kernel.info), -ENOENT);
	fake_kernel_add_key(&kernel, "NUMBER(phys_base)=-1048576");
	fake_kernel_drop_key(&kernel, "SYMBOL(init_top_pgt)");
	assert_int_equal(kernel_map_init(&map, &kernel.memory.mem, &kernel.info), -ENOENT);
	assert_int_equal(map.levels, 9);
	fake_kernel_add_key(&kernel, "SYMBOL(swapper_pg_dir)=ffffffff7ff00000");
	assert_int_equal(kernel_map_init(&map, &kernel.memory.mem, &kernel.info), -EINVAL);	/* below the kernel's text */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_leaves, setup_4, teardown),
		cmocka_unit_test_setup_teardown(test_leaves, setup_5, teardown),
		cmocka_unit_test_setup_teardown(test_flags_are_no_address, setup_4, teardown),
		cmocka_unit_test_setup_teardown(test_table_outside_memory, setup_4, teardown),
		cmocka_unit_test_setup_teardown(test_table_outside_memory, setup_5, teardown),
		cmocka_unit_test_setup_teardown(test_read_across_leaves, setup_4, teardown),
		cmocka_unit_test_setup_teardown(test_keys, setup_4, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
