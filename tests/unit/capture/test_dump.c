// SPDX-License-Identifier: GPL-2.0
#include "dump_world.h"

#include <stdarg.h>
#include <stdio.h>
#include <setjmp.h>
#include <cmocka.h>

#define BASE WORLD_RAM_BASE
#define MIB (1ull << 20)

static struct dump_world world;

/* Text inside RAM, whole pages, a segment with two edges, one inside a page. */
static void add_loads(void)
{
	fake_memory_add_phdr(&world.memory, PT_LOAD, BASE + 0x20000, 0x8000)->p_vaddr = 0xffffffff81000000ull;
	fake_memory_add_load(&world.memory, BASE, 0x80000);
	fake_memory_add_load(&world.memory, BASE + 0x80234, 0x4321);
	fake_memory_add_load(&world.memory, BASE + 0x90010, 0x20);
	fake_memory_add_load(&world.memory, BASE + 0xa0000, 0x20003);
}

static int make_world(void **state)
{
	dump_world_init(&world, 1 * MIB, 8 * MIB, 4, 10);
	fake_ring_add(&world.ring, 1000000, "Kernel panic - not syncing", FAKE_FINALIZED);
	add_loads();
	return 0;
}

static int free_world(void **state)
{
	dump_world_deinit(&world);
	return 0;
}

static void test_dump_memory_complete(void **state)
{
	const struct target_header *header = dump_world_header(&world);

	assert_int_equal(dump_world_run(&world), 0);
	assert_int_equal(dump_world_check(&world), TARGET_COMPLETE);
	assert_int_equal(header->pages_bad, 0);
	assert_int_equal(header->pages_bounced, 0);
	assert_int_equal(header->pages_total, 0x80 + 5 + 1 + 0x21);
	assert_int_equal(header->dump_bytes, world.dump.layout.file_bytes);
	assert_int_equal(header->log_used, strlen(WORLD_LOG));
	assert_memory_equal(world.disk.bytes + WORLD_TARGET_BASE + TARGET_LOG_OFFSET, WORLD_LOG, strlen(WORLD_LOG));
	assert_int_equal(fake_disk_in_flight(&world.disk), 0);
	assert_int_equal(world.dump.done_bytes, 0x80000 + 0x4321 + 0x20 + 0x20003);
}

static void test_dump_memory_any_order(void **state)
{
	world.disk.shuffled = true;
	assert_int_equal(dump_world_run(&world), 0);
	assert_int_equal(dump_world_check(&world), TARGET_COMPLETE);
}

static void test_dump_memory_one_request(void **state)
{
	world.dump.request_count = world.disk.target.queue_depth = 1;
	world.disk.target.max_transfer_bytes = PAGE_BYTES;
	assert_int_equal(dump_world_run(&world), 0);
	assert_int_equal(dump_world_check(&world), TARGET_COMPLETE);
}

static void test_dump_memory_4k_blocks(void **state)
{
	world.disk.target.block_bytes = 4096;
	assert_int_equal(dump_world_run(&world), 0);
	assert_int_equal(dump_world_check(&world), TARGET_COMPLETE);
}

/* What belongs to no segment is zero, not what the bounce buffer had before. */
static void test_dump_memory_edges_padded(void **state)
{
	const u8 *payload = world.disk.bytes + WORLD_TARGET_BASE + TARGET_PAYLOAD_OFFSET;

	memset(world.dump.bounce, 0xcc, PAGE_BYTES);
	world.memory.bad[world.memory.bad_count++] = BASE + 0x81000;
	assert_int_equal(dump_world_run(&world), 0);
	for (u32 i = 0; i < world.dump.layout.load_count; i++) {
		const Elf64_Phdr *load = &world.dump.layout.load[i];
		u64 end = load->p_offset + load->p_filesz;

		if (!elf_layout_owns_bytes(&world.dump.layout, i))
			continue;
		for (u64 at = align_down(load->p_offset, PAGE_BYTES); at < load->p_offset; at++)
			assert_int_equal(payload[at], 0);
		for (u64 at = end; at < align_up(end, PAGE_BYTES); at++)
			assert_int_equal(payload[at], 0);
	}
}

/* --- pages that can't be read ---------------------------------------------------------- */

static void test_dump_memory_bad_pages(void **state)
{
	static const u64 bad[] = { BASE + 0x40000, BASE + 0x41000, BASE + 0x4f000, BASE + 0x7f000, BASE + 0xc0000 };

	for (u32 i = 0; i < ARRAY_SIZE(bad); i++)
		world.memory.bad[world.memory.bad_count++] = bad[i];
	assert_int_equal(dump_world_run(&world), 0);
	assert_int_equal(dump_world_check(&world), TARGET_COMPLETE);
	assert_int_equal(dump_world_header(&world)->pages_bad, ARRAY_SIZE(bad));
	assert_int_equal(dump_world_header(&world)->pages_bounced, 0);
	assert_int_equal(world.observed_bad_count, ARRAY_SIZE(bad));
	for (u32 i = 0; i < ARRAY_SIZE(bad); i++)
		assert_true(fake_memory_is_bad(&world.memory, world.observed_bad[i]));
}

/* The page that a segment's edge lies in. */
static void test_dump_memory_bad_edges(void **state)
{
	world.memory.bad[world.memory.bad_count++] = BASE + 0x80000;
	world.memory.bad[world.memory.bad_count++] = BASE + 0x84000;
	world.memory.bad[world.memory.bad_count++] = BASE + 0x90000;
	assert_int_equal(dump_world_run(&world), 0);
	assert_int_equal(dump_world_check(&world), TARGET_COMPLETE);
	assert_int_equal(dump_world_header(&world)->pages_bad, 3);
	assert_int_equal(world.observed_bad[0], BASE + 0x80000);
}

/* Pages that only the disk can't read go through the bounce buffer and are whole. */
static void test_dump_memory_bounced_pages(void **state)
{
	world.memory.shy[world.memory.shy_count++] = BASE + 0x50000;
	world.memory.shy[world.memory.shy_count++] = BASE + 0x51000;
	world.memory.bad[world.memory.bad_count++] = BASE + 0x53000;
	assert_int_equal(dump_world_run(&world), 0);
	assert_int_equal(dump_world_check(&world), TARGET_COMPLETE);
	assert_int_equal(dump_world_header(&world)->pages_bounced, 2);
	assert_int_equal(dump_world_header(&world)->pages_bad, 1);
}

static void test_dump_memory_bad_pages_any_order(void **state)
{
	world.disk.shuffled = true;
	for (u32 i = 0; i < FAKE_MAX_BAD; i++) {
		world.memory.bad[world.memory.bad_count++] = BASE + 0x28000 + i * 0x5000;
		world.memory.shy[world.memory.shy_count++] = BASE + 0x2a000 + i * 0x4000;
	}
	assert_int_equal(dump_world_run(&world), 0);
	assert_int_equal(dump_world_check(&world), TARGET_COMPLETE);
}

/* --- targets that do not fit ------------------------------------------------------------- */

static void test_dump_memory_target_too_small(void **state)
{
	dump_world_deinit(&world);
	dump_world_init(&world, 3 * MIB, 4 * MIB, 4, 10);
	fake_memory_add_load(&world.memory, BASE, 3 * MIB);
	assert_int_equal(dump_world_run(&world), -EFBIG);
	assert_int_equal(dump_world_check(&world), TARGET_FAILED);
	assert_int_equal(dump_world_header(&world)->first_error, DUMP_TARGET_TOO_SMALL);
	assert_int_equal(dump_world_header(&world)->first_error_offset, -1);
	assert_true(dump_world_header(&world)->stage1_used > 0);
	/* The old vmcore's first page is gone, nothing else of the payload was touched. */
	assert_true(fake_disk_untouched(&world.disk, WORLD_TARGET_BASE + TARGET_PAYLOAD_OFFSET + PAGE_BYTES,
					world.disk.target.size_bytes));
}

/* To the last block: the payload may end at the limit. */
static void test_dump_memory_target_just_fits(void **state)
{
	dump_world_deinit(&world);
	dump_world_init(&world, 2 * MIB, 4 * MIB, 4, 10);
	fake_memory_add_load(&world.memory, BASE, 2 * MIB - PAGE_BYTES);
	assert_int_equal(dump_world_run(&world), 0);
	assert_int_equal(world.dump.layout.file_bytes, 2 * MIB);
	assert_int_equal(dump_world_check(&world), TARGET_COMPLETE);
}

static void test_dump_memory_target_one_page_short(void **state)
{
	dump_world_deinit(&world);
	dump_world_init(&world, 2 * MIB, 4 * MIB, 4, 10);
	fake_memory_add_load(&world.memory, BASE, 2 * MIB - PAGE_BYTES + 1);
	assert_int_equal(dump_world_run(&world), -EFBIG);
	assert_int_equal(dump_world_check(&world), TARGET_FAILED);
}

static void make_large_world(void)
{
	dump_world_deinit(&world);
	dump_world_init(&world, 70 * MIB, 80 * MIB, 4, 10);
	world.disk.target.max_transfer_bytes = MIB;
	fake_memory_add_load(&world.memory, BASE, 70 * MIB - 0x234);
}

static void test_dump_memory_two_chunks(void **state)
{
	make_large_world();
	world.disk.shuffled = true;
	assert_int_equal(dump_world_run(&world), 0);
	assert_int_equal(dump_world_check(&world), TARGET_COMPLETE);
}

static void test_dump_memory_wrong_middle_stamp(void **state)
{
	u64 chunk = WORLD_TARGET_BASE + TARGET_CHUNK_BYTES;

	make_large_world();
	memset(world.disk.bytes + chunk, 0, TARGET_BLOCK);	/* someone else wrote here */
	assert_int_equal(dump_world_run(&world), -ESTALE);
	assert_int_equal(dump_world_check(&world), TARGET_FAILED);
	assert_int_equal(dump_world_header(&world)->first_error, DUMP_TARGET_BAD_STAMP);
	assert_int_equal(dump_world_header(&world)->first_error_offset, TARGET_CHUNK_BYTES);
	assert_true(dump_world_header(&world)->stage1_used > 0);
	assert_true(fake_disk_untouched(&world.disk, chunk, world.disk.target.size_bytes));
	assert_false(fake_disk_untouched(&world.disk, chunk - PAGE_BYTES, chunk));
}

/* --- the record ---------------------------------------------------------------------------- */

static void test_dump_finish_long_error_text(void **state)
{
	static _Alignas(4) const u8 log[PAGE_BYTES];
	char text[300];

	assert_int_equal(dump_world_run(&world), 0);
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	assert_int_equal(dump_finish(&world.dump, DUMP_TARGET_IO, text, log, 0), 0);
	assert_int_equal(strlen(dump_world_header(&world)->first_error_text), 119);
	assert_int_equal(dump_world_header(&world)->state, TARGET_FAILED);
	assert_int_equal(dump_world_header(&world)->log_used, 0);
}

static void test_dump_finish_log_fills_its_area(void **state)
{
	static _Alignas(4) u8 log[TARGET_LOG_BYTES + PAGE_BYTES];

	assert_int_equal(dump_world_run(&world), 0);
	memset(log, 'L', sizeof(log));
	assert_int_equal(dump_finish(&world.dump, DUMP_OK, "", log, sizeof(log)), 0);
	assert_int_equal(dump_world_header(&world)->log_used, TARGET_LOG_BYTES);
	assert_int_equal(dump_world_check(&world), TARGET_COMPLETE);	/* stage 1 begins right behind it */
}

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, make_world, free_world)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_WORLD(test_dump_memory_complete),
		WITH_WORLD(test_dump_memory_any_order),
		WITH_WORLD(test_dump_memory_one_request),
		WITH_WORLD(test_dump_memory_4k_blocks),
		WITH_WORLD(test_dump_memory_edges_padded),
		WITH_WORLD(test_dump_memory_bad_pages),
		WITH_WORLD(test_dump_memory_bad_edges),
		WITH_WORLD(test_dump_memory_bounced_pages),
		WITH_WORLD(test_dump_memory_bad_pages_any_order),
		WITH_WORLD(test_dump_memory_target_too_small),
		WITH_WORLD(test_dump_memory_target_just_fits),
		WITH_WORLD(test_dump_memory_target_one_page_short),
		WITH_WORLD(test_dump_memory_two_chunks),
		WITH_WORLD(test_dump_memory_wrong_middle_stamp),
		WITH_WORLD(test_dump_finish_long_error_text),
		WITH_WORLD(test_dump_finish_log_fills_its_area),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
