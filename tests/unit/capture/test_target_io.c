// SPDX-License-Identifier: GPL-2.0
#include "capture/target_io.h"

#include <stdarg.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>

#include "fake_disk.h"

#define MIB (1ull << 20)
#define DISK_BYTES (210 * MIB)
#define BASE (3 * MIB)
#define SIZE (200 * MIB)
#define LIMIT (SIZE - MIB)

static const u8 uuid[16] = "lifeboat target";
static struct fake_disk disk;
static struct target target;
static u8 data[32 * PAGE_BYTES];

static int make_target(void **state)
{
	fake_disk_init(&disk, DISK_BYTES, 512);
	fake_disk_make_target(&disk, BASE, SIZE, uuid, 5);
	target = (struct target){
		.disk = &disk.target,
		.header = calloc(1, sizeof(*target.header)),
		.stamp = calloc(1, sizeof(*target.stamp)),
		.chunk_matched = calloc(1, target_map_bytes(SIZE)),
	};
	memset(data, 0x77, sizeof(data));
	return 0;
}

static int free_target(void **state)
{
	free(target.header);
	free(target.stamp);
	free(target.chunk_matched);
	fake_disk_deinit(&disk);
	return 0;
}

static int open_target(void)
{
	return target_open(&target, BASE, SIZE, uuid, 5);
}

static struct target_header *disk_header(void)
{
	return (struct target_header *)(disk.bytes + BASE);
}

static void assert_nothing_written(void)
{
	assert_true(fake_disk_untouched(&disk, 0, DISK_BYTES));
}

static void assert_open_fails(int err, enum dump_error error, s64 offset)
{
	assert_int_equal(open_target(), err);
	assert_int_equal(target.error, error);
	assert_int_equal(target.error_offset, offset);
	assert_nothing_written();
}

static void test_target_open_armed(void **state)
{
	assert_int_equal(open_target(), 0);
	assert_int_equal(target_chunk_count(target.header->payload_limit), 4);
	assert_int_equal(target.header->state, TARGET_ARMED);
	assert_int_equal(target.error_offset, -1);
	assert_nothing_written();
}

static void test_target_open_no_header(void **state)
{
	memset(disk_header(), 0, TARGET_BLOCK);
	assert_open_fails(-ENOMEDIUM, DUMP_TARGET_NO_HEADER, 0);
}

static void test_target_open_damaged_header(void **state)
{
	disk_header()->generation++;
	assert_open_fails(-EBADMSG, DUMP_TARGET_BAD_HEADER, 0);
}

static void test_target_open_header_larger_than_partition(void **state)
{
	disk_header()->size_bytes = SIZE + MIB;
	disk_header()->payload_limit = SIZE;
	target_header_seal(disk_header());
	assert_open_fails(-ERANGE, DUMP_TARGET_BAD_HEADER, 0);
}

static void test_target_open_stale(void **state)
{
	assert_int_equal(target_open(&target, BASE, SIZE, uuid, 4), -ESTALE);
	assert_int_equal(target.error, DUMP_TARGET_STALE);
	assert_int_equal(target_open(&target, BASE, SIZE, (const u8 *)"another target..", 5), -ESTALE);
	assert_int_equal(target.error, DUMP_TARGET_STALE);
	assert_nothing_written();
}

static void test_target_open_not_armed(void **state)
{
	for (u32 i = 0; i < 10; i++) {
		if (i == TARGET_ARMED)
			continue;
		disk_header()->state = i;
		target_header_seal(disk_header());
		assert_open_fails(-EBUSY, DUMP_TARGET_NOT_ARMED, 0);
	}
}

static void test_target_open_outside_of_disk(void **state)
{
	static const struct { u64 base, size; } bad[] = {
		{ BASE, 0 }, { BASE, TARGET_MIN_BYTES - 4096 }, { BASE, DISK_BYTES - BASE + 512 }, { DISK_BYTES, SIZE },
		{ ~0ull - 511, SIZE }, { BASE, ~0ull }, { BASE + 1, SIZE },
	};

	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(target_open(&target, bad[i].base, bad[i].size, uuid, 5), -ENXIO);
		assert_int_equal(target.error, DUMP_TARGET_OTHER_DISK);
	}
	assert_int_equal(disk.ops, 0);
}

static void test_target_open_wrong_end_stamp(void **state)
{
	disk.bytes[BASE + LIMIT + 100] ^= 1;
	assert_open_fails(-ESTALE, DUMP_TARGET_BAD_STAMP, LIMIT);
}

static void test_target_open_wrong_first_stamp(void **state)
{
	disk.bytes[BASE + TARGET_STAMP0_OFFSET] ^= 1;
	assert_open_fails(-ESTALE, DUMP_TARGET_BAD_STAMP, TARGET_STAMP0_OFFSET);
}

static void test_target_open_read_fails(void **state)
{
	static const u64 offsets[] = { 0, LIMIT, TARGET_STAMP0_OFFSET };

	for (u64 nth = 0; nth < 3; nth++) {
		disk.ops = 0;
		memset(target.chunk_matched, 0, target_map_bytes(SIZE));
		disk.fault = (struct fake_fault){ .first = nth, .count = 1, .status = -EIO };
		assert_open_fails(-EIO, DUMP_TARGET_IO, (s64)offsets[nth]);
		disk.ops = 0;
		memset(target.chunk_matched, 0, target_map_bytes(SIZE));
		disk.fault.status = -ETIMEDOUT;
		assert_open_fails(-ETIMEDOUT, DUMP_TARGET_TIMEOUT, (s64)offsets[nth]);
	}
}

static void test_target_open_queue_full(void **state)
{
	disk.fault = (struct fake_fault){ .first = 0, .count = 100, .status = -EAGAIN };
	assert_int_equal(open_target(), 0);
}

/* --- writes ------------------------------------------------------------------------- */

static void test_target_write_lands(void **state)
{
	assert_int_equal(open_target(), 0);
	assert_int_equal(target_write(&target, TARGET_PAYLOAD_OFFSET, data, sizeof(data)), 0);	/* two transfers */
	assert_memory_equal(disk.bytes + BASE + TARGET_PAYLOAD_OFFSET, data, sizeof(data));
	assert_true(fake_disk_untouched(&disk, 0, BASE + TARGET_PAYLOAD_OFFSET));
	assert_true(fake_disk_untouched(&disk, BASE + TARGET_PAYLOAD_OFFSET + sizeof(data), DISK_BYTES));
}

static void test_target_write_bounds(void **state)
{
	static const struct { u64 offset; u32 bytes; } bad[] = {
		{ 0, 4096 }, { TARGET_STAMP0_OFFSET, 4096 }, { TARGET_LOG_OFFSET - 512, 512 },
		{ TARGET_LOG_OFFSET - 512, 4096 }, { LIMIT, 512 }, { LIMIT - 512, 1024 }, { SIZE, 512 },
		{ ~0ull - 511, 512 }, { ~0ull - 511, 4096 }, { SIZE - 512, 512 },
	};

	assert_int_equal(open_target(), 0);
	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(target_write(&target, bad[i].offset, data, bad[i].bytes), -ERANGE);
		assert_int_equal(target.error_offset, (s64)bad[i].offset);
	}
	assert_nothing_written();
	assert_int_equal(target_write(&target, TARGET_LOG_OFFSET, data, 512), 0);
	assert_int_equal(target_write(&target, LIMIT - 512, data, 512), 0);
}

/* Every offset and length that the disk can take: only what may be written is. */
static void test_target_write_random_bounds(void **state)
{
	u64 seed = 3;

	assert_int_equal(open_target(), 0);
	for (u32 i = 0; i < 20000; i++) {
		static const u64 near[] = { 0, TARGET_LOG_OFFSET, TARGET_PAYLOAD_OFFSET, TARGET_CHUNK_BYTES, LIMIT, SIZE,
					    ~0ull };
		u64 offset = align_down(near[fake_random(&seed) % ARRAY_SIZE(near)] + fake_random(&seed) % 65536 - 32768, 512);
		u32 bytes = (u32)(1 + fake_random(&seed) % 64) * 512;
		bool allowed = offset >= TARGET_LOG_OFFSET && offset < LIMIT && bytes <= LIMIT - offset;

		assert_int_equal(target_write(&target, offset, data, bytes), allowed ? 0 : -ERANGE);
	}
	assert_true(fake_disk_untouched(&disk, 0, BASE + TARGET_LOG_OFFSET));
	assert_true(fake_disk_untouched(&disk, BASE + LIMIT, DISK_BYTES));
}

static void test_target_write_wrong_middle_stamp(void **state)
{
	assert_int_equal(open_target(), 0);
	disk.bytes[BASE + TARGET_CHUNK_BYTES] ^= 1;
	assert_int_equal(target_write(&target, TARGET_CHUNK_BYTES + PAGE_BYTES, data, PAGE_BYTES), -ESTALE);
	assert_int_equal(target.error, DUMP_TARGET_BAD_STAMP);
	assert_int_equal(target.error_offset, TARGET_CHUNK_BYTES);
	/* A write that only ends in that chunk is not done at all. */
	assert_int_equal(target_write(&target, TARGET_CHUNK_BYTES - PAGE_BYTES, data, 2 * PAGE_BYTES), -ESTALE);
	assert_nothing_written();
	/* The chunks around it are good. */
	assert_int_equal(target_write(&target, TARGET_CHUNK_BYTES - PAGE_BYTES, data, PAGE_BYTES), 0);
	assert_int_equal(target_write(&target, 2 * TARGET_CHUNK_BYTES, data, PAGE_BYTES), 0);
	assert_true(fake_disk_untouched(&disk, BASE + TARGET_CHUNK_BYTES, BASE + 2 * TARGET_CHUNK_BYTES));
}

/* Read once per chunk, before the first write; the payload may then overwrite the stamp. */
static void test_target_write_stamp_read_once(void **state)
{
	u64 ops;

	assert_int_equal(open_target(), 0);
	assert_int_equal(target_write(&target, TARGET_CHUNK_BYTES, data, PAGE_BYTES), 0);
	ops = disk.ops;
	assert_int_equal(target_write(&target, TARGET_CHUNK_BYTES, data, PAGE_BYTES), 0);
	assert_int_equal(disk.ops, ops + 1);
}

static void test_target_write_stamp_unreadable(void **state)
{
	assert_int_equal(open_target(), 0);
	disk.fault = (struct fake_fault){ .first = disk.ops, .count = 1, .status = -EIO };
	assert_int_equal(target_write(&target, TARGET_CHUNK_BYTES + PAGE_BYTES, data, PAGE_BYTES), -EIO);
	assert_int_equal(target.error, DUMP_TARGET_IO);
	assert_int_equal(target.error_offset, TARGET_CHUNK_BYTES);
	assert_nothing_written();
	/* Not remembered as matched. */
	disk.bytes[BASE + TARGET_CHUNK_BYTES] ^= 1;
	assert_int_equal(target_write(&target, TARGET_CHUNK_BYTES + PAGE_BYTES, data, PAGE_BYTES), -ESTALE);
	assert_nothing_written();
}

static void test_target_write_fails(void **state)
{
	static const struct { int status; enum dump_error error; } faults[] = {
		{ -EIO, DUMP_TARGET_IO }, { -ETIMEDOUT, DUMP_TARGET_TIMEOUT }, { -EFAULT, DUMP_TARGET_IO },
	};

	assert_int_equal(open_target(), 0);
	for (u32 i = 0; i < ARRAY_SIZE(faults); i++) {
		/* The second transfer of two: the offset is its own. */
		disk.fault = (struct fake_fault){ .first = disk.ops + 1, .count = 1, .status = faults[i].status };
		assert_int_equal(target_write(&target, 2 * MIB, data, sizeof(data)), faults[i].status);
		assert_int_equal(target.error, faults[i].error);
		assert_int_equal(target.error_offset, 2 * MIB + disk.target.max_transfer_bytes);
	}
	disk.fault = (struct fake_fault){ .first = disk.ops, .count = 50, .status = -EAGAIN };
	assert_int_equal(target_write(&target, 2 * MIB, data, sizeof(data)), 0);
}

static void test_target_submit_queue_full(void **state)
{
	struct dump_io io[FAKE_DISK_DEPTH + 1] = { { 0 } };

	assert_int_equal(open_target(), 0);
	for (u32 i = 0; i <= FAKE_DISK_DEPTH; i++) {
		io[i] = (struct dump_io){ .buf = data, .bytes = PAGE_BYTES };
		assert_int_equal(target_submit(&target, &io[i], 2 * MIB + i * PAGE_BYTES), i < FAKE_DISK_DEPTH ? 0 : -EAGAIN);
	}
	assert_int_equal(target.error, 0);	/* a full queue is no error */
	disk.target.poll(&disk.target);
	assert_int_equal(target_submit(&target, &io[FAKE_DISK_DEPTH], 3 * MIB), 0);
	disk.target.poll(&disk.target);
	assert_int_equal(fake_disk_in_flight(&disk), 0);
}

static void test_target_submit_breaks_the_disks_rules(void **state)
{
	struct dump_io io = { .buf = data, .bytes = 100 };

	assert_int_equal(open_target(), 0);
	assert_int_equal(target_submit(&target, &io, 2 * MIB), -EINVAL);
	io = (struct dump_io){ .buf = data, .bytes = 0 };
	assert_int_equal(target_submit(&target, &io, 2 * MIB), -ERANGE);
	io = (struct dump_io){ .buf = data, .bytes = 512 };
	assert_int_equal(target_submit(&target, &io, 2 * MIB + 8), -EINVAL);
	assert_nothing_written();
}

static void test_target_write_header_seals(void **state)
{
	assert_int_equal(open_target(), 0);
	target.header->state = TARGET_COMPLETE;
	assert_int_equal(target_write_header(&target), 0);
	assert_int_equal(target_header_check(disk_header(), SIZE), 0);
	assert_int_equal(disk_header()->state, TARGET_COMPLETE);
	assert_true(fake_disk_untouched(&disk, BASE + TARGET_BLOCK, DISK_BYTES));
	assert_true(fake_disk_untouched(&disk, 0, BASE));
}

static void test_target_flush_fails(void **state)
{
	assert_int_equal(open_target(), 0);
	assert_int_equal(target_flush(&target), 0);
	disk.fault = (struct fake_fault){ .first = disk.ops, .count = 1, .status = -ETIMEDOUT };
	assert_int_equal(target_flush(&target), -ETIMEDOUT);
	assert_int_equal(target.error, DUMP_TARGET_TIMEOUT);
}

#define WITH_TARGET(test) cmocka_unit_test_setup_teardown(test, make_target, free_target)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TARGET(test_target_open_armed),
		WITH_TARGET(test_target_open_no_header),
		WITH_TARGET(test_target_open_damaged_header),
		WITH_TARGET(test_target_open_header_larger_than_partition),
		WITH_TARGET(test_target_open_stale),
		WITH_TARGET(test_target_open_not_armed),
		WITH_TARGET(test_target_open_outside_of_disk),
		WITH_TARGET(test_target_open_wrong_end_stamp),
		WITH_TARGET(test_target_open_wrong_first_stamp),
		WITH_TARGET(test_target_open_read_fails),
		WITH_TARGET(test_target_open_queue_full),
		WITH_TARGET(test_target_write_lands),
		WITH_TARGET(test_target_write_bounds),
		WITH_TARGET(test_target_write_random_bounds),
		WITH_TARGET(test_target_write_wrong_middle_stamp),
		WITH_TARGET(test_target_write_stamp_read_once),
		WITH_TARGET(test_target_write_stamp_unreadable),
		WITH_TARGET(test_target_write_fails),
		WITH_TARGET(test_target_submit_queue_full),
		WITH_TARGET(test_target_submit_breaks_the_disks_rules),
		WITH_TARGET(test_target_write_header_seals),
		WITH_TARGET(test_target_flush_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
