// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <errno.h>

#include "kdumpctl/bootopts.h"

static void test_bootopts_has_values(void **state)
{
	static const char line[] = "BOOT_IMAGE=/vmlinuz root=/dev/sda1 intel_iommu=on,sm_on quiet crash_kexec_post_notifiers\n";

	assert_true(bootopts_has(line, "intel_iommu=", "sm_on"));
	assert_true(bootopts_has(line, "intel_iommu=", "on"));
	assert_true(bootopts_has(line, "intel_iommu=", NULL));
	assert_false(bootopts_has(line, "intel_iommu=", "sm"));
	assert_false(bootopts_has(line, "intel_iommu=", "off"));
	assert_false(bootopts_has(line, "iommu=", "on"));
	assert_true(bootopts_has(line, "crash_kexec_post_notifiers", NULL));
	assert_true(bootopts_has(line, "quiet", ""));
	assert_false(bootopts_has(line, "qui", ""));
	assert_false(bootopts_has("", "quiet", NULL));
	assert_true(bootopts_has("a intel_iommu=off intel_iommu=sm_on", "intel_iommu=", "sm_on"));
}

static void test_bootopts_for_dump_serial_only(void **state)
{
	char buf[64];

	assert_int_equal(bootopts_for_dump("quiet console=tty0 console=ttyS0,115200 x console=ttyS1 earlyprintk=ttyS0\n",
					   buf, sizeof(buf)), 0);
	assert_string_equal(buf, "console=ttyS0,115200 console=ttyS1");
	assert_int_equal(bootopts_for_dump("quiet console=ttyS", buf, sizeof(buf)), 0);
	assert_string_equal(buf, "");
	assert_int_equal(bootopts_for_dump("", buf, sizeof(buf)), 0);
	assert_string_equal(buf, "");
}

static void test_bootopts_for_dump_no_room(void **state)
{
	char buf[14];

	assert_int_equal(bootopts_for_dump("console=ttyS0", buf, 14), 0);
	assert_int_equal(bootopts_for_dump("console=ttyS0", buf, 13), -E2BIG);
	assert_int_equal(bootopts_for_dump("console=ttyS0 console=ttyS1", buf, 14), -E2BIG);
	assert_int_equal(bootopts_for_dump("", buf, 0), -E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bootopts_has_values),
		cmocka_unit_test(test_bootopts_for_dump_serial_only),
		cmocka_unit_test(test_bootopts_for_dump_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
