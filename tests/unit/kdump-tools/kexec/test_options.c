// SPDX-License-Identifier: GPL-2.0
#include "kexec/options.h"

#include <errno.h>
#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

/* Splits a command at spaces; the words stay in words[]. */
static int parse(struct options *options, const char *command)
{
	static char words[256];
	char *argv[16], *at = words, *word;
	int argc = 0;

	strncpy(words, command, sizeof(words) - 1);
	while ((word = strsep(&at, " ")))
		argv[argc++] = word;
	argv[argc] = NULL;
	return options_parse(options, argc, argv);
}

static void test_options_parse_load(void **state)
{
	struct options o;

	assert_int_equal(parse(&o, "kexec -p /boot/k --append=root=/dev/sda --initrd=/i -d"), 0);
	assert_int_equal(o.action, OPTIONS_LOAD);
	assert_int_equal(o.syscall, LOAD_SYSCALL_AUTO);
	assert_string_equal(o.kernel, "/boot/k");
	assert_string_equal(o.append, "root=/dev/sda");
	assert_string_equal(o.initrd, "/i");
	assert_true(o.debug);
	assert_false(o.reuse_cmdline);
	assert_false(o.no_checks);

	assert_int_equal(parse(&o, "kexec --load-panic --kexec-file-syscall --ramdisk /i --reuse-cmdline --command-line x -t bzImage /k"), 0);
	assert_int_equal(o.syscall, LOAD_SYSCALL_FILE_LOAD);
	assert_string_equal(o.kernel, "/k");
	assert_string_equal(o.append, "x");
	assert_true(o.reuse_cmdline);

	assert_int_equal(parse(&o, "kexec /k -p -s -c -i --type=bzImage64"), 0);
	assert_int_equal(o.syscall, LOAD_SYSCALL_KEXEC_LOAD);
	assert_true(o.no_checks);
	assert_null(o.append);

	assert_int_equal(parse(&o, "kexec -c -a -p /k"), 0);
	assert_int_equal(o.syscall, LOAD_SYSCALL_AUTO);
}

static void test_options_parse_other_actions(void **state)
{
	struct options o;

	assert_int_equal(parse(&o, "kexec -p -u"), 0);
	assert_int_equal(o.action, OPTIONS_UNLOAD);
	assert_int_equal(parse(&o, "kexec -up"), 0);
	assert_int_equal(o.action, OPTIONS_UNLOAD);
	assert_int_equal(parse(&o, "kexec -S"), 0);
	assert_int_equal(o.action, OPTIONS_STATUS);
	assert_int_equal(parse(&o, "kexec --status -p"), 0);
	assert_int_equal(o.action, OPTIONS_STATUS);
	assert_int_equal(parse(&o, "kexec -h"), 0);
	assert_int_equal(o.action, OPTIONS_HELP);
	assert_int_equal(parse(&o, "kexec -v"), 0);
	assert_int_equal(o.action, OPTIONS_VERSION);
}

static void test_options_parse_boot(void **state)
{
	struct options o;

	assert_int_equal(parse(&o, "kexec -l /k --reuse-cmdline"), 0);
	assert_int_equal(o.action, OPTIONS_LOAD);
	assert_int_equal(o.slot, KEXEC_SLOT_BOOT);
	assert_int_equal(o.then, OPTIONS_THEN_NOTHING);
	assert_int_equal(o.type, BOOT_KERNEL_AUTO);
	assert_int_equal(o.min_pa, 0);
	assert_int_equal(o.end_pa, UINT64_MAX);
	assert_true(o.reuse_cmdline);
	assert_false(o.exec.no_sync);
	assert_false(o.exec.no_ifdown);

	assert_int_equal(parse(&o, "kexec -f /k -x --no-sync"), 0);
	assert_int_equal(o.then, OPTIONS_THEN_START);
	assert_true(o.exec.no_sync);
	assert_true(o.exec.no_ifdown);
	assert_int_equal(parse(&o, "kexec -l -e /k"), 0);
	assert_int_equal(o.then, OPTIONS_THEN_START);
	assert_int_equal(parse(&o, "kexec /k"), 0);
	assert_int_equal(o.then, OPTIONS_THEN_SHUTDOWN);
	assert_int_equal(o.slot, KEXEC_SLOT_BOOT);
	assert_int_equal(parse(&o, "kexec -p /k"), 0);
	assert_int_equal(o.slot, KEXEC_SLOT_CRASH);
	assert_int_equal(o.then, OPTIONS_THEN_NOTHING);
	assert_int_equal(parse(&o, "kexec -e --no-ifdown"), 0);
	assert_int_equal(o.action, OPTIONS_START);
	assert_true(o.exec.no_ifdown);
}

static void test_options_parse_boot_image(void **state)
{
	struct options o;

	assert_int_equal(parse(&o, "kexec -l --type=bzImage --mem-min=0x1000000 --mem-max=4294967296 /k"), 0);
	assert_int_equal(o.type, BOOT_KERNEL_BZIMAGE);
	assert_int_equal(o.min_pa, 0x1000000);
	assert_int_equal(o.end_pa, 0x100000000);
	assert_int_equal(parse(&o, "kexec -l -t elf-x86_64 /k"), 0);
	assert_int_equal(o.type, BOOT_KERNEL_ELF64);
	assert_int_equal(parse(&o, "kexec -l -t elf-x86 /k"), 0);
	assert_int_equal(o.type, BOOT_KERNEL_ELF32);
	assert_int_equal(parse(&o, "kexec -l -t bzImage64 --entry-32bit /k"), 0);
	assert_int_equal(o.type, BOOT_KERNEL_BZIMAGE64);
	assert_true(o.entry_32bit);
}

static void test_options_parse_fallback(void **state)
{
	struct options o;

	assert_int_equal(parse(&o, "kexec -p --fallback /k --initrd=/i"), 0);
	assert_int_equal(o.action, OPTIONS_LOAD);
	assert_int_equal(o.slot, KEXEC_SLOT_FALLBACK);
	assert_int_equal(o.then, OPTIONS_THEN_NOTHING);
	assert_int_equal(parse(&o, "kexec -c --fallback -p /k"), 0);
	assert_int_equal(o.slot, KEXEC_SLOT_FALLBACK);
	assert_int_equal(parse(&o, "kexec -u -p --fallback"), 0);
	assert_int_equal(o.action, OPTIONS_UNLOAD);
	assert_int_equal(o.slot, KEXEC_SLOT_FALLBACK);
}

/* -u, -S: of which image. */
static void test_options_parse_slots(void **state)
{
	struct options o;

	assert_int_equal(parse(&o, "kexec -u"), 0);
	assert_int_equal(o.action, OPTIONS_UNLOAD);
	assert_int_equal(o.slot, KEXEC_SLOT_BOOT);
	assert_int_equal(parse(&o, "kexec -p -u"), 0);
	assert_int_equal(o.slot, KEXEC_SLOT_CRASH);
	assert_int_equal(parse(&o, "kexec -S"), 0);
	assert_int_equal(o.slot, KEXEC_SLOT_CRASH);
	assert_int_equal(parse(&o, "kexec -S -l"), 0);
	assert_int_equal(o.slot, KEXEC_SLOT_BOOT);
	assert_int_equal(parse(&o, "kexec -S -p"), 0);
	assert_int_equal(o.slot, KEXEC_SLOT_CRASH);
}

static void test_options_parse_refusals(void **state)
{
	static const char *const bad[] = {
		"kexec", "kexec -l", "kexec -f", "kexec -p", "kexec -p /a /b", "kexec -l /a /b", "kexec -p -u /k",
		"kexec -u /k", "kexec -e /k", "kexec -S /k", "kexec -p -l /k", "kexec -p -e", "kexec -p -f /k",
		"kexec -p -t elf /k", "kexec -p -t elf-x86 /k", "kexec -p --entry-32bit /k", "kexec -p --mem-max=5 /k",
		"kexec -l --mem-min=x /k", "kexec -l --mem-max= /k", "kexec -l --mem-min=-1 /k", "kexec -l --mem-min=1k /k",
		"kexec -l --mem-min=5 --mem-max=5 /k", "kexec -l --mem-max=99999999999999999999 /k",
		"kexec -l -t multiboot-x86 /k", "kexec -p --nonsense /k", "kexec -l --fallback /k",
		"kexec --fallback /k", "kexec -u --fallback", "kexec -p -s --fallback /k", "kexec -S -p --fallback", "kexec -p /k --initrd",
	};
	struct options o = { .kernel = "untouched" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(parse(&o, bad[i]), -EINVAL);
	assert_string_equal(o.kernel, "untouched");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options_parse_load),
		cmocka_unit_test(test_options_parse_other_actions),
		cmocka_unit_test(test_options_parse_boot),
		cmocka_unit_test(test_options_parse_boot_image),
		cmocka_unit_test(test_options_parse_slots),
		cmocka_unit_test(test_options_parse_fallback),
		cmocka_unit_test(test_options_parse_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
