// SPDX-License-Identifier: GPL-2.0
#include "capture/target.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

#define MIB (1ull << 20)
#define SIZE (200 * MIB)

static struct target_header header;

static int make_header(void **state)
{
	header = (struct target_header){
		.magic = TARGET_MAGIC, .version = TARGET_VERSION, .state = TARGET_ARMED, .generation = 3,
		.size_bytes = SIZE, .payload_limit = SIZE - MIB,
	};
	memset(header.uuid, 0xab, sizeof(header.uuid));
	target_header_seal(&header);
	return 0;
}

static void test_target_header_check_valid(void **state)
{
	assert_int_equal(target_header_check(&header, SIZE), 0);
	assert_int_equal(target_header_check(&header, SIZE + MIB), 0);	/* a device may be larger */
}

static void test_target_header_check_every_damaged_bit(void **state)
{
	u8 *raw = (u8 *)&header;

	for (u32 bit = 0; bit < sizeof(header) * 8; bit++) {
		raw[bit / 8] ^= (u8)(1u << bit % 8);
		assert_int_equal(target_header_check(&header, SIZE), bit < 64 ? -ENOMEDIUM : -EBADMSG);
		raw[bit / 8] ^= (u8)(1u << bit % 8);
	}
}

static void test_target_header_check_version(void **state)
{
	header.version++;
	target_header_seal(&header);
	assert_int_equal(target_header_check(&header, SIZE), -EPROTONOSUPPORT);
}

static void test_target_header_check_sizes(void **state)
{
	static const u64 bad[] = { 0, TARGET_TAIL_BYTES - TARGET_BLOCK, TARGET_MIN_BYTES - TARGET_BLOCK, SIZE - 512,
				   SIZE + TARGET_BLOCK, ~0ull - 4095 };

	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		header.size_bytes = bad[i];
		header.payload_limit = bad[i] - TARGET_TAIL_BYTES;
		target_header_seal(&header);
		assert_int_equal(target_header_check(&header, SIZE), -ERANGE);
	}
	make_header(state);
	header.payload_limit += TARGET_BLOCK;
	target_header_seal(&header);
	assert_int_equal(target_header_check(&header, SIZE), -ERANGE);
}

static void test_target_size_bytes_whole_blocks(void **state)
{
	assert_int_equal(target_size_bytes(SIZE), SIZE);
	assert_int_equal(target_size_bytes(SIZE + 4095), SIZE);
	assert_int_equal(target_payload_limit(SIZE), SIZE - MIB);
}

/* A stamp for each chunk that the payload can reach, none beyond the limit. */
static void test_target_chunk_count_limits(void **state)
{
	assert_int_equal(target_chunk_count(1), 1);
	assert_int_equal(target_chunk_count(TARGET_CHUNK_BYTES), 1);
	assert_int_equal(target_chunk_count(TARGET_CHUNK_BYTES + TARGET_BLOCK), 2);
	assert_int_equal(target_chunk_count(SIZE - MIB), 4);
	for (u64 size = TARGET_MIN_BYTES; size < 300 * MIB; size += TARGET_BLOCK) {
		u64 limit = target_payload_limit(size), last = target_chunk_count(limit) - 1;

		assert_true(last * TARGET_CHUNK_BYTES + (last ? TARGET_BLOCK : 0) <= limit);
		assert_true((last + 1) * TARGET_CHUNK_BYTES >= limit);
	}
}

static void test_target_stamp_offset_places(void **state)
{
	assert_int_equal(target_stamp_offset(&header, 0), 4096);
	assert_int_equal(target_stamp_offset(&header, 1), 64 * MIB);
	assert_int_equal(target_stamp_offset(&header, 3), 192 * MIB);
	assert_int_equal(target_stamp_offset(&header, TARGET_CHUNK_END), SIZE - MIB);
}

static void test_target_stamp_matches_own(void **state)
{
	static const u64 chunks[] = { 0, 1, 3, TARGET_CHUNK_END };
	struct target_stamp stamp;

	for (u32 i = 0; i < ARRAY_SIZE(chunks); i++) {
		memset(&stamp, 0xff, sizeof(stamp));
		target_stamp_fill(&stamp, &header, chunks[i]);
		for (u32 j = 0; j < ARRAY_SIZE(chunks); j++)
			assert_int_equal(target_stamp_matches(&stamp, &header, chunks[j]), i == j);
	}
}

static void test_target_stamp_matches_other_target(void **state)
{
	struct target_header other = header;
	struct target_stamp stamp;

	target_stamp_fill(&stamp, &header, 1);
	other.uuid[15]++;
	assert_false(target_stamp_matches(&stamp, &other, 1));
	other = header;
	other.generation++;
	assert_false(target_stamp_matches(&stamp, &other, 1));
}

static void test_target_stamp_matches_every_damaged_bit(void **state)
{
	struct target_stamp stamp;
	u8 *raw = (u8 *)&stamp;

	target_stamp_fill(&stamp, &header, 1);
	for (u32 bit = 0; bit < sizeof(stamp) * 8; bit++) {
		raw[bit / 8] ^= (u8)(1u << bit % 8);
		assert_false(target_stamp_matches(&stamp, &header, 1));
		raw[bit / 8] ^= (u8)(1u << bit % 8);
	}
	memset(&stamp, 0, sizeof(stamp));
	assert_false(target_stamp_matches(&stamp, &header, 1));
}

#define WITH_HEADER(test) cmocka_unit_test_setup(test, make_header)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_HEADER(test_target_header_check_valid),
		WITH_HEADER(test_target_header_check_every_damaged_bit),
		WITH_HEADER(test_target_header_check_version),
		WITH_HEADER(test_target_header_check_sizes),
		WITH_HEADER(test_target_size_bytes_whole_blocks),
		WITH_HEADER(test_target_chunk_count_limits),
		WITH_HEADER(test_target_stamp_offset_places),
		WITH_HEADER(test_target_stamp_matches_own),
		WITH_HEADER(test_target_stamp_matches_other_target),
		WITH_HEADER(test_target_stamp_matches_every_damaged_bit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
