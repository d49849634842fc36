// SPDX-License-Identifier: GPL-2.0
/* The NVMe queue against a controller that is only memory, well-behaved and not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#include "../../../dumpkernel/nvme_queue.c"

#define STRIDE 4
#define QUEUE_ID 1

static u64 now_us;
static _Alignas(8) u8 registers[0x1000 + 4 * STRIDE];
static _Alignas(4096) u8 pool[16 * PAGE_BYTES];
static u32 pool_pages;

u64 env_clock_us(void)
{
	return now_us;
}

void *mem_alloc_pages(u32 pages)
{
	u8 *start = pool + pool_pages * PAGE_BYTES;

	if (pages > ARRAY_SIZE(pool) / PAGE_BYTES - pool_pages)
		return NULL;
	pool_pages += pages;
	return memset(start, 0, pages * PAGE_BYTES);
}

struct fixture {
	struct nvme_queue queue;
	u16 device_head;	/* of the completions that the fake controller wrote */
	u16 device_phase;
};

static void open_queue(struct fixture *f, u16 entries)
{
	pool_pages = 0;
	now_us = 1000;
	memset(registers, 0, sizeof(registers));
	assert_int_equal(nvme_queue_init(&f->queue, registers, STRIDE, QUEUE_ID, entries, true), 0);
	f->device_head = 0;
	f->device_phase = 1;
}

static void complete(struct fixture *f, u16 command_id, u16 sq_id, u16 status)
{
	volatile struct nvme_completion *entry = &f->queue.completions[f->device_head];

	entry->command_id = command_id;
	entry->sq_id = sq_id;
	entry->status = (u16)(status << 1 | f->device_phase);
	if (++f->device_head == f->queue.entries) {
		f->device_head = 0;
		f->device_phase ^= 1;
	}
}

static int submit(struct fixture *f, struct dump_io *io)
{
	struct nvme_command command = { .opcode = 1 };

	return nvme_queue_submit(&f->queue, &command, io, io->bytes);
}

static u32 doorbell(u32 index)
{
	return mmio_read32(registers, 0x1000 + index * STRIDE);
}

/* --- PRPs ------------------------------------------------------------------ */

/* The PRPs name exactly the pages of [pa, pa + bytes), in order. */
static void check_prps(u64 pa, u32 bytes)
{
	static _Alignas(4096) u64 list[NVME_PRP_LIST_ENTRIES + 1];
	const u64 guard = 0x1234567890abcdef;
	u64 prp1 = 1, prp2 = 1, at, left = bytes;
	u32 used = 0;

	for (u32 i = 0; i < ARRAY_SIZE(list); i++)
		list[i] = guard;
	nvme_prp_build(pa, bytes, list, &prp1, &prp2);
	assert_int_equal(prp1, pa);
	left -= min_u64(left, PAGE_BYTES - pa % PAGE_BYTES);
	at = align_down(pa, PAGE_BYTES) + PAGE_BYTES;

	if (!left) {
		assert_int_equal(prp2, 0);
	} else if (left <= PAGE_BYTES) {
		assert_int_equal(prp2, at);
	} else {
		assert_int_equal(prp2, (uintptr_t)list);
		for (; left; left -= min_u64(left, PAGE_BYTES), at += PAGE_BYTES)
			assert_int_equal(list[used++], at);
	}
	for (u32 i = used; i < ARRAY_SIZE(list); i++)
		assert_int_equal(list[i], guard);
}

static void test_nvme_prp_build_any_length(void **state)
{
	const u32 offsets[] = { 0, 4, 512, 2048, 4092 };

	for (u32 i = 0; i < ARRAY_SIZE(offsets); i++)
		for (u32 bytes = 512; bytes <= DISK_MAX_TRANSFER_BYTES; bytes += 512)
			check_prps(0x12345000 + offsets[i], bytes);
}

static void test_nvme_prp_build_above_4g(void **state)
{
	check_prps(0xfffff000, 3 * PAGE_BYTES);
	check_prps(0x1000000000ull + 4092, DISK_MAX_TRANSFER_BYTES);
}

/* --- the queue --------------------------------------------------------------- */

static void test_nvme_queue_submit_until_full(void **state)
{
	struct dump_io io[NVME_MAX_IN_FLIGHT + 1] = { 0 };
	struct fixture f;

	open_queue(&f, NVME_QUEUE_ENTRIES);
	assert_int_equal(f.queue.depth, NVME_MAX_IN_FLIGHT);
	for (u32 i = 0; i < NVME_MAX_IN_FLIGHT; i++)
		assert_int_equal(submit(&f, &io[i]), 0);
	assert_int_equal(submit(&f, &io[NVME_MAX_IN_FLIGHT]), -EAGAIN);
	assert_false(io[NVME_MAX_IN_FLIGHT].busy);
	assert_int_equal(doorbell(2), NVME_MAX_IN_FLIGHT);
	assert_int_equal(nvme_queue_poll(&f.queue), 0);
}

static void test_nvme_queue_poll_out_of_order(void **state)
{
	struct dump_io io[3] = { 0 };
	struct fixture f;

	open_queue(&f, NVME_QUEUE_ENTRIES);
	for (u32 i = 0; i < 3; i++)
		submit(&f, &io[i]);
	complete(&f, 2, QUEUE_ID, 0);
	complete(&f, 0, QUEUE_ID, 0x004);	/* data transfer error */
	assert_int_equal(nvme_queue_poll(&f.queue), 2);
	assert_false(io[2].busy || io[0].busy);
	assert_true(io[1].busy);
	assert_int_equal(io[2].status, 0);
	assert_int_equal(io[0].status, -EFAULT);
	assert_int_equal(doorbell(3), 2);

	complete(&f, 1, QUEUE_ID, 0x281);	/* media error: unrecovered read */
	assert_int_equal(nvme_queue_poll(&f.queue), 1);
	assert_int_equal(io[1].status, -EIO);
}

/* Data transfer error is a generic status: the same code of another type is not it. */
static void test_nvme_queue_poll_status_type_counts(void **state)
{
	struct dump_io io = { 0 };
	struct fixture f;

	open_queue(&f, NVME_QUEUE_ENTRIES);
	submit(&f, &io);
	complete(&f, 0, QUEUE_ID, 0x104);
	nvme_queue_poll(&f.queue);
	assert_int_equal(io.status, -EIO);

	/* "More" and "do not retry" are not part of the code. */
	submit(&f, &io);
	complete(&f, 0, QUEUE_ID, 0x6004);
	nvme_queue_poll(&f.queue);
	assert_int_equal(io.status, -EFAULT);
}

static void test_nvme_queue_poll_many_laps(void **state)
{
	const u16 sizes[] = { 2, 3, 17, NVME_QUEUE_ENTRIES };
	struct dump_io io[2] = { 0 };

	for (u32 s = 0; s < ARRAY_SIZE(sizes); s++) {
		struct fixture f;

		open_queue(&f, sizes[s]);
		for (u32 i = 0; i < 1000; i++) {
			u16 count = (u16)min_u64(2, f.queue.depth);

			for (u16 n = 0; n < count; n++)
				assert_int_equal(submit(&f, &io[n]), 0);
			assert_int_equal(nvme_queue_poll(&f.queue), 0);
			for (u16 n = 0; n < count; n++)
				complete(&f, n, QUEUE_ID, 0);
			assert_int_equal(nvme_queue_poll(&f.queue), count);
		}
		assert_int_equal(f.queue.in_flight, 0);
	}
}

static void check_nonsense(u16 command_id, u16 sq_id)
{
	struct dump_io io = { 0 };
	struct fixture f;

	open_queue(&f, NVME_QUEUE_ENTRIES);
	submit(&f, &io);
	complete(&f, command_id, sq_id, 0);
	assert_int_equal(nvme_queue_poll(&f.queue), -EIO);
	assert_true(io.busy);
	nvme_queue_fail(&f.queue, -EIO);
	assert_false(io.busy);
	assert_int_equal(io.status, -EIO);
	assert_int_equal(f.queue.in_flight, 0);
}

static void test_nvme_queue_poll_nonsense(void **state)
{
	check_nonsense(1, QUEUE_ID);		/* a slot that is free */
	check_nonsense(NVME_MAX_IN_FLIGHT, QUEUE_ID);
	check_nonsense(0xffff, QUEUE_ID);
	check_nonsense(0, QUEUE_ID + 1);	/* another queue */
}

/* A controller that completes everything for ever can't hold the poll. */
static void test_nvme_queue_poll_is_bounded(void **state)
{
	struct dump_io io = { 0 };
	struct fixture f;

	open_queue(&f, 4);
	submit(&f, &io);
	for (u32 i = 0; i < 4; i++)
		complete(&f, 0, QUEUE_ID, 0);
	assert_int_equal(nvme_queue_poll(&f.queue), 1);
	assert_int_equal(nvme_queue_poll(&f.queue), 0);
}

static void test_nvme_queue_check_deadlines_of_each(void **state)
{
	struct dump_io io[2] = { 0 };
	struct fixture f;

	open_queue(&f, NVME_QUEUE_ENTRIES);
	submit(&f, &io[0]);
	now_us += DISK_TIMEOUT_US;
	submit(&f, &io[1]);
	assert_int_equal(nvme_queue_check_deadlines(&f.queue), 0);
	now_us++;
	assert_int_equal(nvme_queue_check_deadlines(&f.queue), -ETIMEDOUT);
	complete(&f, 0, QUEUE_ID, 0);
	nvme_queue_poll(&f.queue);
	assert_int_equal(nvme_queue_check_deadlines(&f.queue), 0);
}

static void test_nvme_queue_init_no_memory(void **state)
{
	struct nvme_queue queue;

	pool_pages = ARRAY_SIZE(pool) / PAGE_BYTES - 3;
	assert_int_equal(nvme_queue_init(&queue, registers, STRIDE, 1, 64, true), -ENOMEM);
}

/* Lists of different slots do not overlap, and none crosses a page. */
static void test_nvme_queue_lists_are_apart(void **state)
{
	struct dump_io io[NVME_MAX_IN_FLIGHT] = { 0 };
	struct fixture f;

	open_queue(&f, NVME_QUEUE_ENTRIES);
	for (u32 i = 0; i < NVME_MAX_IN_FLIGHT; i++) {
		io[i].buf = (void *)(0x10000000ull + i * 0x100000 + 1028);
		io[i].bytes = DISK_MAX_TRANSFER_BYTES;
		submit(&f, &io[i]);
	}
	for (u32 i = 0; i < NVME_MAX_IN_FLIGHT; i++) {
		const u64 *list = (const u64 *)f.queue.commands[i].prp2;
		u64 pa = (uintptr_t)io[i].buf;

		assert_true((uintptr_t)list % PAGE_BYTES + NVME_PRP_LIST_ENTRIES * 8 <= PAGE_BYTES);
		for (u32 n = 0; n < NVME_PRP_LIST_ENTRIES; n++)
			assert_int_equal(list[n], align_down(pa, PAGE_BYTES) + (n + 1) * PAGE_BYTES);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nvme_prp_build_any_length),
		cmocka_unit_test(test_nvme_prp_build_above_4g),
		cmocka_unit_test(test_nvme_queue_submit_until_full),
		cmocka_unit_test(test_nvme_queue_poll_out_of_order),
		cmocka_unit_test(test_nvme_queue_poll_status_type_counts),
		cmocka_unit_test(test_nvme_queue_poll_many_laps),
		cmocka_unit_test(test_nvme_queue_poll_nonsense),
		cmocka_unit_test(test_nvme_queue_poll_is_bounded),
		cmocka_unit_test(test_nvme_queue_check_deadlines_of_each),
		cmocka_unit_test(test_nvme_queue_init_no_memory),
		cmocka_unit_test(test_nvme_queue_lists_are_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
