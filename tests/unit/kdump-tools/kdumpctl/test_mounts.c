// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <errno.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "kdumpctl/mounts.h"

static const char mountinfo[] =
	"22 1 259:2 / / rw,relatime shared:1 - ext4 /dev/nvme0n1p2 rw\n"
	"23 22 0:21 / /proc rw,nosuid - proc proc rw\n"
	"24 22 253:0 / /var rw shared:2 master:1 - xfs /dev/mapper/vg-var rw,noquota\n"
	"25 24 8:1 /crash /var/crash rw - vfat /dev/sda1 rw,codepage=437,iocharset=ascii\n"
	"26 22 8:17 /data /srv/with\\040space rw - ext4 /dev/sdb1 rw\n"
	"27 22 8:17 / /mnt rw - ext4 /dev/sdb1 rw\n"
	"28 22 8:33 / /over rw - ext4 /dev/sdc1 rw\n"
	"29 22 8:49 / /over rw - xfs /dev/sdd1 rw\n";

static void expect(const char *path, unsigned int major_number, unsigned int minor_number, const char *fstype, const char *inner)
{
	struct mount_point mount;
	char buf[PATH_MAX];

	assert_int_equal(mounts_parse_holder(mountinfo, path, &mount), 0);
	assert_int_equal(mount.device, makedev(major_number, minor_number));
	assert_string_equal(mount.fstype, fstype);
	assert_int_equal(mounts_inner_path(&mount, path, buf, sizeof(buf)), 0);
	assert_string_equal(buf, inner);
}

static void test_mounts_parse_holder(void **state)
{
	expect("/", 259, 2, "ext4", "/");
	expect("/home/x", 259, 2, "ext4", "/home/x");
	expect("/var", 253, 0, "xfs", "/");
	expect("/var/lib", 253, 0, "xfs", "/lib");
	expect("/variable", 259, 2, "ext4", "/variable");
	expect("/var/crash", 8, 1, "vfat", "/crash");
	expect("/var/crash/here", 8, 1, "vfat", "/crash/here");
	expect("/srv/with space/x", 8, 17, "ext4", "/data/x");
	expect("/over", 8, 49, "xfs", "/");		/* the one on top */
}

static void test_mounts_parse_device(void **state)
{
	struct mount_point mount;

	assert_int_equal(mounts_parse_device(mountinfo, makedev(8, 17), &mount), 0);
	assert_string_equal(mount.point, "/mnt");	/* all of it rather than a folder */
	assert_int_equal(mounts_parse_device(mountinfo, makedev(8, 1), &mount), 0);
	assert_string_equal(mount.point, "/var/crash");
	assert_string_equal(mount.options, "rw,codepage=437,iocharset=ascii");
	assert_int_equal(mounts_parse_device(mountinfo, makedev(8, 99), &mount), -ENOENT);
}

static void test_mounts_parse_damaged(void **state)
{
	struct mount_point mount = { .point = "untouched" };

	assert_int_equal(mounts_parse_holder("", "/", &mount), -ENOENT);
	assert_int_equal(mounts_parse_holder("22 1 259:2 / / rw\n", "/", &mount), -EINVAL);
	assert_int_equal(mounts_parse_holder("x - ext4 a b\n", "/", &mount), -EINVAL);
	assert_string_equal(mount.point, "untouched");
}

static void test_mounts_inner_path_too_long(void **state)
{
	struct mount_point mount = { .root = "/crash", .point = "/var/crash" };
	char buf[12];

	assert_int_equal(mounts_inner_path(&mount, "/var/crash/abc", buf, sizeof(buf)), 0);
	assert_int_equal(mounts_inner_path(&mount, "/var/crash/abcdef", buf, sizeof(buf)), -ENAMETOOLONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mounts_parse_holder),
		cmocka_unit_test(test_mounts_parse_device),
		cmocka_unit_test(test_mounts_parse_damaged),
		cmocka_unit_test(test_mounts_inner_path_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
