// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kdumpctl/file_extents.h"

#define K4 4096ull

static struct file_extents extents;
static char reason[512];

static int make_empty(void **state)
{
	memset(&extents, 0, sizeof(extents));
	reason[0] = 0;
	return 0;
}

static int add(u64 logical, u64 physical, u64 length, u32 flags)
{
	struct fiemap_extent found = {
		.fe_logical = logical, .fe_physical = physical, .fe_length = length, .fe_flags = flags,
	};

	return file_extents_add(&extents, &found, reason, sizeof(reason));
}

static void test_file_extents_add_pieces(void **state)
{
	assert_int_equal(add(0, 100 * K4, 2 * K4, 0), 0);
	assert_int_equal(add(2 * K4, 7 * K4, K4, FIEMAP_EXTENT_MERGED), 0);
	assert_int_equal(add(3 * K4, 8 * K4, 5 * K4, FIEMAP_EXTENT_LAST), 0);	/* next to the one before */
	assert_int_equal(extents.count, 2);
	assert_int_equal(extents.bytes, 8 * K4);
	assert_int_equal(extents.list[0].disk_bytes, 100 * K4);
	assert_int_equal(extents.list[0].bytes, 2 * K4);
	assert_int_equal(extents.list[1].disk_bytes, 7 * K4);
	assert_int_equal(extents.list[1].bytes, 6 * K4);
}

/* Whatever Linux may say of an extent but these two, now or later, is a reason to keep off. */
static void test_file_extents_add_every_flag(void **state)
{
	const u32 harmless = FIEMAP_EXTENT_LAST | FIEMAP_EXTENT_MERGED;

	for (u32 bit = 0; bit < 32; bit++) {
		u32 flag = 1u << bit;

		make_empty(NULL);
		assert_int_equal(add(0, K4, K4, flag), flag & harmless ? 0 : -EOPNOTSUPP);
		assert_int_equal(extents.count, flag & harmless ? 1 : 0);
		assert_int_equal(!reason[0], !!(flag & harmless));
	}
	assert_int_equal(add(0, K4, K4, FIEMAP_EXTENT_SHARED | FIEMAP_EXTENT_LAST), -EOPNOTSUPP);
	assert_non_null(strstr(reason, "shared"));
}

static void test_file_extents_add_holes(void **state)
{
	assert_int_equal(add(K4, 9 * K4, K4, 0), -EOPNOTSUPP);	/* at the beginning */
	assert_int_equal(add(0, 9 * K4, K4, 0), 0);
	assert_int_equal(add(2 * K4, 20 * K4, K4, 0), -EOPNOTSUPP);
	assert_non_null(strstr(reason, "hole at 4096"));
	assert_int_equal(add(0, 20 * K4, K4, 0), -EOPNOTSUPP);	/* twice */
	assert_int_equal(add(K4, 20 * K4, 0, 0), -EOPNOTSUPP);
	assert_int_equal(add(K4, 20 * K4, 512, 0), -EOPNOTSUPP);
	assert_int_equal(extents.count, 1);
	assert_int_equal(extents.bytes, K4);
}

static void test_file_extents_add_too_many(void **state)
{
	for (u32 i = 0; i < EXTENT_MAX; i++)
		assert_int_equal(add(i * K4, 2 * i * K4, K4, 0), 0);
	assert_int_equal(add(EXTENT_MAX * K4, 2 * EXTENT_MAX * K4, K4, 0), -E2BIG);
	assert_int_equal(extents.count, EXTENT_MAX);
	/* One that belongs to the last is no new piece. */
	assert_int_equal(add(EXTENT_MAX * K4, (2 * EXTENT_MAX - 1) * K4, K4, 0), 0);
	assert_int_equal(extents.count, EXTENT_MAX);
}

/* No file system that has FIEMAP can be taken for granted here; one that has none is. */
static void test_file_extents_read_not_a_file(void **state)
{
	int fd = open("/proc/self/status", O_RDONLY);

	assert_true(fd >= 0);
	assert_true(file_extents_read(fd, K4, &extents, reason, sizeof(reason)) < 0);
	assert_non_null(strstr(reason, "FIEMAP"));
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_file_extents_add_pieces, make_empty),
		cmocka_unit_test_setup(test_file_extents_add_every_flag, make_empty),
		cmocka_unit_test_setup(test_file_extents_add_holes, make_empty),
		cmocka_unit_test_setup(test_file_extents_add_too_many, make_empty),
		cmocka_unit_test_setup(test_file_extents_read_not_a_file, make_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
