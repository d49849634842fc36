// SPDX-License-Identifier: GPL-2.0
#include "kexec/old_kernel.h"

#include <errno.h>
#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

static void test_old_kernel_parse_vmcoreinfo_formats(void **state)
{
	struct elfcorehdr_note note;

	assert_int_equal(old_kernel_parse_vmcoreinfo("0x0000000003c94000 1024", &note), 0);
	assert_int_equal(note.pa, 0x3c94000);
	assert_int_equal(note.bytes, 0x1024);
	assert_int_equal(old_kernel_parse_vmcoreinfo("3c94000 0x1024", &note), 0);
	assert_int_equal(note.pa, 0x3c94000);
}

static void test_old_kernel_parse_vmcoreinfo_malformed(void **state)
{
	struct elfcorehdr_note note = { 1, 2 };

	assert_int_equal(old_kernel_parse_vmcoreinfo("", &note), -EINVAL);
	assert_int_equal(old_kernel_parse_vmcoreinfo("0x1000", &note), -EINVAL);
	assert_int_equal(old_kernel_parse_vmcoreinfo("0x1000 0", &note), -EINVAL);
	assert_int_equal(old_kernel_parse_vmcoreinfo("0 1000", &note), -EINVAL);
	assert_int_equal(old_kernel_parse_vmcoreinfo("0x1000 1000 x", &note), -EINVAL);
	assert_int_equal(note.pa, 1);
	assert_int_equal(note.bytes, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_old_kernel_parse_vmcoreinfo_formats),
		cmocka_unit_test(test_old_kernel_parse_vmcoreinfo_malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
