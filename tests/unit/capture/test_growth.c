// SPDX-License-Identifier: GPL-2.0
/*
 * All passes over 4 TiB of physical addresses, with less than 1 MiB of state and no more reads for
 * each page the more there are.  One GiB in 64 is RAM; with GROWTH=full in the environment, all of it is.
 */
#include "fake_dump.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>

#define SPAN_BYTES (4ull << 40)
#define GIB (1ull << 30)
#define VMEMMAP 0xffffea0000000000ull
#define DIRECT_MAP 0xffff888000000000ull
#define STRUCTS_PA (1ull << 50)		/* somewhere behind RAM */
#define STRUCT_BYTES 64u
#define PATTERN_PAGES 1024u
#define TOP_PA 0x100000ull
#define THIRD_PA (TOP_PA + PAGE_BYTES)	/* third-level tables: of the direct map's start, of struct pages */
#define ROOTS_PA 0x200000ull
#define SECTION_BITS 27
#define SECTIONS_PER_ROOT (PAGE_BYTES / 16)
#define ROOTS (SPAN_BYTES >> SECTION_BITS) / SECTIONS_PER_ROOT
#define JOBS 8u
#define MAPCOUNT_FREE (~128u)

static char info_text[2048];
static u8 structs[PATTERN_PAGES * STRUCT_BYTES];	/* of 4 MiB, as all of them are */
static u64 struct_bytes_read, other_reads;

/* --- memory that is made up as it is read ------------------------------------------------------- */

/* An entry of a table at that physical address, all tables being made of 64-bit words. */
static u64 table_word(u64 pa)
{
	u64 index = pa % PAGE_BYTES / 8;

	switch (pa / PAGE_BYTES * PAGE_BYTES) {
	case TOP_PA:
		return index == (DIRECT_MAP >> 39 & 511) ? THIRD_PA | 1 : index == (VMEMMAP >> 39 & 511) ? (THIRD_PA + PAGE_BYTES) | 1 : 0;
	case THIRD_PA:
		return index == (DIRECT_MAP >> 30 & 511) ? 0x81 : 0;
	case THIRD_PA + PAGE_BYTES:
		return index < 64 ? (STRUCTS_PA + index * GIB) | 0x81 : 0;
	}
	if (pa >= ROOTS_PA && pa < ROOTS_PA + PAGE_BYTES)
		return DIRECT_MAP + ROOTS_PA + (1 + index) * PAGE_BYTES;
	if (pa > ROOTS_PA && pa < ROOTS_PA + (1 + ROOTS) * PAGE_BYTES)
		return index % 2 ? 0 : VMEMMAP | 3;
	return 0;
}

static int made_up_read(const struct oldmem *mem, u64 pa, void *buf, size_t bytes)
{
	u8 *to = buf;

	if (pa >= STRUCTS_PA) {
		struct_bytes_read += bytes;
		while (bytes) {
			u64 at = (pa - STRUCTS_PA) % sizeof(structs), here = min_u64(bytes, sizeof(structs) - at);

			memcpy(to, structs + at, here);
			pa += here;
			to += here;
			bytes -= here;
		}
		return 0;
	}
	other_reads++;
	for (size_t at = 0; at < bytes; at += 8) {
		u64 word = table_word(pa + at);

		memcpy(to + at, &word, min_u64(8, bytes - at));
	}
	return 0;
}

static const struct oldmem memory = { .read = made_up_read };

/* In each 4 MiB: free blocks of order 9, 8, ... 0, then one page that is in use. */
static void make_structs(void)
{
	for (u32 i = 0; i < PATTERN_PAGES; i++)
		memcpy(structs + i * STRUCT_BYTES + 48, &(u32){ ~0u }, 4);
	for (u64 order = 10, at = 0; order--; at += 1ull << order) {
		memcpy(structs + at * STRUCT_BYTES + 48, &(u32){ MAPCOUNT_FREE }, 4);
		memcpy(structs + at * STRUCT_BYTES + 40, &order, 8);
	}
}

static struct vmcoreinfo make_info(void)
{
	int bytes = snprintf(info_text, sizeof(info_text),
		"NUMBER(phys_base)=0\nSYMBOL(init_top_pgt)=%llx\nSYMBOL(mem_section)=%llx\nLENGTH(mem_section)=%llu\nSIZE(mem_section)=16\n"
		"OFFSET(mem_section.section_mem_map)=0\nNUMBER(SECTION_SIZE_BITS)=%d\nSIZE(page)=64\nOFFSET(page.flags)=0\n"
		"OFFSET(page._mapcount)=48\nOFFSET(page.private)=40\nOFFSET(page.compound_head)=8\nLENGTH(zone.free_area)=11\n"
		"NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-129\n", 0xffffffff80000000ull + TOP_PA, DIRECT_MAP + ROOTS_PA, ROOTS, SECTION_BITS);

	return (struct vmcoreinfo){ info_text, (u32)bytes };
}

/* --- where it goes, and who does the work --------------------------------------------------------- */

static u64 written_end;

static int out_write(struct dump_out *out, u64 offset, const void *buf, u32 bytes)
{
	if (offset + bytes > written_end)
		written_end = offset + bytes;
	return 0;
}

/* --- the test ------------------------------------------------------------------------------------- */

static void test_4_tib(void **state)
{
	static struct memrange range[SPAN_BYTES / GIB];
	struct memrange_set ram = { range, 0, ARRAY_SIZE(range) };
	bool full = getenv("GROWTH") && !strcmp(getenv("GROWTH"), "full");
	struct dump_out out = { .align_bytes = 4096, .zeroed = true, .write = out_write, .wait = fake_dump_wait, .flush = fake_dump_flush };
	struct page_workers workers = fake_dump_workers();
	struct vmcoreinfo info = make_info();
	struct page_filter_walk walk;
	struct page_filter filter;
	struct kernel_map map;
	struct mem_map mem_map;
	struct kdump_dump dump;
	u64 pages = 0, state_bytes;
	const char *key;
	u8 *buffer;

	make_structs();
	for (u64 pa = 0; pa < SPAN_BYTES; pa += full ? GIB : 64 * GIB) {
		assert_int_equal(memrange_add(&ram, pa, pa + GIB), 0);
		pages += GIB / PAGE_BYTES;
	}
	assert_int_equal(memrange_add(&ram, SPAN_BYTES - GIB, SPAN_BYTES), 0);
	pages += full ? 0 : GIB / PAGE_BYTES;
	assert_int_equal(kernel_map_init(&map, &memory, &info), 0);
	assert_int_equal(mem_map_init(&mem_map, &map, &info, &key), 0);
	page_filter_init(&filter, LEVEL_ZERO | LEVEL_FREE, &mem_map, &info);
	assert_int_equal(filter.level, LEVEL_ZERO | LEVEL_FREE);
	state_bytes = PAGE_FILTER_BUFFER_BYTES(&filter) + kdump_dump_buffer_bytes(JOBS);
	assert_true(state_bytes + sizeof(walk) + sizeof(filter) + sizeof(map) + sizeof(mem_map) + sizeof(dump) < 1u << 20);

	buffer = aligned_alloc(PAGE_BYTES, align_up(state_bytes, PAGE_BYTES));
	page_filter_walk_init(&walk, &filter, buffer + kdump_dump_buffer_bytes(JOBS));
	dump = (struct kdump_dump){ .mem = &memory, .ram = &ram, .walk = &walk, .level = filter.level, .map = &map, .info = info, .notes = "",
				    .cpus = 1, .workers = &workers, .out = &out, .observer = fake_dump_observer(), .buffer = buffer };
	assert_int_equal(kdump_dump_prepare(&dump, JOBS), 0);
	assert_int_equal(kdump_dump_write(&dump), 0);
	assert_int_equal(dump.pages_kept, pages / PATTERN_PAGES);
	assert_int_equal(walk.pages[PAGE_FREE], pages - dump.pages_kept);
	assert_int_equal(walk.pages[PAGE_UNKNOWN], 0);
	assert_int_equal(dump.pages_left_out, 0);
	assert_true(written_end > 2 * (SPAN_BYTES / PAGE_BYTES / 8));	/* the bitmaps */

	/* In each pass a struct page is read once, and what leads to a batch of them in a handful of reads. */
	assert_int_equal(struct_bytes_read, 3 * pages * STRUCT_BYTES);
	assert_true(other_reads < 3 * pages / PAGE_FILTER_BATCH * 16 + dump.pages_kept + 1000);
	free(buffer);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_4_tib) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
