// SPDX-License-Identifier: GPL-2.0
#include "kexec/cmdline.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>

static void assert_reused(const char *running, const char *want)
{
	char *kept = cmdline_reuse(running, true);

	assert_string_equal(kept, want);
	free(kept);
}

static void test_cmdline_reuse_drops_what_is_not_for_it(void **state)
{
	assert_reused("BOOT_IMAGE=/boot/vmlinuz-6.1 root=/dev/sda1 ro crashkernel=128M quiet\n",
		      "root=/dev/sda1 ro quiet");
	assert_reused("crashkernel=1M,high a crashkernel=0,low b", "a b");
	assert_reused("crashkernel=1M", "");
	assert_reused("", "");
	assert_reused("  a   b \n", "a b");
}

static void test_cmdline_reuse_keeps_lookalikes_and_quotes(void **state)
{
	assert_reused("xcrashkernel=1 NOT_BOOT_IMAGE=x crash_kexec_post_notifiers",
		      "xcrashkernel=1 NOT_BOOT_IMAGE=x crash_kexec_post_notifiers");
	assert_reused("dyndbg=\"file a crashkernel=no +p\" x crashkernel=\"a b\" y",
		      "dyndbg=\"file a crashkernel=no +p\" x y");
	assert_reused("a=\"never closed crashkernel=1", "a=\"never closed crashkernel=1");
}

static void test_cmdline_reuse_for_booting(void **state)
{
	char *kept = cmdline_reuse("BOOT_IMAGE=/vmlinuz crashkernel=1M root=/dev/sda1\n", false);

	assert_string_equal(kept, "crashkernel=1M root=/dev/sda1");
	free(kept);
}

static void assert_joined(const char *first, const char *second, const char *want)
{
	char *joined = cmdline_join(first, second);

	assert_string_equal(joined, want);
	free(joined);
}

static void test_cmdline_join_spaces(void **state)
{
	assert_joined("a", "b c", "a b c");
	assert_joined("a", NULL, "a");
	assert_joined(NULL, "b", "b");
	assert_joined("", "", "");
	assert_joined(NULL, NULL, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cmdline_reuse_drops_what_is_not_for_it),
		cmocka_unit_test(test_cmdline_reuse_keeps_lookalikes_and_quotes),
		cmocka_unit_test(test_cmdline_reuse_for_booting),
		cmocka_unit_test(test_cmdline_join_spaces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
