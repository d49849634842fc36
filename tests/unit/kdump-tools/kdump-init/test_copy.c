// SPDX-License-Identifier: GPL-2.0
#include "../kdumpctl/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/oldmem.h"
#include "kdump-init/copy.h"

#define MIB (1u << 20)

struct world {
	FILE *from, *to;
	struct copy copy;
	u64 seen_bytes;
	unsigned int calls;
};

static void note_progress(void *context, u64 done_bytes, u64 total_bytes)
{
	struct world *world = context;

	assert_true(done_bytes > world->seen_bytes && done_bytes <= total_bytes);
	world->seen_bytes = done_bytes;
	world->calls++;
}

static void begin(struct world *world)
{
	*world = (struct world){ .from = tmpfile(), .to = tmpfile() };
	assert_non_null(world->from);
	assert_non_null(world->to);
	world->copy = (struct copy){ .from = fileno(world->from), .to = fileno(world->to), .progress = note_progress, .context = world };
}

static void end(struct world *world)
{
	fclose(world->from);
	fclose(world->to);
}

static void put(struct world *world, u64 at, u64 bytes, int byte)
{
	u8 *data = malloc(bytes);

	memset(data, byte, bytes);
	assert_int_equal(pwrite(world->copy.from, data, bytes, (off_t)at), bytes);
	free(data);
}

static void assert_same(const struct world *world)
{
	u8 *a = malloc(MIB), *b = malloc(MIB);
	struct stat st;

	assert_int_equal(fstat(world->copy.to, &st), 0);
	assert_int_equal(st.st_size, world->copy.bytes);
	for (u64 at = 0; at < world->copy.bytes; at += MIB) {
		ssize_t got = pread(world->copy.from, a, MIB, (off_t)at);

		assert_true(got > 0);
		assert_int_equal(pread(world->copy.to, b, MIB, (off_t)at), got);
		assert_memory_equal(a, b, (size_t)got);
	}
	free(a);
	free(b);
}

/* Data, a hole, one byte in a page, data over a window's border, a hole at the end. */
static void test_copy_leaves_zero_pages_out(void **state)
{
	struct world world;

	begin(&world);
	put(&world, 0, 3 * PAGE_BYTES, 1);
	put(&world, 2 * MIB + 4095, 1, 2);
	put(&world, 4 * MIB - 10, 30, 3);
	put(&world, 9 * MIB + 4096, 4096, 4);
	world.copy.bytes = 30 * MIB + 8192;
	assert_int_equal(ftruncate(world.copy.from, (off_t)world.copy.bytes), 0);
	assert_int_equal(copy_run(&world.copy), 0);
	assert_same(&world);
	assert_int_equal(world.copy.written_bytes, (3 + 1 + 2 + 1) * PAGE_BYTES);
	assert_int_equal(world.copy.unreadable_pages, 0);
	assert_int_equal(world.seen_bytes, world.copy.bytes);
	assert_true(world.calls >= 8);
	end(&world);
}

static void test_copy_of_odd_sizes(void **state)
{
	static const u64 sizes[] = { 1, 4095, 4097, 4 * MIB + 1, 8 * MIB - 1 };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct world world;

		begin(&world);
		put(&world, 0, sizes[i], 7);
		world.copy.bytes = sizes[i];
		assert_int_equal(copy_run(&world.copy), 0);
		assert_same(&world);
		assert_int_equal(world.copy.written_bytes, sizes[i]);
		end(&world);
	}
}

/* A file that can neither be mapped nor read: each of its pages becomes the pattern. */
static void test_copy_unreadable_pages(void **state)
{
	struct world world;
	u32 word;

	begin(&world);
	world.copy.from = fileno(fopen("/dev/null", "w"));
	world.copy.bytes = 3 * PAGE_BYTES + 8;
	assert_int_equal(copy_run(&world.copy), 0);
	assert_int_equal(world.copy.unreadable_pages, 4);
	assert_int_equal(pread(world.copy.to, &word, 4, 3 * PAGE_BYTES + 4), 4);
	assert_int_equal(word, OLDMEM_BAD_PATTERN);
	end(&world);
}

/* Reading works where mapping does not: /dev/zero's cousins, and pipes do not; /proc files do. */
static void test_copy_by_reading(void **state)
{
	struct world world;
	char text[512] = "", want[512] = "";

	begin(&world);
	fclose(world.from);
	world.from = fopen("/proc/version", "r");
	world.copy.from = fileno(world.from);
	world.copy.bytes = (u64)pread(world.copy.from, want, sizeof(want), 0);
	assert_int_equal(copy_run(&world.copy), 0);
	assert_int_equal(pread(world.copy.to, text, sizeof(text), 0), world.copy.bytes);
	assert_string_equal(text, want);
	assert_int_equal(world.copy.unreadable_pages, 0);
	end(&world);
}

static void test_copy_tells_of_write_errors(void **state)
{
	struct world world;
	int full;

	begin(&world);
	put(&world, 0, PAGE_BYTES, 1);
	world.copy.bytes = PAGE_BYTES;
	full = fileno(fopen("/dev/full", "w"));
	world.copy.to = full;
	assert_int_equal(copy_run(&world.copy), -ENOSPC);
	end(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copy_leaves_zero_pages_out),
		cmocka_unit_test(test_copy_of_odd_sizes),
		cmocka_unit_test(test_copy_unreadable_pages),
		cmocka_unit_test(test_copy_by_reading),
		cmocka_unit_test(test_copy_tells_of_write_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
