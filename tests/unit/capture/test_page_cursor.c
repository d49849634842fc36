// SPDX-License-Identifier: GPL-2.0
#include "capture/page_cursor.h"

#include <stdarg.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>

#include "fake_kernel.h"

static struct memrange range[8];
static struct memrange_set ram;
static u64 seen[65536];
static const u8 *present;

static u64 walk_all(struct page_filter_walk *walk)
{
	struct page_cursor cursor;
	u64 count = 0, pfn;

	page_cursor_init(&cursor, &ram, walk, present);
	while (page_cursor_next(&cursor, &pfn)) {
		assert_true(count < ARRAY_SIZE(seen));
		assert_true(!count || pfn > seen[count - 1]);
		seen[count++] = pfn;
	}
	assert_false(page_cursor_next(&cursor, &pfn));
	return count;
}

static int setup(void **state)
{
	ram = (struct memrange_set){ range, 0, ARRAY_SIZE(range) };
	present = NULL;
	return 0;
}

static void test_no_memory(void **state)
{
	assert_int_equal(walk_all(NULL), 0);
}

static void test_every_page_once(void **state)
{
	memrange_add(&ram, 0x1000, 0x9f000);
	memrange_add(&ram, 0x100000, 0x1234000);
	assert_int_equal(walk_all(NULL), 0x9e + 0x1134);
	assert_int_equal(seen[0], 1);
	assert_int_equal(seen[0x9e], 0x100);
}

/* Memory that begins and ends within a page has all of it; two ranges in one page have it once. */
static void test_parts_of_pages(void **state)
{
	memrange_add(&ram, 0x1800, 0x2100);
	memrange_add(&ram, 0x2800, 0x2900);
	memrange_add(&ram, 0x2a00, 0x5001);
	assert_int_equal(walk_all(NULL), 5);
	assert_int_equal(seen[4], 5);
}

static void test_pages_that_are_not_there(void **state)
{
	static u8 bits[0x400 / 8];

	memrange_add(&ram, 0x3000, 0x400000);
	memset(bits, 0, sizeof(bits));
	bits[0] = 0x14;		/* pages 2, which is no memory, and 4 */
	bits[0x3ff / 8] = 0x80;
	present = bits;
	assert_int_equal(walk_all(NULL), 2);
	assert_int_equal(seen[0], 4);
	assert_int_equal(seen[1], 0x3ff);
}

static void test_filtered(void **state)
{
	static struct fake_kernel kernel;
	static u8 buffer[PAGE_FILTER_BATCH * 256];
	struct page_filter_walk walk;
	struct page_filter filter;
	const char *key;
	u64 count = 0;

	fake_kernel_init(&kernel, 4);
	assert_int_equal(kernel_map_init(&kernel.map, &kernel.memory.mem, &kernel.info), 0);
	assert_int_equal(mem_map_init(&kernel.mem_map, &kernel.map, &kernel.info, &key), 0);
	for (u64 pfn = 0; pfn < FAKE_KERNEL_PAGES; pfn += 3)
		*fake_kernel_page(&kernel, pfn) = (struct fake_page){ .mapcount = FAKE_BUDDY };
	page_filter_init(&filter, LEVEL_FREE, &kernel.mem_map, &kernel.info);
	page_filter_walk_init(&walk, &filter, buffer);
	memrange_add(&ram, 0x5000, 0x700000);
	memrange_add(&ram, 0x701000, FAKE_KERNEL_BYTES);
	for (u64 pfn = 5; pfn < FAKE_KERNEL_PAGES; pfn++)
		count += pfn % 3 && pfn != 0x700;
	assert_int_equal(walk_all(&walk), count);
	for (u64 i = 0; i < count; i++)
		assert_true(seen[i] % 3 && seen[i] != 0x700 && seen[i] >= 5);
	fake_kernel_deinit(&kernel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_no_memory, setup), cmocka_unit_test_setup(test_every_page_once, setup),
		cmocka_unit_test_setup(test_parts_of_pages, setup), cmocka_unit_test_setup(test_filtered, setup),
		cmocka_unit_test_setup(test_pages_that_are_not_there, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
