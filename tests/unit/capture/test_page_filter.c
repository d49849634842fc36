// SPDX-License-Identifier: GPL-2.0
#include "fake_kernel.h"

#include <stdarg.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>

static struct fake_kernel kernel;
static struct page_filter filter;
static struct page_filter_walk walk;
static u8 buffer[PAGE_FILTER_BATCH * 256];
static u8 dropped[FAKE_KERNEL_PAGES / 8];

static int setup(void **state)
{
	fake_kernel_init(&kernel, 4);
	return 0;
}

static int teardown(void **state)
{
	fake_kernel_deinit(&kernel);
	return 0;
}

static void filter_all(unsigned level)
{
	const char *key = NULL;
	u64 sum = 0;

	assert_int_equal(kernel_map_init(&kernel.map, &kernel.memory.mem, &kernel.info), 0);
	assert_int_equal(mem_map_init(&kernel.mem_map, &kernel.map, &kernel.info, &key), 0);
	page_filter_init(&filter, level, &kernel.mem_map, &kernel.info);
	page_filter_walk_init(&walk, &filter, buffer);
	for (u64 pfn = 0; pfn < FAKE_KERNEL_PAGES; pfn += PAGE_FILTER_BATCH)
		page_filter_batch(&walk, pfn, PAGE_FILTER_BATCH, dropped + pfn / 8);
	for (int kind = 0; kind < PAGE_KINDS; kind++)
		sum += walk.pages[kind];
	assert_int_equal(sum, FAKE_KERNEL_PAGES);
}

static u64 count_dropped(void)
{
	u64 count = 0;

	for (u64 pfn = 0; pfn < FAKE_KERNEL_PAGES; pfn++)
		count += dropped[pfn / 8] >> (pfn % 8) & 1;
	return count;
}

/* Exactly [pfn, pfn + count) is dropped at this level, as this kind. */
static void assert_drops(unsigned level, enum page_kind kind, u64 pfn, u64 count)
{
	filter_all(level);
	assert_int_equal(walk.pages[kind], count);
	assert_int_equal(count_dropped(), count);
	for (u64 i = pfn; i < pfn + count; i++)
		assert_true(dropped[i / 8] >> (i % 8) & 1);
}

static void assert_keeps_all(unsigned level)
{
	filter_all(level);
	assert_int_equal(count_dropped(), 0);
}

static struct fake_page *page(u64 pfn)
{
	return fake_kernel_page(&kernel, pfn);
}

static void test_nothing_to_drop(void **state)
{
	assert_keeps_all(LEVEL_ALL);
	assert_int_equal(walk.pages[PAGE_KEPT], FAKE_KERNEL_PAGES);
	assert_null(filter.missing);
}

static void test_free_blocks(void **state)
{
	for (u64 order = 0; order < 11; order++) {
		page(4096)->mapcount = FAKE_BUDDY;
		page(4096)->private = order;
		assert_drops(LEVEL_FREE, PAGE_FREE, 4096, 1u << order);
		assert_keeps_all(LEVEL_ALL & ~LEVEL_FREE);
	}
}

static void test_free_block_that_can_not_be(void **state)
{
	page(4096)->mapcount = FAKE_BUDDY;
	page(4096)->private = 11;	/* there are orders 0 to 10 */
	assert_keeps_all(LEVEL_ALL);
	page(4096)->private = ~0ull;
	assert_keeps_all(LEVEL_ALL);
	page(4096)->mapcount = ~0u;
	page(4098)->mapcount = FAKE_BUDDY;
	page(4098)->private = 2;	/* does not start at such a place */
	assert_keeps_all(LEVEL_ALL);
	page(4098)->private = 1;
	page(4098)->flags = 1ull << FAKE_PG_SLAB;	/* where _mapcount is, a slab has counters */
	assert_keeps_all(LEVEL_ALL);
}

static void test_cache(void **state)
{
	page(100)->flags = 1ull << FAKE_PG_LRU;
	page(100)->mapping = 0xffff888000001230ull;
	assert_drops(LEVEL_CACHE, PAGE_CACHE, 100, 1);
	assert_drops(LEVEL_CACHE_PRIVATE, PAGE_CACHE, 100, 1);
	assert_keeps_all(LEVEL_ALL & ~(LEVEL_CACHE | LEVEL_CACHE_PRIVATE));
	page(100)->flags |= 1ull << FAKE_PG_PRIVATE;
	assert_keeps_all(LEVEL_CACHE);
	assert_drops(LEVEL_CACHE_PRIVATE, PAGE_CACHE_PRIVATE, 100, 1);
}

static void test_swap_cache(void **state)
{
	page(100)->flags = 1ull << FAKE_PG_SWAPCACHE;
	assert_keeps_all(LEVEL_ALL);		/* PG_owner_priv_1, without swap */
	page(100)->flags |= 1ull << FAKE_PG_SWAPBACKED;
	assert_drops(LEVEL_CACHE, PAGE_CACHE, 100, 1);
}

static void test_user(void **state)
{
	page(100)->flags = 1ull << FAKE_PG_LRU;
	page(100)->mapping = 0xffff888000001231ull;
	assert_drops(LEVEL_USER, PAGE_USER, 100, 1);
	assert_keeps_all(LEVEL_ALL & ~LEVEL_USER);
	page(100)->flags = 1ull << FAKE_PG_SLAB;
	assert_keeps_all(LEVEL_ALL);
}

static void test_compound(void **state)
{
	fake_kernel_make_compound(&kernel, 512, 9);
	assert_keeps_all(LEVEL_ALL);
	page(512)->mapping = 1;
	assert_drops(LEVEL_USER, PAGE_USER, 512, 512);
	page(512)->mapping = 0xffff888000001230ull;
	page(512)->flags |= 1ull << FAKE_PG_LRU;
	assert_drops(LEVEL_CACHE, PAGE_CACHE, 512, 512);
	page(512)->flags |= 1ull << FAKE_PG_PRIVATE;
	assert_drops(LEVEL_CACHE_PRIVATE, PAGE_CACHE_PRIVATE, 512, 512);
}

static void test_hugetlb(void **state)
{
	fake_kernel_make_compound(&kernel, 512, 9);
	((u8 *)page(513))[16] = 2;
	assert_drops(LEVEL_USER, PAGE_USER, 512, 512);
	assert_keeps_all(LEVEL_CACHE_PRIVATE | LEVEL_FREE);
}

/* Larger than a batch: its tails are looked at without its head before. */
static void test_compound_of_4_batches(void **state)
{
	fake_kernel_make_compound(&kernel, 4096, 12);
	page(4096)->mapping = 1;
	assert_drops(LEVEL_USER, PAGE_USER, 4096, 4096);
	page_filter_walk_init(&walk, &filter, buffer);
	page_filter_batch(&walk, 7168, PAGE_FILTER_BATCH, dropped);
	assert_int_equal(walk.pages[PAGE_USER], PAGE_FILTER_BATCH);
}

static void test_tail_that_is_not_its_heads(void **state)
{
	fake_kernel_make_compound(&kernel, 512, 2);
	page(512)->mapping = 1;
	page(516)->compound_head = fake_kernel_page_va(512) + 1;	/* behind the fourth and last */
	page(520)->compound_head = fake_kernel_page_va(100) + 1;	/* that is no head */
	page(521)->compound_head = 0xffffc00000000001ull;		/* not mapped */
	page(522)->compound_head = fake_kernel_page_va(600) + 1;	/* behind the tail */
	assert_drops(LEVEL_USER, PAGE_USER, 512, 4);
	assert_int_equal(walk.pages[PAGE_UNKNOWN], 4);
}

static void test_order_that_can_not_be(void **state)
{
	fake_kernel_make_compound(&kernel, 512, 2);
	page(512)->mapping = 1;
	((u8 *)page(513))[17] = 200;
	assert_keeps_all(LEVEL_ALL);
	((u8 *)page(513))[17] = 0;
	assert_keeps_all(LEVEL_ALL);
}

static void test_never_read(void **state)
{
	page(100)->flags = 1ull << FAKE_PG_HWPOISON;
	assert_drops(0, PAGE_HWPOISON, 100, 1);
	page(100)->flags = 0;
	page(100)->mapcount = FAKE_OFFLINE;
	assert_drops(0, PAGE_OFFLINE, 100, 1);
	page(100)->flags = 1ull << FAKE_PG_SLAB;
	assert_keeps_all(LEVEL_ALL);
}

/* In a kept compound page, the one bad page of it. */
static void test_poisoned_tail(void **state)
{
	fake_kernel_make_compound(&kernel, 512, 4);
	page(515)->flags |= 1ull << FAKE_PG_HWPOISON;
	assert_drops(LEVEL_ALL, PAGE_HWPOISON, 515, 1);
}

/* Two pages on a list whose head is somewhere in the direct map. */
static void make_free_list(void)
{
	u64 head = FAKE_VA + 0x700000, a = fake_kernel_page_va(700) + 8, b = fake_kernel_page_va(701) + 8;
	u64 *list = (u64 *)fake_memory_at(&kernel.memory, 0x700000);

	list[0] = a;
	list[1] = b;
	*page(700) = (struct fake_page){ .lru = { b, head }, .mapcount = ~0u };
	*page(701) = (struct fake_page){ .lru = { head, a }, .mapcount = ~0u };
}

static void test_per_cpu_lists(void **state)
{
	make_free_list();
	assert_drops(LEVEL_FREE, PAGE_FREE_PER_CPU, 700, 2);
	assert_keeps_all(LEVEL_ALL & ~LEVEL_FREE);
}

static void test_not_in_a_free_list(void **state)
{
	u64 *list = (u64 *)fake_memory_at(&kernel.memory, 0x700000);

	make_free_list();
	list[1] = 0;			/* the second page's neighbour does not know it */
	assert_drops(LEVEL_FREE, PAGE_FREE_PER_CPU, 700, 1);
	make_free_list();
	page(700)->refcount = 1;
	assert_drops(LEVEL_FREE, PAGE_FREE_PER_CPU, 701, 1);
	make_free_list();
	page(701)->mapping = 8;
	assert_drops(LEVEL_FREE, PAGE_FREE_PER_CPU, 700, 1);
	/* The tail of an allocation that is not compound: no references, poisoned or empty links. */
	*page(700) = (struct fake_page){ .lru = { 0xdead000000000100ull, 0xdead000000000122ull }, .mapcount = ~0u };
	*page(701) = (struct fake_page){ .lru = { fake_kernel_page_va(701) + 8, fake_kernel_page_va(701) + 8 }, .mapcount = ~0u };
	assert_keeps_all(LEVEL_ALL);
}

static void test_struct_pages_that_can_not_be_read(void **state)
{
	page(100)->mapping = 1;
	page(PAGE_FILTER_BATCH)->mapping = 1;
	kernel.memory.bad[kernel.memory.bad_count++] = FAKE_STRUCTS_PA;
	assert_drops(LEVEL_ALL, PAGE_USER, PAGE_FILTER_BATCH, 1);
	assert_int_equal(walk.pages[PAGE_UNKNOWN], PAGE_FILTER_BATCH);
}

/* The second section's memory is not there. */
static void test_section_without_mem_map(void **state)
{
	page(100)->mapping = 1;
	((u64 *)fake_memory_at(&kernel.memory, FAKE_ROOTS_PA + PAGE_BYTES))[2] = 1;
	assert_drops(LEVEL_ALL, PAGE_USER, 100, 1);
	assert_int_equal(walk.pages[PAGE_UNKNOWN], FAKE_KERNEL_PAGES / 2);
}

/* Linux 6.12: slab and hugetlb are types, the order is in the tail's flags. */
static void test_keys_of_6_12(void **state)
{
	static const char *const gone[] = { "OFFSET(page.compound_dtor)", "OFFSET(page.compound_order)", "NUMBER(PG_slab)",
		"NUMBER(HUGETLB_PAGE_DTOR)", "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)", "NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)" };

	for (u32 i = 0; i < ARRAY_SIZE(gone); i++)
		fake_kernel_drop_key(&kernel, gone[i]);
	fake_kernel_add_key(&kernel, "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=4026531840");	/* 0xf0000000 */
	fake_kernel_add_key(&kernel, "NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=4043309056");	/* 0xf1000000 */
	fake_kernel_add_key(&kernel, "NUMBER(PAGE_SLAB_MAPCOUNT_VALUE)=4110417920");	/* 0xf5000000 */
	fake_kernel_add_key(&kernel, "NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)=4093640704");	/* 0xf4000000 */
	page(100)->mapcount = 0xf5000000u;
	page(100)->mapping = 1;
	assert_keeps_all(LEVEL_ALL);
	assert_null(filter.missing);
	fake_kernel_make_compound(&kernel, 512, 9);
	page(513)->flags = 9;
	assert_keeps_all(LEVEL_ALL);
	page(512)->mapcount = 0xf4000000u;
	assert_drops(LEVEL_USER, PAGE_USER, 512, 512);
	page(512)->mapcount = 0xf0000000u;
	page(512)->flags = 0;
	page(512)->private = 3;
	for (u64 pfn = 513; pfn < 1024; pfn++)
		page(pfn)->compound_head = 0;
	assert_drops(LEVEL_FREE, PAGE_FREE, 512, 8);
}

/* Linux 6.6 to 6.8: hugetlb is a flag of the first tail. */
static void test_keys_of_6_6(void **state)
{
	fake_kernel_drop_key(&kernel, "OFFSET(page.compound_dtor)");
	fake_kernel_drop_key(&kernel, "OFFSET(page.compound_order)");
	fake_kernel_drop_key(&kernel, "NUMBER(HUGETLB_PAGE_DTOR)");
	fake_kernel_add_key(&kernel, "NUMBER(PG_hugetlb)=8");
	fake_kernel_make_compound(&kernel, 512, 9);
	page(513)->flags = 9;
	assert_keeps_all(LEVEL_ALL);
	page(513)->flags |= 1u << FAKE_PG_HUGETLB;
	assert_drops(LEVEL_USER, PAGE_USER, 512, 512);
}

static void test_levels_without_their_keys(void **state)
{
	page(100)->mapping = 1;
	page(4096)->mapcount = FAKE_BUDDY;
	fake_kernel_drop_key(&kernel, "OFFSET(page.mapping)");
	assert_drops(LEVEL_ALL, PAGE_FREE, 4096, 1);
	assert_int_equal(filter.level, LEVEL_ZERO | LEVEL_FREE);
	assert_string_equal(filter.missing, "OFFSET(page.mapping)");

	fake_kernel_add_key(&kernel, "OFFSET(page.mapping)=24");
	fake_kernel_drop_key(&kernel, "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)");
	assert_drops(LEVEL_ALL, PAGE_USER, 100, 1);
	assert_int_equal(filter.level, LEVEL_ALL & ~LEVEL_FREE);

	fake_kernel_drop_key(&kernel, "NUMBER(PG_slab)");
	assert_keeps_all(LEVEL_ALL);
	assert_int_equal(filter.level, LEVEL_ZERO);

	fake_kernel_drop_key(&kernel, "OFFSET(page.flags)");
	assert_keeps_all(LEVEL_ALL);
	assert_string_equal(filter.missing, "OFFSET(page.flags)");
}

static void test_offset_beyond_the_struct(void **state)
{
	fake_kernel_drop_key(&kernel, "OFFSET(page.mapping)");
	fake_kernel_add_key(&kernel, "OFFSET(page.mapping)=60");
	assert_keeps_all(LEVEL_USER);
	assert_int_equal(filter.level, 0);
}

static void test_mem_map_keys(void **state)
{
	static const char *const keys[] = { "SYMBOL(mem_section)", "LENGTH(mem_section)", "SIZE(mem_section)", "SIZE(page)",
		"NUMBER(SECTION_SIZE_BITS)", "OFFSET(mem_section.section_mem_map)" };
	struct mem_map mem_map;
	const char *key;

	assert_int_equal(kernel_map_init(&kernel.map, &kernel.memory.mem, &kernel.info), 0);
	fake_kernel_drop_key(&kernel, "SIZE(page)");
	fake_kernel_add_key(&kernel, "SIZE(page)=4096");
	assert_int_equal(mem_map_init(&mem_map, &kernel.map, &kernel.info, &key), -EINVAL);
	for (u32 i = 0; i < ARRAY_SIZE(keys); i++) {
		fake_kernel_deinit(&kernel);
		fake_kernel_init(&kernel, 4);
		fake_kernel_drop_key(&kernel, keys[i]);
		assert_int_equal(mem_map_init(&mem_map, &kernel.map, &kernel.info, &key), -ENOENT);
		assert_string_equal(key, keys[i]);
	}
}

/* Whatever damage there is in tables and struct pages: it ends, and every page is counted once. */
static void test_hostile_memory(void **state)
{
	static const struct { u64 pa, bytes; } places[] = {
		{ FAKE_TABLES_PA, 0x10000 }, { FAKE_ROOTS_PA, 2 * PAGE_BYTES }, { FAKE_STRUCTS_PA, FAKE_KERNEL_PAGES * 64 },
	};

	for (u64 seed = 1; seed <= 60; seed++) {
		u64 random = seed;

		fake_kernel_deinit(&kernel);
		fake_kernel_init(&kernel, seed % 2 ? 4 : 5);
		fake_kernel_make_compound(&kernel, 512, 9);
		make_free_list();
		for (u64 n = 0; n < 1u << (seed % 12); n++) {
			u64 place = fake_random(&random) % ARRAY_SIZE(places);
			u64 at = fake_random(&random) % (places[place].bytes / 8) * 8;
			u64 value = fake_random(&random);

			/* Half of them plausible. */
			if (value & 1)
				value = FAKE_VMEMMAP | (value & 0x7ffff) | (value >> 60 & 1);
			memcpy(fake_memory_at(&kernel.memory, places[place].pa + at), &value, sizeof(value));
		}
		filter_all((unsigned)(fake_random(&random) % 32));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(test_nothing_to_drop), TEST(test_free_blocks), TEST(test_free_block_that_can_not_be), TEST(test_cache),
		TEST(test_swap_cache), TEST(test_user), TEST(test_compound), TEST(test_hugetlb), TEST(test_compound_of_4_batches),
		TEST(test_tail_that_is_not_its_heads), TEST(test_order_that_can_not_be), TEST(test_never_read),
		TEST(test_poisoned_tail), TEST(test_per_cpu_lists), TEST(test_not_in_a_free_list),
		TEST(test_struct_pages_that_can_not_be_read), TEST(test_section_without_mem_map), TEST(test_keys_of_6_12),
		TEST(test_keys_of_6_6), TEST(test_levels_without_their_keys), TEST(test_offset_beyond_the_struct),
		TEST(test_mem_map_keys), TEST(test_hostile_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
