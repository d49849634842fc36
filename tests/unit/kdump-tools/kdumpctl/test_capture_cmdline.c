// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "capture/env.h"
#include "kdumpctl/capture_cmdline.h"

static void expect(const char *running, const char *remove, const char *append, bool no_tracing, const char *want)
{
	char *text = capture_cmdline_build(running, remove, append, no_tracing);

	assert_non_null(text);
	assert_string_equal(text, want);
	free(text);
}

static void test_capture_cmdline_removes(void **state)
{
	expect("BOOT_IMAGE=/vmlinuz root=/dev/sda1 ro quiet crashkernel=256M console=ttyS0,115200 console=tty0", "quiet", "",
	       false, "console=ttyS0,115200 console=tty0 rootfstype=ramfs");
	expect("hugepages=9 hugepagesz=1G hugepage quiet=1", "hugepages hugepagesz quiet", "", false, "hugepage rootfstype=ramfs");
	expect("init=/sbin/init rdinit=/x nr_cpus=8 panic_on_warn rootflags=x mem=1G", "", "", false, "mem=1G rootfstype=ramfs");
	expect("", "", "", false, "rootfstype=ramfs");
}

static void test_capture_cmdline_names(void **state)
{
	/* The kernel takes - for _. */
	expect("slub-debug=P slub_debugger=1", "slub_debug", "", false, "slub_debugger=1 rootfstype=ramfs");
	/* A value with spaces is one option; what follows -- is not the kernel's. */
	expect("dyndbg=\"file a.c +p; quiet\" a -- quiet b", "quiet", "", false, "dyndbg=\"file a.c +p; quiet\" a rootfstype=ramfs");
	expect("x=\"quiet crashkernel=1M\"", "quiet", "", false, "x=\"quiet crashkernel=1M\" rootfstype=ramfs");
}

static void test_capture_cmdline_appends(void **state)
{
	expect("a", "", "irqpoll nr_cpus=1", false, "a irqpoll nr_cpus=1 rootfstype=ramfs");
	expect("a", "", "", true, "a rootfstype=ramfs " CAPTURE_CMDLINE_NO_TRACING);
	expect("a", "lockdown", "", true, "a rootfstype=ramfs");
}

static void test_capture_cmdline_defaults(void **state)
{
	char *text = capture_cmdline_build("quiet log_buf_len=16M console=ttyS0", CAPTURE_CMDLINE_REMOVE, CAPTURE_CMDLINE_APPEND, false);

	assert_non_null(strstr(text, "console=ttyS0 irqpoll nr_cpus=1 reset_devices "));
	assert_null(strstr(text, "quiet"));
	assert_null(strstr(text, "log_buf_len"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_capture_cmdline_removes),
		cmocka_unit_test(test_capture_cmdline_names),
		cmocka_unit_test(test_capture_cmdline_appends),
		cmocka_unit_test(test_capture_cmdline_defaults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
