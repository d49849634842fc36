// SPDX-License-Identifier: GPL-2.0
#include "capture/append.h"

#include <stdarg.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>

#include "fake_memory.h"

#define HALF 4096u
#define FILE_BYTES (1u << 20)

/* Takes what is written only when it is waited for: a buffer that is used again too soon shows. */
static struct {
	struct dump_out seam;
	u8 file[FILE_BYTES];
	struct { const void *buf; u64 offset; u32 bytes; } pending[2];
	u32 writes, fail_at;
} out;

static u8 buffer[2 * HALF], expected[FILE_BYTES];

static int out_write(struct dump_out *seam, u64 offset, const void *buf, u32 bytes)
{
	u32 slot = buf == buffer + HALF;

	assert_true(buf == buffer || buf == buffer + HALF);
	assert_null(out.pending[slot].buf);
	assert_int_equal(offset % seam->align_bytes, 0);
	assert_int_equal(bytes % seam->align_bytes, 0);
	assert_true(bytes && bytes <= HALF && offset + bytes <= FILE_BYTES);
	if (out.writes++ >= out.fail_at)
		return -EIO;
	out.pending[slot].buf = buf;
	out.pending[slot].offset = offset;
	out.pending[slot].bytes = bytes;
	return 0;
}

static int out_wait(struct dump_out *seam, const void *buf)
{
	u32 slot = buf == buffer + HALF;

	if (out.pending[slot].buf)
		memcpy(out.file + out.pending[slot].offset, buf, out.pending[slot].bytes);
	out.pending[slot].buf = NULL;
	return 0;
}

static int setup(void **state)
{
	memset(&out, 0, sizeof(out));
	memset(expected, 0, sizeof(expected));
	out.seam = (struct dump_out){ .align_bytes = 512, .write = out_write, .wait = out_wait };
	out.fail_at = ~0u;
	return 0;
}

/* Pieces of any size, some of them fillings; an end now and then. */
static void test_any_pieces(void **state)
{
	static u8 piece[20000];
	u64 seed = 11, at = 8192;
	struct append append;

	append_init(&append, &out.seam, at, buffer, HALF);
	for (int i = 0; i < 60; i++) {
		u64 bytes = fake_random(&seed) % (i % 7 ? 600 : sizeof(piece));

		assert_int_equal(append_offset(&append), at);
		for (u64 j = 0; j < bytes; j++)
			piece[j] = i % 5 ? (u8)fake_random(&seed) : (u8)i;
		assert_int_equal(i % 5 ? append_bytes(&append, piece, bytes) : append_fill(&append, (u8)i, bytes), 0);
		memcpy(expected + at, piece, bytes);
		at += bytes;
		if (i % 13 == 12) {
			assert_int_equal(append_end(&append), 0);
			at = align_up(at, 512);
			assert_memory_equal(out.file, expected, at);
		}
	}
	assert_int_equal(append_end(&append), 0);
	assert_memory_equal(out.file, expected, FILE_BYTES);
	assert_null(out.pending[0].buf);
	assert_null(out.pending[1].buf);
}

/* Somebody else writes there; what comes before is whole blocks, what comes behind follows. */
static void test_gap(void **state)
{
	static const u8 piece[1000] = { 7, [999] = 9 };
	struct append append;
	u64 offset;

	append_init(&append, &out.seam, 0, buffer, HALF);
	assert_int_equal(append_gap(&append, 4096, &offset), 0);
	assert_int_equal(offset, 0);
	assert_int_equal(append_bytes(&append, piece, sizeof(piece)), 0);
	assert_int_equal(append_gap(&append, 8192, &offset), 0);
	assert_int_equal(offset, 4096 + 1024);
	assert_int_equal(append_offset(&append), offset + 8192);
	assert_int_equal(append_bytes(&append, piece, sizeof(piece)), 0);
	assert_int_equal(append_end(&append), 0);
	memcpy(expected + 4096, piece, sizeof(piece));
	memcpy(expected + 4096 + 1024 + 8192, piece, sizeof(piece));
	assert_memory_equal(out.file, expected, FILE_BYTES);
}

static void test_nothing(void **state)
{
	struct append append;

	append_init(&append, &out.seam, 0, buffer, HALF);
	assert_int_equal(append_bytes(&append, NULL, 0), 0);
	assert_int_equal(append_end(&append), 0);
	assert_int_equal(out.writes, 0);
}

/* The first error stays; nothing is written behind a gap. */
static void test_error_stays(void **state)
{
	static const u8 piece[3 * HALF];
	struct append append;

	out.fail_at = 2;
	append_init(&append, &out.seam, 0, buffer, HALF);
	assert_int_equal(append_bytes(&append, piece, sizeof(piece)), -EIO);
	out.fail_at = ~0u;
	assert_int_equal(append_bytes(&append, piece, sizeof(piece)), -EIO);
	assert_int_equal(append_end(&append), -EIO);
	assert_int_equal(out.writes, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_any_pieces, setup), cmocka_unit_test_setup(test_gap, setup), cmocka_unit_test_setup(test_nothing, setup), cmocka_unit_test_setup(test_error_stays, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
