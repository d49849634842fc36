// SPDX-License-Identifier: GPL-2.0
/* Whole dumps into a scattered dump file, and one target after another has failed. */
#include "dump_world.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdlib.h>
#include <cmocka.h>

#define BASE WORLD_RAM_BASE
#define MIB (1ull << 20)

static struct dump_world world;

static void make_world(u64 seed)
{
	dump_world_init(&world, MIB, 8 * MIB, 4, 10);
	fake_ring_add(&world.ring, 1000000, "Kernel panic - not syncing", FAKE_FINALIZED);
	fake_memory_add_phdr(&world.memory, PT_LOAD, BASE + 0x20000, 0x8000)->p_vaddr = 0xffffffff81000000ull;
	fake_memory_add_load(&world.memory, BASE, 0x80000);
	fake_memory_add_load(&world.memory, BASE + 0x80234, 0x4321);
	fake_memory_add_load(&world.memory, BASE + 0xa0000, 0x20003);
	world.memory.bad[world.memory.bad_count++] = BASE + 0x40000;
	world.memory.shy[world.memory.shy_count++] = BASE + 0x48000;
	dump_world_scatter(&world, seed);
	world.disk.seed = seed;
}

static void test_dump_file_complete(void **state)
{
	for (u64 seed = 1; seed <= 30; seed++) {
		make_world(seed);
		world.disk.shuffled = seed % 2;
		assert_int_equal(dump_world_run(&world), 0);
		dump_world_gather(&world);
		assert_int_equal(dump_world_check(&world), TARGET_COMPLETE);
		assert_int_equal(dump_world_header(&world)->flags, TARGET_SEALED);
		dump_world_deinit(&world);
	}
}

static void test_dump_file_faults(void **state)
{
	static const int statuses[] = { -EIO, -ETIMEDOUT, -EFAULT, -EAGAIN };
	u32 states[8] = { 0 };

	for (u64 seed = 1; seed <= 200; seed++) {
		make_world(seed);
		world.disk.shuffled = seed % 2;
		world.disk.fault = (struct fake_fault){ .chance = 20 + 4 * seed, .status = statuses[seed % ARRAY_SIZE(statuses)] };
		dump_world_run(&world);
		dump_world_gather(&world);
		states[dump_world_check(&world)]++;
		assert_int_equal(fake_disk_in_flight(&world.disk), 0);
		dump_world_deinit(&world);
	}
	assert_true(states[TARGET_COMPLETE] > 20);
	assert_true(states[TARGET_FAILED] > 20);
}

/* A block that another file has got: the dump fails and says so, and the block stays as it is. */
static void test_dump_file_foreign_block(void **state)
{
	for (u64 seed = 1; seed <= 40; seed++) {
		u64 at;

		make_world(seed);
		at = WORLD_TARGET_BASE + (2 + fake_random(&world.disk.seed) % 400) * TARGET_BLOCK;
		memset(world.disk.bytes + at, 0xf0, TARGET_BLOCK);
		dump_world_run(&world);
		assert_true(fake_disk_untouched(&world.disk, at, at + TARGET_BLOCK));
		dump_world_gather(&world);
		if (dump_world_check(&world) == TARGET_FAILED)
			assert_int_equal(dump_world_header(&world)->first_error, DUMP_TARGET_BAD_SEAL);
		dump_world_deinit(&world);
	}
}

/* The same struct dump, whose first target fails in the middle, begins again with another one. */
static void test_dump_second_target(void **state)
{
	static const int statuses[] = { -EIO, -ETIMEDOUT };
	struct target *target = &world.dump.target;
	u32 failed = 0;

	for (u64 nth = 0; nth < 200; nth += 3) {
		make_world(3);
		world.disk.shuffled = nth % 2;
		world.disk.fault = (struct fake_fault){ .first = nth, .count = FAKE_FOREVER, .status = statuses[nth % 2] };
		failed += dump_world_run(&world) != 0;
		assert_int_equal(fake_disk_in_flight(&world.disk), 0);
		world.disk.fault.count = 0;
		fake_disk_make_file(&world.disk, world.extent, world.extents, (const u8 *)"a target's uuid", 9);
		memset(target->chunk_matched, 0, target_map_bytes(world.target_bytes));
		memset(target->piece_matched, 0, target_piece_map_bytes(world.target_bytes));
		free(world.dump.layout.header);
		world.observed_done = world.observed_bad_count = 0;
		assert_int_equal(dump_world_run(&world), 0);
		dump_world_gather(&world);
		assert_int_equal(dump_world_check(&world), TARGET_COMPLETE);
		assert_int_equal(dump_world_header(&world)->pages_bad, 1);
		dump_world_deinit(&world);
	}
	assert_true(failed > 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dump_file_complete),
		cmocka_unit_test(test_dump_file_faults),
		cmocka_unit_test(test_dump_file_foreign_block),
		cmocka_unit_test(test_dump_second_target),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
