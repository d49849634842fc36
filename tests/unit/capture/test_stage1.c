// SPDX-License-Identifier: GPL-2.0
#include "dump_world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>

#define BASE WORLD_RAM_BASE
#define MIB (1ull << 20)

static struct dump_world world;

/* A ring of that size in memory that holds it. */
static void make_sized_world(u32 count_bits, u32 size_bits)
{
	u64 ram = align_up(0x20000 + fake_ring_bytes(count_bits, size_bits), PAGE_BYTES);

	dump_world_init(&world, ram, 16 * MIB, count_bits, size_bits);
	fake_memory_add_load(&world.memory, BASE, ram);
}

static int make_world(void **state)
{
	make_sized_world(4, 10);
	return 0;
}

static int free_world(void **state)
{
	dump_world_deinit(&world);
	return 0;
}

static void run_complete(void)
{
	assert_int_equal(dump_world_run(&world), 0);
	assert_int_equal(dump_world_check(&world), TARGET_COMPLETE);
}

static void test_dump_stage1_dmesg(void **state)
{
	static const char expected[] = "[    0.001000] first\n[   12.000000] Kernel panic\n";
	const char *text;
	u32 bytes;

	fake_ring_add(&world.ring, 1000000, "first", FAKE_FINALIZED);
	fake_ring_add(&world.ring, 12000000000ull, "Kernel panic", FAKE_FINALIZED);
	run_complete();
	text = dump_world_record(&world, STAGE1_DMESG, 0, &bytes);
	assert_non_null(text);
	assert_int_equal(bytes, strlen(expected));
	assert_memory_equal(text, expected, bytes);
}

static void test_dump_stage1_empty_log(void **state)
{
	u32 bytes;

	run_complete();
	assert_non_null(dump_world_record(&world, STAGE1_DMESG, 0, &bytes));
	assert_int_equal(bytes, 0);
}

/* No ring, no record; the dump goes on. */
static void test_dump_stage1_unreadable_ring(void **state)
{
	u32 bytes;

	world.memory.bad[world.memory.bad_count++] = world.ring.pa;
	run_complete();
	assert_null(dump_world_record(&world, STAGE1_DMESG, 0, &bytes));
	assert_non_null(dump_world_record(&world, STAGE1_VMCOREINFO, 0, &bytes));
}

/* More log than the area holds: its end is kept, and nothing beyond the area is written. */
static void test_dump_stage1_log_larger_than_area(void **state)
{
	static char all[2 * MIB];
	u32 all_bytes = 0, bytes;
	const char *text;

	dump_world_deinit(&world);
	make_sized_world(13, 21);
	for (u32 i = 0; i < 6000; i++) {
		char line[300];

		snprintf(line, sizeof(line), "%u %.*s", i, 180,
			 "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuv"
			 "wxyz0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0123456789");
		fake_ring_add(&world.ring, i * 1000000ull, line, FAKE_FINALIZED);
		all_bytes += (u32)sprintf(all + all_bytes, "[    %u.%03u000] %s\n", i / 1000, i % 1000, line);
	}
	assert_true(all_bytes > TARGET_STAGE1_BYTES);
	run_complete();
	text = dump_world_record(&world, STAGE1_DMESG, 0, &bytes);
	assert_non_null(text);
	assert_true(bytes > TARGET_STAGE1_BYTES - 8192);
	assert_memory_equal(text, all + all_bytes - bytes, bytes);
	assert_true(dump_world_header(&world)->stage1_used <= TARGET_STAGE1_BYTES);
}

/*
 * Memory that fails for a while reads differently the second time.  The dump must not
 * promise more text than it wrote, nor write more than it promised.
 */
static void test_dump_stage1_memory_fails_meanwhile(void **state)
{
	static const u64 counts[] = { 1, 7, 40, ~0ull };

	for (u64 first = 10; first < 260; first += 3) {
		for (u32 i = 0; i < ARRAY_SIZE(counts); i++) {
			u32 bytes;

			dump_world_deinit(&world);
			make_world(state);
			for (u32 line = 0; line < 12; line++)
				fake_ring_add(&world.ring, line * 1000000ull, "a line of the log", FAKE_FINALIZED);
			world.memory.flaky_first = first;
			world.memory.flaky_count = counts[i];
			assert_int_equal(dump_world_run(&world), 0);
			assert_true(dump_world_header(&world)->stage1_used > 0);
			dump_world_record(&world, STAGE1_DMESG, 1, &bytes);	/* walks all records */
		}
	}
}

/* As many CPUs as a large machine has: half of the area is left to the log. */
static void test_dump_stage1_many_notes(void **state)
{
	u8 registers[336] = { 0 };
	u32 bytes, count = 0, log_bytes;

	dump_world_deinit(&world);
	dump_world_init(&world, 4 * MIB, 16 * MIB, 4, 10);
	for (u32 i = 0; i < 12; i++) {
		u8 *to = fake_memory_at(&world.memory, BASE + 0x100000 + i * 0x10000);
		u32 at = 0;

		memset(to, 0, 0x10000);
		while (at + 400 < 0x10000)
			at += fake_note_put(to + at, "CORE", NT_PRSTATUS, registers, sizeof(registers));
		fake_memory_add_phdr(&world.memory, PT_NOTE, BASE + 0x100000 + i * 0x10000, 0x10000);
	}
	fake_memory_add_load(&world.memory, BASE, 4 * MIB);
	fake_ring_add(&world.ring, 0, "Kernel panic", FAKE_FINALIZED);
	assert_int_equal(dump_world_run(&world), 0);
	while (dump_world_record(&world, STAGE1_CPU_NOTE, count, &bytes))
		count++;
	assert_in_range(count * (356 + 12), TARGET_STAGE1_BYTES / 2 - 4096, TARGET_STAGE1_BYTES / 2);
	assert_non_null(dump_world_record(&world, STAGE1_DMESG, 0, &log_bytes));
	assert_int_equal(log_bytes, strlen("[    0.000000] Kernel panic\n"));
}

static void test_dump_stage1_without_vmcoreinfo(void **state)
{
	u32 bytes;

	world.memory.core.phdr[2].p_filesz = 0;	/* its PT_NOTE */
	assert_int_equal(dump_world_run(&world), 0);
	assert_int_equal(dump_world_header(&world)->state, TARGET_COMPLETE);
	assert_int_equal(dump_world_header(&world)->crash_time, 0);
	assert_null(dump_world_record(&world, STAGE1_VMCOREINFO, 0, &bytes));
	assert_null(dump_world_record(&world, STAGE1_DMESG, 0, &bytes));
	assert_non_null(dump_world_record(&world, STAGE1_CPU_NOTE, 1, &bytes));
}

/* Only kernels with Lifeboat's panic path have one: its text, up to the NUL. */
static void test_dump_stage1_phase_log(void **state)
{
	static const char said[64] = "phase=panic tsc=5\n\0what was there before";
	const char *text;
	u32 bytes;

	run_complete();
	assert_null(dump_world_record(&world, STAGE1_PHASE_LOG, 0, &bytes));
	free_world(state);
	make_world(state);
	fake_memory_add_note(&world.memory, PHASE_LOG_NOTE_NAME, PHASE_LOG_NOTE_TYPE, said, sizeof(said));
	run_complete();
	text = dump_world_record(&world, STAGE1_PHASE_LOG, 0, &bytes);
	assert_non_null(text);
	assert_int_equal(bytes, strlen(said));
	assert_memory_equal(text, said, bytes);
}

/* What an earlier dump left must not look like this one's. */
static void test_dump_stage1_erases_old_vmcore(void **state)
{
	static const u8 zeros[PAGE_BYTES];
	u8 *payload = world.disk.bytes + WORLD_TARGET_BASE + TARGET_PAYLOAD_OFFSET;

	memset(payload, 0xee, 2 * PAGE_BYTES);
	world.disk.fault = (struct fake_fault){ .first = 12, .count = 1, .status = -EIO };
	assert_int_equal(dump_world_run(&world), -EIO);
	assert_int_equal(dump_world_check(&world), TARGET_FAILED);
	assert_memory_equal(payload, zeros, PAGE_BYTES);
}

/* A record that some earlier state left in the header is not this dump's. */
static void test_dump_stage1_old_record(void **state)
{
	struct target_header *header = (struct target_header *)(world.disk.bytes + WORLD_TARGET_BASE);

	header->stage1_used = 12345;
	header->log_used = 77;
	header->first_error = DUMP_TARGET_IO;
	target_header_seal(header);
	world.disk.fault = (struct fake_fault){ .first = 4, .count = FAKE_FOREVER, .status = -EIO };
	assert_int_equal(dump_world_run(&world), -EIO);
	assert_int_equal(header->state, TARGET_STAGE1);
	assert_int_equal(header->stage1_used, 0);
	assert_int_equal(header->log_used, 0);
	assert_int_equal(header->first_error, DUMP_OK);
}

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, make_world, free_world)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_WORLD(test_dump_stage1_dmesg),
		WITH_WORLD(test_dump_stage1_empty_log),
		WITH_WORLD(test_dump_stage1_unreadable_ring),
		WITH_WORLD(test_dump_stage1_log_larger_than_area),
		WITH_WORLD(test_dump_stage1_memory_fails_meanwhile),
		WITH_WORLD(test_dump_stage1_many_notes),
		WITH_WORLD(test_dump_stage1_without_vmcoreinfo),
		WITH_WORLD(test_dump_stage1_phase_log),
		WITH_WORLD(test_dump_stage1_erases_old_vmcore),
		WITH_WORLD(test_dump_stage1_old_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
