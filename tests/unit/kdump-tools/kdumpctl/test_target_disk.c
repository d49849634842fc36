// SPDX-License-Identifier: GPL-2.0
/* The stamps and seals of a dump file, in a plain file. */
#include "fake_root.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>

#include "kdumpctl/target_disk.h"

#define MIB (1ull << 20)
#define SIZE (67 * MIB + 5 * TARGET_BLOCK)	/* two chunks, and a last piece that is not whole */

static struct target_disk disk;
static struct target_header header;

static int setup(void **state)
{
	fake_root_setup(state);
	fake_file("/file", "");
	if (truncate(fake_path("/file"), SIZE) || target_disk_open(&disk, fake_path("/file"), TARGET_DISK_WRITE))
		return -1;
	header = (struct target_header){
		.magic = TARGET_MAGIC, .version = TARGET_VERSION, .state = TARGET_EMPTY, .generation = 3,
		.flags = TARGET_SEALED, .size_bytes = SIZE, .payload_limit = target_payload_limit(SIZE), .uuid = { 1, 2, 3 },
	};
	return target_disk_write_stamps(&disk, &header) || target_disk_write_header(&disk, &header) ? -1 : 0;
}

static int teardown(void **state)
{
	target_disk_close(&disk);
	return fake_root_teardown(state);
}

/* Direct I/O takes whole blocks only: the byte is changed by another descriptor. */
static void damage(u64 offset)
{
	int fd = open(fake_path("/file"), O_RDWR);
	u8 byte;

	assert_int_equal(pread(fd, &byte, 1, offset), 1);
	byte ^= 1;
	assert_int_equal(pwrite(fd, &byte, 1, offset), 1);
	assert_int_equal(fsync(fd), 0);
	close(fd);
}

static void assert_found(bool all, u64 offset, int err)
{
	u64 found = 7;

	assert_int_equal(all ? target_disk_check_seals(&disk, &header, 0, &found) :
			 target_disk_check_stamps(&disk, &header, 0, &found), err);
	assert_int_equal(found, err ? offset : 7);
}

static void test_target_disk_seals_whole(void **state)
{
	struct target_header again;

	assert_int_equal(target_disk_read_header(&disk, &again), 0);
	assert_memory_equal(&again, &header, sizeof(header));
	assert_found(true, 0, 0);
	assert_found(false, 0, 0);
}

static void test_target_disk_check_seals_every_kind(void **state)
{
	static const u64 blocks[] = { 2 * TARGET_BLOCK, TARGET_LOG_OFFSET, TARGET_PAYLOAD_OFFSET, 63 * MIB + 77 * TARGET_BLOCK,
				      TARGET_CHUNK_BYTES + TARGET_BLOCK, SIZE - TARGET_BLOCK };

	for (size_t i = 0; i < ARRAY_SIZE(blocks); i++) {
		damage(blocks[i] + 0x20);
		assert_found(true, blocks[i], -EBADMSG);
		damage(blocks[i] + 0x20);
	}
	assert_found(true, 0, 0);
}

/* What start reads: all stamps, and the first block of each piece. */
static void test_target_disk_check_stamps_samples(void **state)
{
	static const u64 seen[] = { TARGET_STAMP0_OFFSET, TARGET_CHUNK_BYTES, SIZE - MIB, 5 * MIB, 66 * MIB };

	for (size_t i = 0; i < ARRAY_SIZE(seen); i++) {
		damage(seen[i] + 0x10);
		assert_found(false, seen[i], -EBADMSG);
		damage(seen[i] + 0x10);
	}
	damage(5 * MIB + TARGET_BLOCK);
	assert_found(false, 0, 0);
}

/* Behind a dump, which has written over the seals before. */
static void test_target_disk_check_from_offset(void **state)
{
	u64 found;

	damage(5 * MIB);
	damage(7 * MIB);
	assert_int_equal(target_disk_check_stamps(&disk, &header, 6 * MIB + 1, &found), -EBADMSG);
	assert_int_equal(found, 7 * MIB);
	assert_int_equal(target_disk_check_seals(&disk, &header, 5 * MIB + TARGET_BLOCK, &found), -EBADMSG);
	assert_int_equal(found, 7 * MIB);
	assert_int_equal(target_disk_check_stamps(&disk, &header, 7 * MIB + 1, &found), 0);
	assert_int_equal(target_disk_check_seals(&disk, &header, 7 * MIB + 1, &found), 0);
}

/* The next generation leaves nothing of the one before. */
static void test_target_disk_write_stamps_again(void **state)
{
	header.generation++;
	assert_found(true, 2 * TARGET_BLOCK, -EBADMSG);
	assert_int_equal(target_disk_write_stamps(&disk, &header), 0);
	assert_found(true, 0, 0);
	assert_found(false, 0, 0);
}

#define WITH_FILE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FILE(test_target_disk_seals_whole),
		WITH_FILE(test_target_disk_check_seals_every_kind),
		WITH_FILE(test_target_disk_check_stamps_samples),
		WITH_FILE(test_target_disk_check_from_offset),
		WITH_FILE(test_target_disk_write_stamps_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
