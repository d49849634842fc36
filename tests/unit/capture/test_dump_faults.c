// SPDX-License-Identifier: GPL-2.0
/*
 * Every operation of a dump made to fail, once and for ever, by every error that a disk
 * has: the target must never claim more than it holds.  dump_world_check() has the claims.
 */
#include "dump_world.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

#define BASE WORLD_RAM_BASE
#define MIB (1ull << 20)

static struct dump_world world;

static void make_world(bool shuffled, u64 seed)
{
	dump_world_init(&world, MIB / 2, 4 * MIB, 4, 10);
	fake_ring_add(&world.ring, 1000000, "Kernel panic - not syncing", FAKE_FINALIZED);
	fake_memory_add_phdr(&world.memory, PT_LOAD, BASE + 0x20000, 0x8000)->p_vaddr = 0xffffffff81000000ull;
	fake_memory_add_load(&world.memory, BASE, 0x60000);
	fake_memory_add_load(&world.memory, BASE + 0x60234, 0x1f000);
	world.memory.bad[world.memory.bad_count++] = BASE + 0x40000;
	world.memory.shy[world.memory.shy_count++] = BASE + 0x48000;
	world.disk.shuffled = shuffled;
	world.disk.seed = seed;
}

static u64 count_ops(bool shuffled)
{
	u64 ops;

	make_world(shuffled, 1);
	assert_int_equal(dump_world_run(&world), 0);
	assert_int_equal(dump_world_check(&world), TARGET_COMPLETE);
	ops = world.disk.ops;
	dump_world_deinit(&world);
	assert_true(ops > 25);
	return ops;
}

/* One run with this fault; the state that it ends in. */
static enum target_state run_with(struct fake_fault fault, bool shuffled, u64 seed)
{
	const struct target_header *header;
	enum target_state state;
	int err;

	make_world(shuffled, seed);
	world.disk.fault = fault;
	err = dump_world_run(&world);
	state = dump_world_check(&world);
	header = dump_world_header(&world);
	assert_true(err || state == TARGET_COMPLETE);
	if (state == TARGET_FAILED) {
		assert_int_equal(header->first_error,
				 fault.status == -ETIMEDOUT ? DUMP_TARGET_TIMEOUT : DUMP_TARGET_IO);
		assert_in_range(header->first_error_offset, 0, header->payload_limit);
	}
	dump_world_deinit(&world);
	return state;
}

/* Once: there is always a header that tells, and a page that the disk could not read is no reason to stop. */
static void check_once(int status, bool shuffled)
{
	u64 ops = count_ops(shuffled);
	u32 complete = 0, failed = 0;

	for (u64 nth = 0; nth < ops; nth++) {
		struct fake_fault fault = { .first = nth, .count = 1, .status = status };
		enum target_state state = run_with(fault, shuffled, nth + 1);

		if (nth < 3) {	/* header, last and first stamp: nothing was begun */
			assert_int_equal(state, TARGET_ARMED);
			continue;
		}
		complete += state == TARGET_COMPLETE;
		failed += state == TARGET_FAILED;
	}
	assert_int_equal(complete + failed, ops - 3);
	assert_true(status == -EFAULT ? complete > 5 : complete == 1);	/* 1: only the log was lost */
	assert_true(failed > 5);
}

static void check_for_ever(int status, bool shuffled)
{
	u64 ops = count_ops(shuffled);

	for (u64 nth = 0; nth < ops; nth++) {
		struct fake_fault fault = { .first = nth, .count = FAKE_FOREVER, .status = status };

		/* The last operation is the flush behind the header: COMPLETE may stand there, and is true. */
		if (run_with(fault, shuffled, nth + 1) == TARGET_COMPLETE)
			assert_int_equal(nth, ops - 1);
	}
	/* One more and nothing fails. */
	assert_int_equal(run_with((struct fake_fault){ .first = ops, .count = FAKE_FOREVER, .status = status }, false, 1),
			 TARGET_COMPLETE);
}

static void test_dump_fault_once_io(void **state)
{
	check_once(-EIO, false);
	check_once(-EIO, true);
}

static void test_dump_fault_once_timeout(void **state)
{
	check_once(-ETIMEDOUT, false);
}

static void test_dump_fault_once_transfer(void **state)
{
	check_once(-EFAULT, false);
	check_once(-EFAULT, true);
}

static void test_dump_fault_forever_io(void **state)
{
	check_for_ever(-EIO, false);
}

static void test_dump_fault_forever_timeout(void **state)
{
	check_for_ever(-ETIMEDOUT, false);
}

static void test_dump_fault_forever_transfer(void **state)
{
	check_for_ever(-EFAULT, false);
}

/* A full queue is not an error, however long it lasts. */
static void test_dump_fault_queue_full(void **state)
{
	u64 ops = count_ops(false);

	for (u64 nth = 0; nth < ops; nth++)
		assert_int_equal(run_with((struct fake_fault){ .first = nth, .count = 30, .status = -EAGAIN }, nth % 2, nth + 1),
				 TARGET_COMPLETE);
}

/* Several faults in one dump, anywhere. */
static void test_dump_fault_random(void **state)
{
	static const int statuses[] = { -EIO, -ETIMEDOUT, -EFAULT, -EAGAIN };
	u32 states[8] = { 0 };

	for (u64 seed = 1; seed <= 400; seed++) {
		struct fake_fault fault = { .chance = 3 + seed % 60, .status = statuses[seed % ARRAY_SIZE(statuses)] };

		states[run_with(fault, seed / 4 % 2, seed)]++;
	}
	assert_true(states[TARGET_COMPLETE] > 20);
	assert_true(states[TARGET_FAILED] > 20);
	assert_true(states[TARGET_WRITING] + states[TARGET_STAGE1] > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dump_fault_once_io),
		cmocka_unit_test(test_dump_fault_once_timeout),
		cmocka_unit_test(test_dump_fault_once_transfer),
		cmocka_unit_test(test_dump_fault_forever_io),
		cmocka_unit_test(test_dump_fault_forever_timeout),
		cmocka_unit_test(test_dump_fault_forever_transfer),
		cmocka_unit_test(test_dump_fault_queue_full),
		cmocka_unit_test(test_dump_fault_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
