// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <errno.h>
#include <sys/sysmacros.h>

#include "fake_root.h"
#include "kdumpctl/device_use.h"

/* --- a made-up machine -------------------------------------------------------------------------- */

static struct dm_table tables[4];	/* by minor number */
static struct dm_piece pieces[4][3];

static int fake_read_table(dev_t device, struct dm_table *ret_table)
{
	const struct dm_table *table = &tables[minor(device)];

	if (major(device) != 254 || !table->name[0])
		return -ENODEV;
	*ret_table = *table;
	ret_table->piece = calloc(table->count + 1, sizeof(*table->piece));
	assert_non_null(ret_table->piece);
	memcpy(ret_table->piece, pieces[minor(device)], table->count * sizeof(*table->piece));
	return 0;
}

static int fake_identify(dev_t device, const char *node, char *buf)
{
	snprintf(buf, DEVICE_NAME_BYTES, "UUID=of-%s", node);
	return 0;
}

static struct device_world world = { .root = fake_root, .read_table = fake_read_table, .identify = fake_identify };
static struct capture_plan plan;
static struct device_use use = { .world = &world, .plan = &plan };

static int teardown(void **state)
{
	device_use_deinit(&use);
	capture_plan_deinit(&plan);
	memset(tables, 0, sizeof(tables));
	use.reason[0] = 0;
	return fake_root_teardown(state);
}

/* A path that stays until eight more were made. */
static const char *named(const char *fmt, ...)
{
	static char names[8][PATH_MAX];
	static unsigned int next;
	char *name = names[next++ % 8];
	va_list args;

	va_start(args, fmt);
	vsnprintf(name, PATH_MAX, fmt, args);
	va_end(args);
	return name;
}

static void fake_driver(const char *folder, const char *driver, const char *module)
{
	const char *place = named("/sys/bus/any/drivers/%s", driver);

	fake_file(named("%s/.keep", place), "");
	fake_link(named("%s/driver", folder), place);
	if (module)
		fake_link(named("%s/module", place), named("/sys/module/%s", module));
}

static void fake_block(unsigned int major_number, unsigned int minor_number, const char *folder)
{
	fake_file(named("%s/ro", folder), "0\n");
	fake_link(named("/sys/dev/block/%u:%u", major_number, minor_number), folder);
}

static void fake_dm(unsigned int number, const char *name, size_t count)
{
	const char *folder = named("/sys/devices/virtual/block/dm-%u", number);

	fake_block(254, number, folder);
	fake_file(named("%s/dm/name", folder), name);
	snprintf(tables[number].name, sizeof(tables[number].name), "%s", name);
	tables[number].count = count;
}

static struct dm_piece linear(unsigned int major_number, unsigned int minor_number, u64 start, u64 sectors, u64 offset)
{
	return (struct dm_piece){ .start = start, .sectors = sectors, .type = "linear",
				  .device = makedev(major_number, minor_number), .offset = offset };
}

#define VDA "/sys/devices/pci0000:00/0000:00:04.0/virtio1/block/vda"

static void fake_virtio_disk(void)
{
	fake_driver("/sys/devices/pci0000:00/0000:00:04.0", "virtio-pci", "virtio_pci");
	fake_driver("/sys/devices/pci0000:00/0000:00:04.0/virtio1", "virtio_blk", "virtio_blk");
	fake_block(253, 0, VDA);
	fake_block(253, 1, VDA "/vda1");
	fake_block(253, 2, VDA "/vda2");
}

static void expect_modules(const char *want)
{
	char names[256] = "";

	for (size_t at = 0; at < use.modules.bytes; at += strlen(use.modules.data + at) + 1)
		snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s ", use.modules.data + at);
	assert_string_equal(names, want);
}

static void refuse(unsigned int major_number, unsigned int minor_number, int err, const char *word)
{
	char name[DEVICE_NAME_BYTES] = "untouched";

	assert_int_equal(device_use_add(&use, makedev(major_number, minor_number), name), err);
	if (!strstr(use.reason, word))
		fail_msg("'%s' does not say '%s'", use.reason, word);
}

/* --- tests ------------------------------------------------------------------------------------------ */

static void test_device_use_virtio_partition(void **state)
{
	char name[DEVICE_NAME_BYTES];

	fake_virtio_disk();
	assert_int_equal(device_use_add(&use, makedev(253, 2), name), 0);
	assert_string_equal(name, "UUID=of-vda2");
	expect_modules("virtio_pci virtio_blk ");
	assert_int_equal(device_use_add(&use, makedev(253, 1), name), 0);
	expect_modules("virtio_pci virtio_blk ");
	assert_int_equal(plan.dms, 0);
}

/* A driver without a module link is built in and has no name to tell. */
static void test_device_use_scsi_with_builtin(void **state)
{
	static const char host[] = "/sys/devices/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0";
	char name[DEVICE_NAME_BYTES];

	fake_driver("/sys/devices/pci0000:00/0000:00:1f.2", "ahci", "ahci");
	fake_driver(host, "sd", NULL);
	fake_block(8, 0, named("%s/block/sda", host));
	assert_int_equal(device_use_add(&use, makedev(8, 0), name), 0);
	expect_modules("ahci ");
}

static void test_device_use_nvme_multipath(void **state)
{
	static const char controller[] = "/sys/devices/pci0000:00/0000:00:05.0/nvme/nvme3";
	char name[DEVICE_NAME_BYTES];

	fake_driver("/sys/devices/pci0000:00/0000:00:05.0", "nvme", "nvme");
	fake_file(named("%s/transport", controller), "pcie\n");
	fake_block(259, 1, "/sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1/nvme0n1p1");
	refuse(259, 1, -ENODEV, "no controller");
	fake_link("/sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme3", controller);
	assert_int_equal(device_use_add(&use, makedev(259, 1), name), 0);
	expect_modules("nvme ");
	fake_file(named("%s/transport", controller), "tcp\n");
	refuse(259, 1, -EOPNOTSUPP, "NVMe over tcp");
}

static void test_device_use_linear_volume(void **state)
{
	char name[DEVICE_NAME_BYTES];

	fake_virtio_disk();
	fake_dm(0, "vg-root", 2);
	pieces[0][0] = linear(253, 1, 0, 1000, 2048);
	pieces[0][1] = linear(253, 2, 1000, 500, 0);
	assert_int_equal(device_use_add(&use, makedev(254, 0), name), 0);
	assert_string_equal(name, "/dev/mapper/vg-root");
	expect_modules("virtio_pci virtio_blk dm_mod ");
	assert_int_equal(plan.dms, 2);
	assert_string_equal(plan.dm[0].device, "UUID=of-vda1");
	assert_int_equal(plan.dm[0].offset, 2048);
	assert_string_equal(plan.dm[1].device, "UUID=of-vda2");
	assert_int_equal(plan.dm[1].start, 1000);
	/* A second target on the same volume adds nothing. */
	assert_int_equal(device_use_add(&use, makedev(254, 0), name), 0);
	assert_int_equal(plan.dms, 2);
}

static void test_device_use_volume_on_volume(void **state)
{
	char name[DEVICE_NAME_BYTES];

	fake_virtio_disk();
	fake_dm(0, "below", 1);
	pieces[0][0] = linear(253, 1, 0, 1000, 2048);
	fake_dm(1, "above", 1);
	pieces[1][0] = linear(254, 0, 0, 900, 8);
	assert_int_equal(device_use_add(&use, makedev(254, 1), name), 0);
	assert_int_equal(plan.dms, 2);
	assert_string_equal(plan.dm[0].name, "below");	/* made first */
	assert_string_equal(plan.dm[1].device, "/dev/mapper/below");
	/* One that is made of itself ends. */
	pieces[0][0] = linear(254, 0, 0, 1000, 0);
	capture_plan_deinit(&plan);
	refuse(254, 0, -EOPNOTSUPP, "made of devices");
}

static void test_device_use_refuses_other_tables(void **state)
{
	fake_virtio_disk();
	fake_dm(0, "luks", 1);
	pieces[0][0] = (struct dm_piece){ .type = "crypt" };
	refuse(254, 0, -EOPNOTSUPP, "encrypted");
	pieces[0][0] = (struct dm_piece){ .type = "thin" };
	refuse(254, 0, -EOPNOTSUPP, "of type thin");
	tables[0].count = 0;
	refuse(254, 0, -EOPNOTSUPP, "no table");
	tables[0].name[0] = 0;
	refuse(254, 0, -ENODEV, "can't be read");
	assert_int_equal(plan.dms, 0);
}

static void test_device_use_refuses_kinds(void **state)
{
	fake_block(9, 0, "/sys/devices/virtual/block/md0");
	refuse(9, 0, -EOPNOTSUPP, "software RAID");
	fake_block(7, 0, "/sys/devices/virtual/block/loop0");
	refuse(7, 0, -EOPNOTSUPP, "loop");
	fake_block(8, 16, "/sys/devices/platform/host2/session1/target2:0:0/2:0:0:0/block/sdb");
	refuse(8, 16, -EOPNOTSUPP, "iSCSI");
	fake_block(250, 0, "/sys/devices/virtual/block/odd0");
	refuse(250, 0, -EOPNOTSUPP, "virtual device");
	refuse(1, 1, -ENODEV, "does not know");
	fake_virtio_disk();
	fake_file(VDA "/ro", "1\n");
	refuse(253, 0, -EROFS, "read-only");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_device_use_virtio_partition, fake_root_setup, teardown),
		cmocka_unit_test_setup_teardown(test_device_use_scsi_with_builtin, fake_root_setup, teardown),
		cmocka_unit_test_setup_teardown(test_device_use_nvme_multipath, fake_root_setup, teardown),
		cmocka_unit_test_setup_teardown(test_device_use_linear_volume, fake_root_setup, teardown),
		cmocka_unit_test_setup_teardown(test_device_use_volume_on_volume, fake_root_setup, teardown),
		cmocka_unit_test_setup_teardown(test_device_use_refuses_other_tables, fake_root_setup, teardown),
		cmocka_unit_test_setup_teardown(test_device_use_refuses_kinds, fake_root_setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
