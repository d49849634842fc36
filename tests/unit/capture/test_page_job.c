// SPDX-License-Identifier: GPL-2.0
#include "capture/page_job.h"

#include <stdarg.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>

#include "fake_memory.h"

#define BASE 0x100000ull
#define PFN (BASE / PAGE_BYTES)

static struct fake_memory memory;
static struct memrange range[4];
static struct memrange_set ram;
static struct page_job job;
static u8 out[PAGE_JOB_OUT_BYTES], page[PAGE_BYTES] __attribute__((aligned(64)));
static u32 shrinks_to;

static u32 compress_page(void *work, const u8 *from, u8 *to)
{
	memset(to, 0xc0, PAGE_BYTES + CODEC_SLACK_BYTES);	/* all that it may write */
	return shrinks_to;
}

static const struct codec codec = { .name = "test", .kdump_flag = 2, .compress = compress_page };

static int setup(void **state)
{
	fake_memory_init(&memory, BASE, 64 * PAGE_BYTES, 5);
	ram = (struct memrange_set){ range, 0, 4 };
	memrange_add(&ram, BASE, BASE + 64 * PAGE_BYTES);
	job = (struct page_job){ .mem = &memory.mem, .ram = &ram, .out = out };
	return 0;
}

static int teardown(void **state)
{
	fake_memory_deinit(&memory);
	return 0;
}

static void run(u32 count)
{
	for (u32 i = 0; i < count; i++)
		job.pfn[i] = PFN + 2 * i;
	job.count = count;
	page_job_run(&job, page, NULL);
}

static void test_pages_as_they_are(void **state)
{
	run(PAGE_JOB_PAGES);
	for (u32 i = 0; i < PAGE_JOB_PAGES; i++) {
		assert_int_equal(job.result[i].bytes, PAGE_BYTES);
		assert_int_equal(job.result[i].flags, 0);
		assert_memory_equal(out + i * PAGE_BYTES, fake_memory_at(&memory, BASE + 2 * i * PAGE_BYTES), PAGE_BYTES);
	}
	assert_int_equal(job.bad_count, 0);
}

static void test_zeroes(void **state)
{
	memset(fake_memory_at(&memory, BASE + 2 * PAGE_BYTES), 0, PAGE_BYTES);
	run(3);
	assert_int_equal(job.result[1].bytes, PAGE_BYTES);
	job.drop_zeroes = true;
	run(3);
	assert_int_equal(job.result[1].bytes, 0);
	assert_memory_equal(out + PAGE_BYTES, fake_memory_at(&memory, BASE + 4 * PAGE_BYTES), PAGE_BYTES);
}

/* One byte anywhere makes it a page. */
static void test_almost_zeroes(void **state)
{
	job.drop_zeroes = true;
	for (u32 at = 0; at < PAGE_BYTES; at++) {
		memset(fake_memory_at(&memory, BASE), 0, PAGE_BYTES);
		fake_memory_at(&memory, BASE)[at] = 0x80;
		run(1);
		assert_int_equal(job.result[0].bytes, PAGE_BYTES);
	}
}

static void test_compressed(void **state)
{
	job.codec = &codec;
	shrinks_to = 100;
	run(PAGE_JOB_PAGES);
	assert_int_equal(job.result[7].bytes, 100);
	assert_int_equal(job.result[7].flags, 2);
	assert_int_equal(out[100 * PAGE_JOB_PAGES - 1], 0xc0);
}

static void test_does_not_shrink(void **state)
{
	static const u32 sizes[] = { 0, PAGE_BYTES, PAGE_BYTES + 100 };

	job.codec = &codec;
	for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
		shrinks_to = sizes[i];
		run(PAGE_JOB_PAGES);
		assert_int_equal(job.result[PAGE_JOB_PAGES - 1].bytes, PAGE_BYTES);
		assert_int_equal(job.result[PAGE_JOB_PAGES - 1].flags, 0);
		assert_memory_equal(out + (PAGE_JOB_PAGES - 1) * PAGE_BYTES, fake_memory_at(&memory, BASE + 2 * (PAGE_JOB_PAGES - 1) * PAGE_BYTES), PAGE_BYTES);
	}
}

static void test_bad_page(void **state)
{
	memory.bad[0] = BASE + 2 * PAGE_BYTES;
	memory.bad_count = 1;
	job.drop_zeroes = true;
	run(3);
	assert_int_equal(job.bad_count, 1);
	assert_int_equal(job.bad[0], BASE + 2 * PAGE_BYTES);
	for (u32 i = 0; i < PAGE_BYTES; i += 4)
		assert_memory_equal(out + PAGE_BYTES + i, &(u32){ 0xdeadbad0 }, 4);
	run(1);
	assert_int_equal(job.bad_count, 0);
}

static void test_page_that_is_memory_in_part(void **state)
{
	static const u8 zeroes[PAGE_BYTES];

	ram.count = 0;
	memrange_add(&ram, BASE + 0x100, BASE + 0x200);
	memrange_add(&ram, BASE + 0x300, BASE + PAGE_BYTES + 0x80);
	run(1);
	assert_int_equal(job.bad_count, 0);
	assert_memory_equal(out, zeroes, 0x100);
	assert_memory_equal(out + 0x100, fake_memory_at(&memory, BASE + 0x100), 0x100);
	assert_memory_equal(out + 0x200, zeroes, 0x100);
	assert_memory_equal(out + 0x300, fake_memory_at(&memory, BASE + 0x300), PAGE_BYTES - 0x300);
}

/* Pages in a row. */
static void run_in_a_row(u64 first)
{
	for (u32 i = 0; i < PAGE_JOB_PAGES; i++)
		job.pfn[i] = PFN + first + i;
	job.count = PAGE_JOB_PAGES;
	page_job_run(&job, page, NULL);
}

static void test_pages_left_in_place(void **state)
{
	job.leave_in_place = job.drop_zeroes = true;
	memset(fake_memory_at(&memory, BASE + 3 * PAGE_BYTES), 0, PAGE_BYTES - 1);	/* zeroes but for the end */
	memset(out, 0x11, sizeof(out));
	run_in_a_row(0);
	assert_int_equal(job.result[0].in_place, PAGE_JOB_PAGES);
	assert_int_equal(job.result[0].bytes, 0);
	assert_int_equal(out[0], 0x11);
	job.codec = &codec;
	shrinks_to = 100;
	run_in_a_row(0);
	assert_int_equal(job.result[0].in_place, 0);
	assert_int_equal(job.result[0].bytes, 100);
}

/* One page of zeroes, at the edge of memory or that can't be read, and the run is too short. */
static void test_short_runs_are_copied(void **state)
{
	job.leave_in_place = job.drop_zeroes = true;
	memset(fake_memory_at(&memory, BASE + 5 * PAGE_BYTES), 0, PAGE_BYTES);
	run_in_a_row(0);
	for (u32 i = 0; i < PAGE_JOB_PAGES; i++) {
		assert_int_equal(job.result[i].in_place, 0);
		assert_int_equal(job.result[i].bytes, i == 5 ? 0 : PAGE_BYTES);
	}
	memory.bad[0] = BASE + 18 * PAGE_BYTES;
	memory.bad_count = 1;
	run_in_a_row(16);
	assert_int_equal(job.result[0].in_place, 0);
	assert_int_equal(job.bad_count, 1);
	memrange_subtract(&ram, BASE + 33 * PAGE_BYTES, BASE + 33 * PAGE_BYTES + 8);
	run_in_a_row(32);
	assert_int_equal(job.result[0].in_place, 0);
	assert_int_equal(out[PAGE_BYTES], 0);
}

int main(void)
{
#define WITH_MEMORY(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		WITH_MEMORY(test_pages_as_they_are), WITH_MEMORY(test_zeroes), WITH_MEMORY(test_almost_zeroes), WITH_MEMORY(test_compressed),
		WITH_MEMORY(test_does_not_shrink), WITH_MEMORY(test_bad_page), WITH_MEMORY(test_page_that_is_memory_in_part),
		WITH_MEMORY(test_pages_left_in_place), WITH_MEMORY(test_short_runs_are_copied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
