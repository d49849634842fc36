// SPDX-License-Identifier: GPL-2.0
#include "fake_root.h"
#include "unit.h"

#include <errno.h>
#include <sys/sysmacros.h>

#include "kdumpctl/device_stack.h"

#define MIB (1ull << 20)
#define SECTORS(mib) ((mib) * 2048)

static struct file_extents extents;
static char reason[512];

/* 254:0 linear in two parts of one disk, :1 on top of :0, :2 thin, :3 over two disks, :4 on itself. */
static int read_table(dev_t device, struct dm_table *ret_table)
{
	const struct dm_piece parts[] = {
		{ 0, SECTORS(100), "linear", makedev(8, 3), SECTORS(1) },
		{ SECTORS(100), SECTORS(50), "linear", makedev(8, 3), SECTORS(500) },
	}, on_top[] = {
		{ 0, SECTORS(120), "linear", makedev(254, 0), SECTORS(10) },
	}, thin[] = {
		{ 0, SECTORS(150), "thin", 0, 0 },
	}, two_disks[] = {
		{ 0, SECTORS(100), "linear", makedev(8, 3), 0 },
		{ SECTORS(100), SECTORS(100), "linear", makedev(8, 17), 0 },
	}, loop[] = {
		{ 0, SECTORS(150), "linear", makedev(254, 4), 0 },
	};
	const struct { const struct dm_piece *piece; size_t count; } tables[] = {
		{ parts, 2 }, { on_top, 1 }, { thin, 1 }, { two_disks, 2 }, { loop, 1 },
	};

	if (minor(device) >= sizeof(tables) / sizeof(tables[0]))
		return -ENODEV;
	*ret_table = (struct dm_table){ .name = "vg-lv", .count = tables[minor(device)].count };
	ret_table->piece = calloc(ret_table->count, sizeof(struct dm_piece));
	memcpy(ret_table->piece, tables[minor(device)].piece, ret_table->count * sizeof(struct dm_piece));
	return 0;
}

static int setup(void **state)
{
	char name[64], to[64];

	fake_root_setup(state);
	for (unsigned i = 0; i < 6; i++) {
		snprintf(name, sizeof(name), "/sys/dev/block/254:%u", i);
		snprintf(to, sizeof(to), "/sys/devices/virtual/block/dm-%u", i);
		snprintf(reason, sizeof(reason), "%s/size", to);
		fake_file(reason, "1\n");
		fake_link(name, to);
	}
	fake_file("/sys/devices/pci0/sda/sda3/start", "2048\n");
	fake_link("/sys/dev/block/8:3", "/sys/devices/pci0/sda/sda3");
	extents = (struct file_extents){
		.list = { { 20 * MIB, MIB }, { 5 * MIB, 2 * MIB } }, .count = 2, .bytes = 3 * MIB,
	};
	reason[0] = 0;
	return 0;
}

static int resolve(dev_t device, dev_t *ret_device)
{
	const struct device_stack stack = { .root = fake_root, .read_table = read_table };

	return device_stack_resolve(&stack, device, &extents, ret_device, reason, sizeof(reason));
}

static void test_device_stack_partition(void **state)
{
	struct file_extents before = extents;
	dev_t found;

	assert_int_equal(resolve(makedev(8, 3), &found), 0);
	assert_true(found == makedev(8, 3));
	assert_memory_equal(&extents, &before, sizeof(extents));
}

static void test_device_stack_linear(void **state)
{
	dev_t found;

	assert_int_equal(resolve(makedev(254, 0), &found), 0);
	assert_true(found == makedev(8, 3));
	assert_int_equal(extents.count, 2);
	assert_int_equal(extents.list[0].disk_bytes, 21 * MIB);
	assert_int_equal(extents.list[1].disk_bytes, 6 * MIB);
	assert_int_equal(extents.list[1].bytes, 2 * MIB);
	assert_int_equal(extents.bytes, 3 * MIB);
}

/* Where the table goes on elsewhere, an extent becomes two. */
static void test_device_stack_linear_split(void **state)
{
	dev_t found;

	extents.list[1].disk_bytes = 99 * MIB;
	assert_int_equal(resolve(makedev(254, 0), &found), 0);
	assert_int_equal(extents.count, 3);
	assert_int_equal(extents.list[1].disk_bytes, 100 * MIB);
	assert_int_equal(extents.list[1].bytes, MIB);
	assert_int_equal(extents.list[2].disk_bytes, 500 * MIB);
	assert_int_equal(extents.list[2].bytes, MIB);
	assert_int_equal(extents.bytes, 3 * MIB);
}

static void test_device_stack_linear_on_linear(void **state)
{
	dev_t found;

	extents.list[1].disk_bytes = 89 * MIB;	/* 99 in 254:0, where it is split */
	assert_int_equal(resolve(makedev(254, 1), &found), 0);
	assert_true(found == makedev(8, 3));
	assert_int_equal(extents.count, 3);
	assert_int_equal(extents.list[0].disk_bytes, 31 * MIB);
	assert_int_equal(extents.list[1].disk_bytes, 100 * MIB);
	assert_int_equal(extents.list[2].disk_bytes, 500 * MIB);
}

static void test_device_stack_refused(void **state)
{
	dev_t found = 77;

	assert_int_equal(resolve(makedev(254, 2), &found), -EOPNOTSUPP);
	assert_non_null(strstr(reason, "thin"));
	extents.list[1].disk_bytes = 150 * MIB;
	assert_int_equal(resolve(makedev(254, 3), &found), -EOPNOTSUPP);
	assert_non_null(strstr(reason, "several disks"));
	assert_int_equal(resolve(makedev(254, 4), &found), -ENODEV);	/* its table ends at 150 MiB */
	extents.list[1].disk_bytes = 5 * MIB;
	assert_int_equal(resolve(makedev(254, 4), &found), -EOPNOTSUPP);
	assert_non_null(strstr(reason, "below each other"));
	assert_int_equal(resolve(makedev(254, 5), &found), -ENODEV);
	assert_int_equal(resolve(makedev(0, 42), &found), -ENODEV);	/* btrfs */
	assert_int_equal(found, 77);
}

/* A file on the first of two disks only is fine. */
static void test_device_stack_one_of_two_disks(void **state)
{
	dev_t found;

	assert_int_equal(resolve(makedev(254, 3), &found), 0);
	assert_true(found == makedev(8, 3));
}

#define WITH_STACK(test) cmocka_unit_test_setup_teardown(test, setup, fake_root_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_STACK(test_device_stack_partition),
		WITH_STACK(test_device_stack_linear),
		WITH_STACK(test_device_stack_linear_split),
		WITH_STACK(test_device_stack_linear_on_linear),
		WITH_STACK(test_device_stack_refused),
		WITH_STACK(test_device_stack_one_of_two_disks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
