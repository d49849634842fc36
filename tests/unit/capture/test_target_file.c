// SPDX-License-Identifier: GPL-2.0
/* A dump file as target: its pieces lie anywhere, and any block may be another file's by now. */
#include "capture/target_io.h"

#include <stdarg.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>

#include "fake_disk.h"

#define MIB (1ull << 20)
#define DISK_BYTES (80 * MIB)
#define START (3 * MIB)
#define SIZE (70 * MIB)		/* two chunks */
#define LIMIT (SIZE - MIB)
#define SEALS_BYTES (5 * TARGET_BLOCK)	/* no divisor of a piece */

static const u8 uuid[16] = "lifeboat file";
static struct fake_disk disk;
static struct target target;
static struct extent list[64];
static u32 count;
static u8 data[64 * PAGE_BYTES];
static u8 foreign[TARGET_BLOCK];

static int make_file(void **state)
{
	u64 seed = 7;

	fake_disk_init(&disk, DISK_BYTES, 512);
	count = fake_disk_scatter(list, ARRAY_SIZE(list), START, START + SIZE, &seed);
	fake_disk_make_file(&disk, list, count, uuid, 5);
	target = (struct target){
		.disk = &disk.target, .extent = list, .extents = count,
		.header = calloc(1, sizeof(*target.header)),
		.stamp = calloc(1, sizeof(*target.stamp)),
		.chunk_matched = calloc(1, target_map_bytes(SIZE)),
		.piece_matched = calloc(1, target_piece_map_bytes(SIZE)),
		.seals = malloc(SEALS_BYTES), .seals_bytes = SEALS_BYTES,
	};
	memset(data, 0x77, sizeof(data));
	memset(foreign, 0xf0, sizeof(foreign));
	return 0;
}

static int free_file(void **state)
{
	free(target.header);
	free(target.stamp);
	free(target.chunk_matched);
	free(target.piece_matched);
	free(target.seals);
	fake_disk_deinit(&disk);
	return 0;
}

static u64 place(u64 offset)
{
	u64 at, run;

	assert_int_equal(extent_find(list, count, offset, &at, &run), 0);
	return at;
}

static int open_file(void)
{
	return target_open(&target, 0, SIZE, uuid, 5);
}

static struct target_header *disk_header(void)
{
	return (struct target_header *)(disk.bytes + place(0));
}

static void assert_nothing_written(void)
{
	assert_true(fake_disk_untouched(&disk, 0, DISK_BYTES));
}

static void test_target_file_open(void **state)
{
	assert_int_equal(open_file(), 0);
	assert_int_equal(target.header->state, TARGET_ARMED);
	assert_nothing_written();
}

/* A header of a partition in a file, and of a file on a partition: neither was made by mkdump. */
static void test_target_file_open_other_kind(void **state)
{
	disk_header()->flags = 0;
	target_header_seal(disk_header());
	assert_int_equal(open_file(), -EBADMSG);
	assert_int_equal(target.error, DUMP_TARGET_BAD_HEADER);
	disk_header()->flags = TARGET_SEALED;
	target_header_seal(disk_header());
	target.extents = 0;
	assert_int_equal(target_open(&target, place(0), SIZE, uuid, 5), -EBADMSG);
	assert_int_equal(target.error, DUMP_TARGET_BAD_HEADER);
	disk_header()->flags = TARGET_SEALED | 2;	/* of a later version */
	target_header_seal(disk_header());
	target.extents = count;
	assert_int_equal(open_file(), -EPROTONOSUPPORT);
	assert_nothing_written();
}

/* The first piece has the header's own neighbours: it is matched before the header is written. */
static void test_target_file_open_first_piece(void **state)
{
	static const u64 offsets[] = { 2 * TARGET_BLOCK, TARGET_LOG_OFFSET, TARGET_STAGE1_OFFSET, MIB - TARGET_BLOCK };

	for (u32 i = 0; i < ARRAY_SIZE(offsets); i++) {
		u8 saved[TARGET_BLOCK];

		memcpy(saved, disk.bytes + place(offsets[i]), sizeof(saved));
		memcpy(disk.bytes + place(offsets[i]), foreign, sizeof(foreign));
		assert_int_equal(open_file(), -ESTALE);
		assert_int_equal(target.error, DUMP_TARGET_BAD_SEAL);
		assert_int_equal(target.error_offset, offsets[i]);
		memcpy(disk.bytes + place(offsets[i]), saved, sizeof(saved));
	}
	assert_nothing_written();
	assert_int_equal(open_file(), 0);
}

static void test_target_file_write_lands(void **state)
{
	u64 offset = 2 * MIB;

	assert_int_equal(open_file(), 0);
	/* Long enough to cross several extents. */
	for (u32 i = 0; i < 20; i++, offset += sizeof(data)) {
		memset(data, (int)i + 1, sizeof(data));
		assert_int_equal(target_write(&target, offset, data, sizeof(data)), 0);
	}
	for (u64 at = 0; at < SIZE; at += TARGET_BLOCK) {
		u64 i = at < 2 * MIB ? ~0ull : (at - 2 * MIB) / sizeof(data);
		bool written = i < 20;

		assert_int_equal(!fake_disk_untouched(&disk, place(at), place(at) + TARGET_BLOCK), written);
		if (written)
			for (u32 byte = 0; byte < TARGET_BLOCK; byte += 512)
				assert_int_equal(disk.bytes[place(at) + byte], i + 1);
	}
	assert_true(fake_disk_untouched(&disk, 0, START));
	assert_true(fake_disk_untouched(&disk, START + SIZE, DISK_BYTES));
}

static void test_target_file_submit_across_extents(void **state)
{
	struct dump_io io = { .buf = data, .bytes = 2 * TARGET_BLOCK };
	u64 end = 0;
	u32 i = 0;

	while (end <= TARGET_PAYLOAD_OFFSET)
		end += list[i++].bytes;
	assert_int_equal(open_file(), 0);
	assert_int_equal(target_run_bytes(&target, end - TARGET_BLOCK), TARGET_BLOCK);
	assert_int_equal(target_submit(&target, &io, end - TARGET_BLOCK), -ERANGE);
	assert_nothing_written();
	io.bytes = TARGET_BLOCK;
	assert_int_equal(target_submit(&target, &io, end - TARGET_BLOCK), 0);
	assert_int_equal(io.tag, end - TARGET_BLOCK);
	assert_int_equal(io.offset, place(end - TARGET_BLOCK));
	disk.target.poll(&disk.target);
	assert_int_equal(target_run_bytes(&target, SIZE), 0);
}

static void test_target_file_write_bounds(void **state)
{
	static const struct { u64 offset; u32 bytes; } bad[] = {
		{ 0, 4096 }, { TARGET_STAMP0_OFFSET, 4096 }, { TARGET_LOG_OFFSET - 512, 4096 }, { LIMIT, 512 },
		{ LIMIT - 512, 1024 }, { SIZE, 512 }, { ~0ull - 511, 512 },
	};

	assert_int_equal(open_file(), 0);
	for (u32 i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(target_write(&target, bad[i].offset, data, bad[i].bytes), -ERANGE);
	assert_nothing_written();
}

/* Matched before anything in the piece is written, and only then. */
static void test_target_file_piece_is_matched_once(void **state)
{
	u64 ops;

	assert_int_equal(open_file(), 0);
	assert_int_equal(target_write(&target, 5 * MIB, data, PAGE_BYTES), 0);
	ops = disk.ops;
	assert_int_equal(target_write(&target, 5 * MIB, data, PAGE_BYTES), 0);
	assert_int_equal(disk.ops, ops + 1);
	/* The last block of another piece is wrong: the first one is not written. */
	memcpy(disk.bytes + place(7 * MIB - TARGET_BLOCK), foreign, sizeof(foreign));
	assert_int_equal(target_write(&target, 6 * MIB, data, PAGE_BYTES), -ESTALE);
	assert_int_equal(target.error, DUMP_TARGET_BAD_SEAL);
	assert_int_equal(target.error_offset, 7 * MIB - TARGET_BLOCK);
	assert_true(fake_disk_untouched(&disk, place(6 * MIB), place(6 * MIB) + TARGET_BLOCK));
}

static void test_target_file_seal_unreadable(void **state)
{
	assert_int_equal(open_file(), 0);
	disk.fault = (struct fake_fault){ .first = disk.ops + 1, .count = 1, .status = -EIO };
	assert_int_equal(target_write(&target, 5 * MIB, data, PAGE_BYTES), -EIO);
	assert_int_equal(target.error, DUMP_TARGET_IO);
	assert_nothing_written();
	/* Not remembered as matched. */
	memcpy(disk.bytes + place(5 * MIB), foreign, sizeof(foreign));
	assert_int_equal(target_write(&target, 5 * MIB + PAGE_BYTES, data, PAGE_BYTES), -ESTALE);
	assert_nothing_written();
}

static void test_target_file_stamp_of_chunk(void **state)
{
	assert_int_equal(open_file(), 0);
	disk.bytes[place(TARGET_CHUNK_BYTES) + 2000] ^= 1;	/* in the part that a seal's check would not see */
	assert_int_equal(target_write(&target, TARGET_CHUNK_BYTES + 2 * MIB, data, PAGE_BYTES), -ESTALE);
	assert_int_equal(target.error, DUMP_TARGET_BAD_STAMP);
	assert_nothing_written();
}

/* A seal that is another block's, another generation's, another file's. */
static void test_target_file_stale_seals(void **state)
{
	struct target_header other;
	void *block = disk.bytes + place(9 * MIB);

	assert_int_equal(open_file(), 0);
	for (u32 i = 0; i < 4; i++) {
		other = *target.header;
		if (i == 0)
			other.generation--;
		if (i == 1)
			other.uuid[15] ^= 1;
		target_seal_fill(block, &other, 9 * MIB + (i == 2 ? TARGET_BLOCK : 0));
		if (i == 3)
			memset(block, 0, TARGET_BLOCK);	/* trimmed */
		assert_int_equal(target_write(&target, 9 * MIB, data, PAGE_BYTES), -ESTALE);
		assert_int_equal(target.error, DUMP_TARGET_BAD_SEAL);
	}
	assert_nothing_written();
}

/* Any block given to anything else, anywhere, in any number: none of them is ever written. */
static void test_target_file_foreign_blocks_random(void **state)
{
	u64 seed = 99;

	for (u32 round = 0; round < 60; round++) {
		u32 blocks = 1 + (u32)(fake_random(&seed) % 40);
		u64 at[40];

		fake_disk_make_file(&disk, list, count, uuid, 5);
		memset(target.chunk_matched, 0, target_map_bytes(SIZE));
		memset(target.piece_matched, 0, target_piece_map_bytes(SIZE));
		for (u32 i = 0; i < blocks; i++) {
			at[i] = place(TARGET_BLOCK * (fake_random(&seed) % (SIZE / TARGET_BLOCK)));
			memcpy(disk.bytes + at[i], foreign, sizeof(foreign));
		}
		if (!open_file())
			for (u64 offset = TARGET_LOG_OFFSET; offset < LIMIT; offset += sizeof(data))
				target_write(&target, offset, data, (u32)min_u64(sizeof(data), LIMIT - offset));
		for (u32 i = 0; i < blocks; i++) {
			assert_memory_equal(disk.bytes + at[i], foreign, sizeof(foreign));
			assert_true(fake_disk_untouched(&disk, at[i], at[i] + TARGET_BLOCK));
		}
	}
}

#define WITH_FILE(test) cmocka_unit_test_setup_teardown(test, make_file, free_file)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FILE(test_target_file_open),
		WITH_FILE(test_target_file_open_other_kind),
		WITH_FILE(test_target_file_open_first_piece),
		WITH_FILE(test_target_file_write_lands),
		WITH_FILE(test_target_file_submit_across_extents),
		WITH_FILE(test_target_file_write_bounds),
		WITH_FILE(test_target_file_piece_is_matched_once),
		WITH_FILE(test_target_file_seal_unreadable),
		WITH_FILE(test_target_file_stamp_of_chunk),
		WITH_FILE(test_target_file_stale_seals),
		WITH_FILE(test_target_file_foreign_blocks_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
