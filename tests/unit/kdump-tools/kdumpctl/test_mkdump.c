// SPDX-License-Identifier: GPL-2.0
#include "fake_root.h"
#include "fault.h"
#include "unit.h"

#include <fcntl.h>

#include "kdumpctl/mkdump.h"

#define DISK_BYTES (130ull << 20)	/* chunks 0, 1, 2 and the end */

static const u8 uuid[16] = { 1, 2, 3 };
static struct target_disk disk;
static char reason[512];
static u64 generation;

static int setup(void **state)
{
	fake_root_setup(state);
	fake_file("/disk", "");
	if (truncate(fake_path("/disk"), DISK_BYTES) || target_disk_open(&disk, fake_path("/disk"), TARGET_DISK_WRITE))
		return -1;
	fault_set(0, false);
	return 0;
}

static int teardown(void **state)
{
	target_disk_close(&disk);
	return fake_root_teardown(state);
}

static void poke(u64 offset, const void *data, size_t bytes)
{
	int fd = open(fake_path("/disk"), O_WRONLY);

	assert_int_equal(syscall(SYS_pwrite64, fd, data, bytes, offset), bytes);
	close(fd);
}

static int check(const char *force)
{
	generation = 0;
	return mkdump_check(&disk, force, &generation, reason, sizeof(reason));
}

static void test_mkdump_write_is_a_target(void **state)
{
	struct target_header header;
	u64 offset;

	assert_int_equal(check(NULL), 0);
	assert_int_equal(generation, 1);
	assert_int_equal(mkdump_write(&disk, uuid, generation), 0);
	assert_int_equal(target_disk_read_header(&disk, &header), 0);
	assert_int_equal(header.state, TARGET_EMPTY);
	assert_int_equal(header.generation, 1);
	assert_int_equal(header.size_bytes, DISK_BYTES);
	assert_memory_equal(header.uuid, uuid, sizeof(uuid));
	assert_int_equal(target_disk_check_stamps(&disk, &header, 0, &offset), 0);
	assert_int_equal(target_chunk_count(header.payload_limit), 3);
	/* Again: the generation goes on. */
	assert_int_equal(check(NULL), 0);
	assert_int_equal(generation, 2);
}

static void test_mkdump_check_one_bad_stamp_is_found(void **state)
{
	static const u64 places[] = { TARGET_STAMP0_OFFSET, 64ull << 20, 128ull << 20, DISK_BYTES - (1 << 20) };
	struct target_header header;
	u64 offset = 0;

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		mkdump_write(&disk, uuid, 1);
		target_disk_read_header(&disk, &header);
		poke(places[i] + 100, "x", 1);
		assert_int_equal(target_disk_check_stamps(&disk, &header, 0, &offset), -EBADMSG);
		assert_int_equal(offset, places[i]);
	}
}

static void test_mkdump_check_signatures(void **state)
{
	static const struct {
		u64 offset;
		const char *magic, *name;
	} swap = { 4096 - 10, "SWAPSPACE2", "swap" };
	u8 swap_header[] = { 1, 0, 0, 0, 0xff, 3, 0, 0 };

	poke(swap.offset, swap.magic, strlen(swap.magic));
	poke(1024, swap_header, sizeof(swap_header));
	assert_int_equal(check(NULL), -EEXIST);
	assert_non_null(strstr(reason, "--force=swap"));
	assert_int_equal(check("ext4"), -EEXIST);
	assert_int_equal(check("swa"), -EEXIST);
	assert_int_equal(check("ext4,swap"), 0);
	assert_int_equal(mkdump_write(&disk, uuid, 1), 0);
	assert_int_equal(check(NULL), 0);
}

static void test_mkdump_check_partition_table(void **state)
{
	u8 entry[16] = { 0, 0, 2, 0, 0x83, 0, 2, 0, 0, 8, 0, 0, 0, 8, 0, 0 };

	poke(446, entry, sizeof(entry));
	poke(510, "\x55\xaa", 2);
	assert_int_equal(check(NULL), -EEXIST);
	assert_non_null(strstr(reason, "dos"));
	assert_int_equal(check("dos"), 0);
	assert_int_equal(mkdump_write(&disk, uuid, 1), 0);
}

static void test_mkdump_check_btrfs_at_64_kib(void **state)
{
	poke((64 << 10) + 0x40, "_BHRfS_M", 8);
	assert_int_equal(check(NULL), -EEXIST);
	assert_int_equal(check("btrfs"), 0);
	assert_int_equal(mkdump_write(&disk, uuid, 1), 0);
	assert_int_equal(check(NULL), 0);
}

static void test_mkdump_check_uncollected_dump(void **state)
{
	static const u32 states[] = { TARGET_STAGE1, TARGET_WRITING, TARGET_COMPLETE, TARGET_FAILED };
	struct target_header header;

	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		assert_int_equal(mkdump_write(&disk, uuid, 1), 0);
		target_disk_read_header(&disk, &header);
		header.state = states[i];
		target_disk_write_header(&disk, &header);
		assert_int_equal(check(NULL), -EEXIST);
		assert_non_null(strstr(reason, "collect"));
		assert_int_equal(check("dump"), 0);
	}
}

static void test_mkdump_check_too_small(void **state)
{
	struct target_disk small = disk;

	small.device_bytes = TARGET_MIN_BYTES - 1;
	assert_int_equal(mkdump_check(&small, NULL, &generation, reason, sizeof(reason)), -EFBIG);
	small.device_bytes = TARGET_MIN_BYTES;
	assert_int_equal(mkdump_check(&small, NULL, &generation, reason, sizeof(reason)), 0);
}

static void test_mkdump_write_odd_size(void **state)
{
	struct target_disk odd = disk;
	struct target_header header;

	odd.device_bytes = (70ull << 20) + 512;
	assert_int_equal(mkdump_write(&odd, uuid, 1), 0);
	assert_int_equal(target_disk_read_header(&odd, &header), 0);
	assert_int_equal(header.size_bytes, 70ull << 20);
}

/* Cut off anywhere, there is no valid header, or a whole target. */
static void test_mkdump_write_interrupted(void **state)
{
	struct target_header header;
	unsigned operations;
	u64 offset;

	assert_int_equal(mkdump_write(&disk, uuid, 1), 0);
	fault_set(0, false);
	assert_int_equal(mkdump_write(&disk, uuid, 2), 0);
	operations = fault_operations;
	assert_true(operations > 10);
	for (unsigned at = 1; at <= operations; at++) {
		fault_set(at, true);
		assert_int_equal(mkdump_write(&disk, uuid, at + 2), -EIO);
		fault_set(0, false);
		/* The first write and the last flush apart, where old or new may be there whole. */
		if (!target_disk_read_header(&disk, &header))
			assert_int_equal(target_disk_check_stamps(&disk, &header, 0, &offset), 0);
	}
}

#define with_disk(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_disk(test_mkdump_write_is_a_target),
		with_disk(test_mkdump_check_one_bad_stamp_is_found),
		with_disk(test_mkdump_check_signatures),
		with_disk(test_mkdump_check_partition_table),
		with_disk(test_mkdump_check_btrfs_at_64_kib),
		with_disk(test_mkdump_check_uncollected_dump),
		with_disk(test_mkdump_check_too_small),
		with_disk(test_mkdump_write_odd_size),
		with_disk(test_mkdump_write_interrupted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
