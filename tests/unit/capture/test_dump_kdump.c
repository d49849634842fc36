// SPDX-License-Identifier: GPL-2.0
/* A filtered dump on a target: whole, cut off where the target ends, with faults of the disk, and of a kernel whose tables are damaged. */
#include "capture/dump_kdump.h"

#include <stdarg.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>

#include "fake_disk.h"
#include "fake_kernel.h"

#define BASE (1ull << 20)
#define MIB (1ull << 20)
#define FREE_PFN 0x400u
#define KEPT (FREE_PFN + FAKE_KERNEL_PAGES * 64 / PAGE_BYTES)
#define ROOM (TARGET_PAYLOAD_OFFSET + TARGET_TAIL_BYTES)

static const u8 uuid[16] = "a target's uuid";
static struct fake_kernel kernel;
static struct fake_disk disk;
static struct dump dump;
static struct dump_kdump dk;
static struct dump_request request[FAKE_DISK_DEPTH];
static u64 bad_seen, done_seen;

/* --- the world ----------------------------------------------------------------------------- */

static void observe_progress(void *context, u64 done, u64 total)
{
	assert_true(done <= total);
	done_seen = done;
}

static void observe_bad(void *context, u64 pa)
{
	bad_seen++;
}

static void start(struct page_workers *seam, struct page_job *job)
{
}

static void finish(struct page_workers *seam, struct page_job *job)
{
	static u8 page[PAGE_BYTES] __attribute__((aligned(64)));

	page_job_run(job, page, NULL);
}

static struct page_workers workers = { start, finish };

static void make_kernel(void)
{
	fake_kernel_init(&kernel, 4);
	for (u64 pfn = FREE_PFN; pfn < FAKE_KERNEL_PAGES; pfn++)
		if (pfn < FAKE_STRUCTS_PA / PAGE_BYTES || pfn >= FAKE_STRUCTS_PA / PAGE_BYTES + FAKE_KERNEL_PAGES * 64 / PAGE_BYTES)
			*fake_kernel_page(&kernel, pfn) = (struct fake_page){ .mapcount = FAKE_BUDDY };
}

static void make_dump(u64 target_bytes)
{
	u64 bytes;

	kernel.memory.note_at = 0x10000;
	fake_memory_add_note(&kernel.memory, "CORE", NT_PRSTATUS, "registers of CPU 0", 18);
	fake_memory_add_note(&kernel.memory, "VMCOREINFO", 0, kernel.info.text, kernel.info.bytes);
	fake_memory_add_load(&kernel.memory, 0, FAKE_KERNEL_BYTES);
	fake_disk_init(&disk, BASE + target_bytes + MIB, 512);
	fake_disk_make_target(&disk, BASE, target_bytes, uuid, 9);
	disk.memory = &kernel.memory;
	memset(request, 0, sizeof(request));
	bad_seen = done_seen = 0;
	dump = (struct dump){
		.mem = &kernel.memory.mem, .core = fake_memory_core(&kernel.memory),
		.target = { .disk = &disk.target, .header = calloc(1, TARGET_BLOCK), .stamp = calloc(1, TARGET_BLOCK),
			    .chunk_matched = calloc(1, target_map_bytes(target_bytes)) },
		.observer = { observe_progress, observe_bad, NULL }, .request = request, .request_count = FAKE_DISK_DEPTH,
		.bounce = malloc(PAGE_BYTES), .text = malloc(2 * PAGE_BYTES), .text_bytes = 2 * PAGE_BYTES,
	};
	bytes = elf_layout_buffer_bytes(&dump.core);
	assert_int_equal(elf_layout_init(&dump.layout, &dump.core, dump.mem, calloc(1, bytes), bytes), 0);
	dk = (struct dump_kdump){
		.level = LEVEL_FREE, .workers = &workers, .job_count = 1, .filter_buffer = malloc(DUMP_KDUMP_FILTER_BYTES),
		.buffer = aligned_alloc(PAGE_BYTES, kdump_dump_buffer_bytes(1)), .range = malloc(sizeof(struct memrange)),
	};
}

static void free_world(void)
{
	free(dump.target.header);
	free(dump.target.stamp);
	free(dump.target.chunk_matched);
	free(dump.bounce);
	free(dump.text);
	free(dump.layout.header);
	free(dk.filter_buffer);
	free(dk.buffer);
	free(dk.range);
	fake_disk_deinit(&disk);
	fake_kernel_deinit(&kernel);
}

static int write_dump(const char **ret_why)
{
	static _Alignas(4) const u8 log[PAGE_BYTES] = "log";
	int err = target_open(&dump.target, BASE, disk.target.size_bytes - BASE - MIB, uuid, 9);

	if (err)
		return err;
	if (!(err = dump_stage1(&dump))) {
		*ret_why = dump_kdump_prepare(&dk, &dump);
		err = dump_kdump_write(&dk);
	}
	assert_true(!err || dump.target.error);
	if (err)
		dump_finish(&dump, dump.target.error, "", log, 3);
	return err ? err : dump_finish(&dump, DUMP_OK, "", log, 3);
}

/* --- the reader ------------------------------------------------------------------------------- */

static const struct target_header *header(void)
{
	return (const struct target_header *)(disk.bytes + BASE);
}

static u64 get(const u8 *at, u32 bytes)
{
	u64 value = 0;

	memcpy(&value, at, bytes);
	return value;
}

/* Every page of which the payload tells is the page of memory; returns how many. */
static u64 check_pages(void)
{
	const u8 *file = disk.bytes + BASE + TARGET_PAYLOAD_OFFSET;
	u64 half = get(file + 436, 4) / 2 * 4096, bitmap2 = (1 + get(file + 432, 4)) * 4096 + half, at = bitmap2 + half, pages = 0;
	u64 limit = header()->payload_limit - TARGET_PAYLOAD_OFFSET;

	assert_memory_equal(file, "KDUMP   ", 8);
	for (u64 pfn = 0; pfn < FAKE_KERNEL_PAGES; pfn++) {
		u8 pattern[PAGE_BYTES];

		if (!(file[bitmap2 + pfn / 8] >> (pfn % 8) & 1))
			continue;
		if (get(file + at, 8)) {
			assert_int_equal(get(file + at + 8, 4), PAGE_BYTES);
			assert_true(get(file + at, 8) <= limit - PAGE_BYTES);
			oldmem_fill_pattern(pattern, PAGE_BYTES);
			assert_memory_equal(file + get(file + at, 8), fake_memory_is_bad(&kernel.memory, pfn * PAGE_BYTES) ? pattern :
					    fake_memory_at(&kernel.memory, pfn * PAGE_BYTES), PAGE_BYTES);
			pages++;
		}
		at += 24;
	}
	return pages;
}

static u32 status(void)
{
	return (u32)get(disk.bytes + BASE + TARGET_PAYLOAD_OFFSET + 424, 4);
}

/* --- the tests -------------------------------------------------------------------------------- */

static void test_whole(void **state)
{
	const char *why = "";

	make_kernel();
	make_dump(32 * MIB);
	assert_int_equal(write_dump(&why), 0);
	assert_null(why);
	assert_int_equal(header()->state, TARGET_COMPLETE);
	assert_int_equal(header()->payload, TARGET_PAYLOAD_KDUMP);
	assert_int_equal(header()->dump_level, LEVEL_FREE);
	assert_int_equal(header()->pages_total, KEPT);
	assert_int_equal(check_pages(), KEPT);
	assert_int_equal(status(), 0);
	assert_true(header()->dump_bytes > KEPT * PAGE_BYTES && header()->dump_bytes < KEPT * PAGE_BYTES + (1 << 18));
	assert_int_equal(done_seen, KEPT * PAGE_BYTES);
	assert_true(fake_disk_untouched(&disk, 0, BASE));
	assert_true(fake_disk_untouched(&disk, BASE + header()->payload_limit, disk.target.size_bytes));
	free_world();
}

/* What fits is there, and says that it is not all. */
static void test_target_is_full(void **state)
{
	const char *why;

	for (u64 room = 2 * MIB; room < 4 * MIB; room += 300 * 1024) {
		u64 pages;

		make_kernel();
		make_dump(ROOM + room);
		assert_int_equal(write_dump(&why), -EFBIG);
		assert_int_equal(header()->state, TARGET_FAILED);
		assert_int_equal(header()->first_error, DUMP_TARGET_TOO_SMALL);
		assert_int_equal(header()->dump_bytes, 0);
		assert_int_equal(status(), KDUMP_INCOMPLETE);
		pages = check_pages();
		/* Less the descriptors that were still in memory. */
		assert_true(pages * PAGE_BYTES < room && (pages + 600) * PAGE_BYTES > room);
		assert_true(fake_disk_untouched(&disk, BASE + header()->payload_limit, disk.target.size_bytes));
		free_world();
	}
}

static void test_bad_pages(void **state)
{
	const char *why;

	make_kernel();
	kernel.memory.bad[kernel.memory.bad_count++] = 0x250000;
	kernel.memory.shy[kernel.memory.shy_count++] = 0x2a0000;
	make_dump(32 * MIB);
	assert_int_equal(write_dump(&why), 0);
	assert_int_equal(check_pages(), KEPT);
	assert_int_equal(header()->pages_bad, 1);
	assert_int_equal(header()->pages_bounced, 1);
	assert_int_equal(bad_seen, 1);
	free_world();
}

/* Nothing can be told of pages: all are dumped. */
static void check_all_kept(const char *expected)
{
	const char *why = NULL;

	make_dump(48 * MIB);
	assert_int_equal(write_dump(&why), 0);
	assert_string_equal(why, expected);
	assert_int_equal(header()->dump_level, LEVEL_ZERO);
	assert_int_equal(header()->state, TARGET_COMPLETE);
	assert_int_equal(check_pages(), FAKE_KERNEL_PAGES);
	free_world();
}

static void test_damaged_tables(void **state)
{
	make_kernel();
	memset(fake_memory_at(&kernel.memory, FAKE_TABLES_PA), 0, PAGE_BYTES);
	check_all_kept("most struct pages can't be read");
	make_kernel();
	memset(fake_memory_at(&kernel.memory, FAKE_ROOTS_PA), 0xa5, PAGE_BYTES);
	check_all_kept("most struct pages can't be read");
	make_kernel();
	fake_kernel_drop_key(&kernel, "SYMBOL(init_top_pgt)");
	check_all_kept("vmcoreinfo does not lead to the kernel's page tables");
	make_kernel();
	fake_kernel_drop_key(&kernel, "SIZE(page)");
	check_all_kept("vmcoreinfo does not tell where struct pages are");
	make_kernel();
	fake_kernel_drop_key(&kernel, "SIZE(page)");
	fake_kernel_add_key(&kernel, "SIZE(page)=128");
	check_all_kept("struct pages are larger than usual");
}

static void test_level_without_its_key(void **state)
{
	const char *why = "";

	make_kernel();
	fake_kernel_drop_key(&kernel, "LENGTH(zone.free_area)");
	make_dump(48 * MIB);
	assert_int_equal(write_dump(&why), 0);
	assert_null(why);
	assert_string_equal(dk.missing, "LENGTH(zone.free_area)");
	assert_int_equal(header()->dump_level, 0);
	assert_int_equal(check_pages(), FAKE_KERNEL_PAGES);
	free_world();
}

/* An operation fails, once: the target never claims more than it holds. */
static void check_faults(int fault, u64 step)
{
	const char *why;
	u64 ops = ~0ull;

	for (u64 nth = 3; nth < ops; nth += step) {
		int err;

		make_kernel();
		make_dump(32 * MIB);
		disk.shuffled = nth % 2;
		disk.fault = (struct fake_fault){ .first = nth, .count = 1, .status = fault };
		err = write_dump(&why);
		if (header()->state == TARGET_COMPLETE)
			assert_int_equal(check_pages(), KEPT);
		else
			assert_true(err && (header()->state != TARGET_FAILED || header()->first_error == DUMP_TARGET_IO));
		ops = disk.ops > nth ? ops : nth;
		free_world();
	}
}

static void test_faults(void **state)
{
	check_faults(-EIO, 7);
	check_faults(-EFAULT, 7);
	check_faults(-EAGAIN, 13);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole), cmocka_unit_test(test_target_is_full), cmocka_unit_test(test_bad_pages),
		cmocka_unit_test(test_damaged_tables), cmocka_unit_test(test_level_without_its_key), cmocka_unit_test(test_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
