// SPDX-License-Identifier: GPL-2.0
#include "../kdumpctl/unit.h"

#include <errno.h>
#include <string.h>
#include <sys/mount.h>

#include "kdump-init/mount.h"

static void assert_options(const char *options, unsigned long more_flags, const char *data)
{
	unsigned long flags = 0;
	char buf[64];

	assert_int_equal(mount_options(options, &flags, buf, sizeof(buf)), 0);
	assert_int_equal(flags, MS_NODEV | MS_NOSUID | more_flags);
	assert_string_equal(buf, data);
}

static void test_options_of_fstab(void **state)
{
	assert_options("", 0, "");
	assert_options("defaults", 0, "");
	assert_options("rw,relatime,data=ordered", MS_RELATIME, "data=ordered");
	assert_options("noatime,ro", MS_NOATIME | MS_RDONLY, "");
	assert_options("nofail,x-systemd.device-timeout=9,errors=remount-ro,comment=a b,user", 0, "errors=remount-ro");
	assert_options(",,iocharset=utf8,,noatim,", 0, "iocharset=utf8,noatim");
}

static void test_options_too_long(void **state)
{
	unsigned long flags = 77;
	char data[8];

	assert_int_equal(mount_options("abc,def", &flags, data, sizeof(data)), 0);
	assert_string_equal(data, "abc,def");
	assert_int_equal(mount_options("abc,defg", &flags, data, sizeof(data)), -ENAMETOOLONG);
	assert_int_equal(mount_options("noatime,defaults,abc,def", &flags, data, sizeof(data)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options_of_fstab),
		cmocka_unit_test(test_options_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
