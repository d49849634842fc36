// SPDX-License-Identifier: GPL-2.0
/*
 * Random damage in page tables, mem_section, struct pages and vmcoreinfo: whatever the filter makes
 * of it, it ends, and what comes out is a dump whose every page is the one of memory.  60 seeds;
 * HOSTILE_SEEDS in the environment: more.
 */

#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <setjmp.h>
#include <cmocka.h>

#include "../../capture/fake_dump.h"
#include "../../capture/fake_kernel.h"
#include "common/file.h"
#include "kdump-save/kdump_file.h"

#define SEEDS 60u
#define MOST_PLACES 24u
#define MOST_READS 3000000u	/* of one dump; one of an undamaged kernel takes a tenth of it */
#define KINDS_PFN 0x1000u	/* from here on there is every kind of page */
#define JOBS 2u

static struct fake_kernel kernel;
static int fd;

/* --- a kernel with every kind of page ------------------------------------------------------------- */

static void link_per_cpu(u64 pfn, u64 count)
{
	for (u64 i = 0; i < count; i++) {
		struct fake_page *page = fake_kernel_page(&kernel, pfn + i);

		*page = (struct fake_page){ .mapcount = ~0u };
		page->lru.next = fake_kernel_page_va(pfn + (i + 1) % count) + 8;
		page->lru.prev = fake_kernel_page_va(pfn + (i + count - 1) % count) + 8;
	}
}

static void make_kinds(void)
{
	for (u64 pfn = KINDS_PFN; pfn < FAKE_KERNEL_PAGES; pfn += 0x100) {
		for (u64 i = 0; i < 0x20; i++) {
			*fake_kernel_page(&kernel, pfn + i) = (struct fake_page){ .refcount = 1, .flags = 1ull << FAKE_PG_LRU };
			*fake_kernel_page(&kernel, pfn + 0x20 + i) = (struct fake_page){ .refcount = 1, .mapping = 1, .flags = 1ull << FAKE_PG_LRU };
		}
		fake_kernel_make_compound(&kernel, pfn + 0x40, 5);
		fake_kernel_page(&kernel, pfn + 0x40)->mapping = 1;
		*fake_kernel_page(&kernel, pfn + 0x80) = (struct fake_page){ .mapcount = FAKE_BUDDY, .private = 6 };
		link_per_cpu(pfn + 0xc0, 8);
		fake_kernel_page(&kernel, pfn + 0xd0)->mapcount = FAKE_OFFLINE;
		fake_kernel_page(&kernel, pfn + 0xd1)->flags = 1ull << FAKE_PG_HWPOISON;
	}
}

/* --- damage ---------------------------------------------------------------------------------------- */

static u64 random_below(u64 *seed, u64 end)
{
	return fake_random(seed) % end;
}

/* Somewhere in bytes, a number: noise, one that is near, one from elsewhere in there, all ones, zero. */
static void damage(u8 *object, u64 bytes, u64 *seed)
{
	u8 *place = object + random_below(seed, bytes / 8) * 8;
	u64 number;

	memcpy(&number, place, 8);
	switch (random_below(seed, 6)) {
	case 0: number = fake_random(seed); break;
	case 1: number += random_below(seed, 257) - 128; break;
	case 2: memcpy(&number, object + random_below(seed, bytes / 8) * 8, 8); break;
	case 3: number = ~0ull; break;
	case 4: number = 0; break;
	default: number ^= 1ull << random_below(seed, 64);
	}
	memcpy(place, &number, 8);
}

static void damage_somewhere(u64 *seed)
{
	u64 structs = FAKE_KERNEL_PAGES * sizeof(struct fake_page), places = 1 + random_below(seed, MOST_PLACES);

	while (places--) {
		u8 *tables = fake_memory_at(&kernel.memory, FAKE_TABLES_PA);

		switch (random_below(seed, 4)) {
		case 0: damage(tables, kernel.next_table_pa + PAGE_BYTES - FAKE_TABLES_PA, seed); break;
		case 1: damage(fake_memory_at(&kernel.memory, FAKE_ROOTS_PA + random_below(seed, 2) * PAGE_BYTES), 64, seed); break;
		case 2: damage((u8 *)fake_kernel_page(&kernel, 0), structs, seed); break;
		default: kernel.text[random_below(seed, kernel.info.bytes)] = (char)fake_random(seed);
		}
	}
}

/* --- a dump, to a file ------------------------------------------------------------------------------ */

static int out_write(struct dump_out *out, u64 offset, const void *buf, u32 bytes)
{
	return file_pwrite_all(fd, buf, bytes, offset);
}

static void check_dump(const struct kdump_dump *dump)
{
	struct kdump_file file;
	u64 rank = 0;

	assert_int_equal(kdump_file_open(&file, fd), 0);
	assert_int_equal(file.pages, dump->pages_kept);
	for (u64 pfn = 0; pfn < FAKE_KERNEL_PAGES; pfn++) {
		struct kdump_page page;
		u8 buf[PAGE_BYTES];

		if (!kdump_file_has(&file, pfn))
			continue;
		assert_int_equal(kdump_file_find(&file, rank++, &page), 0);
		assert_int_equal(kdump_file_read(&file, &page, buf), 0);
		assert_memory_equal(buf, fake_memory_at(&kernel.memory, pfn * PAGE_BYTES), PAGE_BYTES);
	}
	kdump_file_close(&file);
}

/* Returns how many pages were kept. */
static u64 dump_it(void)
{
	static struct memrange range = { 0, FAKE_KERNEL_BYTES };
	struct memrange_set ram = { &range, 1, 1 };
	struct dump_out out = { .align_bytes = 1, .zeroed = true, .write = out_write, .wait = fake_dump_wait, .flush = fake_dump_flush };
	struct page_workers workers = fake_dump_workers();
	struct page_filter_walk walk;
	struct page_filter filter;
	struct kdump_dump dump = { .mem = &kernel.memory.mem, .ram = &ram, .level = LEVEL_ALL, .info = kernel.info, .notes = "", .cpus = 1,
				   .workers = &workers, .out = &out, .observer = fake_dump_observer() };
	const char *key;
	u64 sum = 0;

	assert_int_equal(ftruncate(fd, 0), 0);
	kernel.memory.reads = 0;
	if (!kernel_map_init(&kernel.map, &kernel.memory.mem, &kernel.info)) {
		dump.map = &kernel.map;
		if (!mem_map_init(&kernel.mem_map, &kernel.map, &kernel.info, &key)) {
			page_filter_init(&filter, LEVEL_ALL, &kernel.mem_map, &kernel.info);
			page_filter_walk_init(&walk, &filter, malloc(PAGE_FILTER_BUFFER_BYTES(&filter)));
			dump.walk = &walk;
		}
	}
	dump.buffer = aligned_alloc(PAGE_BYTES, kdump_dump_buffer_bytes(JOBS));
	assert_int_equal(kdump_dump_prepare(&dump, JOBS), 0);
	assert_int_equal(kdump_dump_write(&dump), 0);
	assert_true(kernel.memory.reads < MOST_READS);
	for (int kind = 0; dump.walk && kind < PAGE_KINDS; kind++)
		sum += walk.pages[kind];
	assert_true(!dump.walk || sum == FAKE_KERNEL_PAGES);
	assert_true(dump.walk || dump.pages_kept == FAKE_KERNEL_PAGES);
	check_dump(&dump);
	free(dump.buffer);
	if (dump.walk)
		free(walk.buffer);
	return dump.pages_kept;
}

/* --- the tests --------------------------------------------------------------------------------------- */

static int setup(void **state)
{
	fd = memfd_create("dump", MFD_CLOEXEC);
	return fd < 0;
}

static int teardown(void **state)
{
	return close(fd);
}

static void test_undamaged(void **state)
{
	fake_kernel_init(&kernel, 4);
	make_kinds();
	/* In each 256 pages there are, of what is left out: 32, 32, 32, 64, 8 and 2. */
	assert_int_equal(dump_it(), FAKE_KERNEL_PAGES - (FAKE_KERNEL_PAGES - KINDS_PFN) / 0x100 * 170);
	fake_kernel_deinit(&kernel);
}

static void test_random_damage(void **state)
{
	const char *more = getenv("HOSTILE_SEEDS");
	u64 seeds = more ? strtoull(more, NULL, 0) : SEEDS;
	static u8 whole[FAKE_KERNEL_BYTES];
	struct fake_kernel before;

	for (unsigned levels = 4; levels <= 5; levels++) {
		fake_kernel_init(&kernel, levels);
		make_kinds();
		before = kernel;
		memcpy(whole, fake_memory_at(&kernel.memory, 0), sizeof(whole));
		for (u64 n = 0; n < seeds / 2; n++) {
			u64 seed = 1 + n * 2 + levels % 2;

			damage_somewhere(&seed);
			dump_it();
			kernel = before;
			kernel.info.text = kernel.text;
			memcpy(fake_memory_at(&kernel.memory, 0), whole, sizeof(whole));
		}
		fake_kernel_deinit(&kernel);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_undamaged, setup, teardown),
		cmocka_unit_test_setup_teardown(test_random_damage, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
