// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kdumpctl/capture_cmdline.h"
#include "kdumpctl/conf.h"

static int parse(const char *text, struct conf *conf)
{
	char *copy = strdup(text);
	int err = conf_parse("test.conf", copy, conf);

	free(copy);
	return err;
}

static void test_conf_parse_empty(void **state)
{
	struct conf conf;

	assert_int_equal(parse("", &conf), 0);
	assert_int_equal(conf.targets, 0);
	assert_string_equal(conf.path, "/var/crash");
	assert_int_equal(conf.final_action, CAPTURE_REBOOT);
	assert_int_equal(conf.failure_action, CAPTURE_REBOOT);
	assert_int_equal(conf.syscall, LOAD_SYSCALL_AUTO);
	assert_int_equal(conf.mode, CONF_MODE_AUTO);
	assert_int_equal(conf.time_limit_s, 0);
	assert_string_equal(conf.cmdline_append, CAPTURE_CMDLINE_APPEND);
	assert_null(conf_needs_linux(&conf));
	assert_true(conf.panic_on_oops);
	assert_false(conf.no_fallback);
	assert_int_equal(conf.dump.level, 0);
	assert_int_equal(conf.dump.codec, CODEC_NONE);
	assert_int_equal(conf.dump.cpus, 0);
}

static void test_conf_parse_dump(void **state)
{
	static const char *const words[] = { "none", "auto", "lzo", "zlib", "zstd" };
	struct conf conf;

	for (u32 codec = CODEC_NONE; codec <= CODEC_ZSTD; codec++) {
		char text[64];

		snprintf(text, sizeof(text), "dump_level %u\ncodec %s\n", codec == CODEC_NONE ? 0 : 27 + codec, words[codec]);
		assert_int_equal(parse(text, &conf), 0);
		assert_int_equal(conf.dump.level, codec == CODEC_NONE ? 0 : 27 + codec);
		assert_int_equal(conf.dump.codec, codec);
	}
	assert_int_equal(parse("cpus 32", &conf), 0);
	assert_int_equal(conf.dump.cpus, 32);
}

static void test_conf_parse_all(void **state)
{
	struct conf conf;

	assert_int_equal(parse("# a comment\n\n  raw\t/dev/nvme0n1p3  # here\npath /data/crash\n"
			       "keep 5\nfinal_action poweroff\nfailure_action halt\nkexec_args -s\npanic_on_oops no\nfallback no", &conf), 0);
	assert_int_equal(conf.targets, 1);
	assert_string_equal(conf.target[0].fstype, "raw");
	assert_string_equal(conf.target[0].spec, "/dev/nvme0n1p3");
	assert_false(conf_target_is_file(&conf.target[0]));
	assert_string_equal(conf.path, "/data/crash");
	assert_int_equal(conf.keep, 5);
	assert_int_equal(conf.final_action, CAPTURE_POWEROFF);
	assert_int_equal(conf.failure_action, CAPTURE_HALT);
	assert_int_equal(conf.syscall, LOAD_SYSCALL_FILE_LOAD);
	assert_false(conf.panic_on_oops);
	assert_true(conf.no_fallback);
}

static void test_conf_parse_linux_mode(void **state)
{
	struct conf conf;

	assert_int_equal(parse("ext4 UUID=7\nraw PARTLABEL=dump\nxfs /dev/vg/crash\nraw /dev/b\nmode linux\nkernel /boot/k\n"
			       "core_collector makedumpfile -l -d 31\nkdump_pre /a\nkdump_post /b\nkdump_emergency /c\n"
			       "extra_bins strace /bin/x\nextra_modules nfs\nfailure_action dump_to_rootfs\ntime_limit 600\n"
			       "force_rebuild 1\nforce_no_rebuild 0\ncommandline_remove quiet\ncommandline_append a b=c", &conf), 0);
	assert_int_equal(conf.targets, 4);
	assert_string_equal(conf.target[0].fstype, "ext4");
	assert_string_equal(conf.target[0].spec, "UUID=7");
	assert_string_equal(conf.target[2].fstype, "xfs");
	assert_true(conf_target_is_prepared(&conf.target[1]));
	assert_false(conf_target_is_prepared(&conf.target[2]));
	assert_int_equal(conf.mode, CONF_MODE_LINUX);
	assert_string_equal(conf.kernel, "/boot/k");
	assert_string_equal(conf_core_collector(&conf), "makedumpfile -l -d 31");
	assert_string_equal(conf.pre, "/a");
	assert_string_equal(conf.post, "/b");
	assert_string_equal(conf.emergency, "/c");
	assert_string_equal(conf.extra_bins, "strace /bin/x");
	assert_string_equal(conf.extra_modules, "nfs");
	assert_int_equal(conf.failure_action, CAPTURE_DUMP_TO_ROOTFS);
	assert_int_equal(conf.time_limit_s, 600);
	assert_true(conf.force_rebuild);
	assert_false(conf.force_no_rebuild);
	assert_string_equal(conf.cmdline_remove, "quiet");
	assert_string_equal(conf.cmdline_append, "a b=c");
	assert_string_equal(conf_needs_linux(&conf), "failure_action");
	assert_int_equal(conf_standalone_failure_action(&conf), ACTION_REBOOT);
}

static void test_conf_core_collector(void **state)
{
	struct conf conf;

	assert_int_equal(parse("", &conf), 0);
	assert_string_equal(conf_core_collector(&conf), "kdump-save -l -d 31");
	assert_int_equal(parse("core_collector cp", &conf), 0);
	assert_null(conf_core_collector(&conf));
	assert_int_equal(parse("core_collector cp -a", &conf), 0);
	assert_string_equal(conf_core_collector(&conf), "cp -a");
}

static void test_conf_needs_linux(void **state)
{
	struct conf conf;

	assert_int_equal(parse("raw /dev/a\ncore_collector makedumpfile\nextra_bins x", &conf), 0);
	assert_null(conf_needs_linux(&conf));
	assert_int_equal(parse("raw /dev/a\nkdump_emergency /x", &conf), 0);
	assert_string_equal(conf_needs_linux(&conf), "kdump_emergency");
	assert_int_equal(parse("raw /dev/a\nfailure_action halt", &conf), 0);
	assert_null(conf_needs_linux(&conf));
	assert_int_equal(conf_standalone_failure_action(&conf), ACTION_HALT);
}

static void test_conf_parse_tags(void **state)
{
	static const char *const good[] = { "raw PARTUUID=1-2", "raw PARTLABEL=dump", "raw LABEL=x", "raw UUID=7",
					    "raw /dev/disk/by-id/x" };
	struct conf conf;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_int_equal(parse(good[i], &conf), 0);
}

static void test_conf_parse_targets_in_order(void **state)
{
	struct conf conf;

	assert_int_equal(parse("raw /dev/a\npath /x\ndumpfile /var/crash/d\nraw UUID=7", &conf), 0);
	assert_int_equal(conf.targets, 3);
	assert_string_equal(conf.target[0].spec, "/dev/a");
	assert_string_equal(conf.target[1].spec, "/var/crash/d");
	assert_true(conf_target_is_file(&conf.target[1]));
	assert_string_equal(conf.target[2].spec, "UUID=7");
	assert_int_equal(parse("raw /1\nraw /2\nraw /3\nraw /4\nraw /5\nraw /6\nraw /7\nraw /8", &conf), 0);
	assert_int_equal(conf.targets, CONF_MAX_TARGETS);
	assert_int_equal(parse("raw /1\nraw /2\nraw /3\nraw /4\nraw /5\nraw /6\nraw /7\nraw /8\nraw /9", &conf), -EINVAL);
}

static void test_conf_parse_obsolete_default(void **state)
{
	struct conf conf;

	assert_int_equal(parse("default halt", &conf), 0);
	assert_int_equal(conf.failure_action, CAPTURE_HALT);
}

static void test_conf_parse_errors(void **state)
{
	static const char *const bad[] = {
		"raw", "raw nvme0n1", "raw PARTUUID=", "raw /dev/a /dev/b", "raw /dev/a\nraw /dev/a", "ext4 sda1", "xfs",
		"dumpfile", "dumpfile x", "dumpfile /x /y", "dumpfile UUID=7", "dumpfile /x\nraw /y\ndumpfile /x",
		"path crash", "path", "final_action shell", "final_action dump_to_rootfs", "final_action Reboot",
		"failure_action halt\ndefault halt", "default", "kexec_args -x", "panic_on_oops 1", "fallback yes",
		"nfs server:/export", "ssh user@host", "btrfs /dev/sda1", "virtiofs tag", "dracut_args --x",
		"kdump_pre bin/true", "raws /dev/a", "RAW /dev/a", "net x", "raw=/dev/a", "mode fast", "mode",
		"mode standalone\nkdump_pre /x", "mode standalone\nfailure_action shell", "force_rebuild yes",
		"force_rebuild 1\nforce_no_rebuild 1", "time_limit", "time_limit -1", "time_limit 9x", "time_limit 99999999",
		"keep -1", "keep 2 3", "keep all", "kernel vmlinuz", "dump_level", "dump_level 32", "dump_level -1", "dump_level 1x",
		"codec", "codec snappy", "codec lzo zlib", "cpus", "cpus 0", "cpus 33", "cpus all", "core_collector", "core_collector a\ncore_collector b",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct conf conf = { .path = "untouched" };

		assert_int_equal(parse(bad[i], &conf), -EINVAL);
		assert_string_equal(conf.path, "untouched");
	}
}

static void test_conf_parse_too_long(void **state)
{
	char text[3 * PATH_MAX];
	struct conf conf;

	memset(text, 'a', sizeof(text));
	memcpy(text, "raw /", 5);
	text[sizeof(text) - 1] = 0;
	assert_int_equal(parse(text, &conf), -EINVAL);
}

static void test_conf_read_missing(void **state)
{
	struct conf conf;

	assert_int_equal(conf_read("/nonexistent/kdump.conf", &conf), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conf_parse_empty), cmocka_unit_test(test_conf_parse_dump),
		cmocka_unit_test(test_conf_parse_all),
		cmocka_unit_test(test_conf_parse_linux_mode),
		cmocka_unit_test(test_conf_core_collector),
		cmocka_unit_test(test_conf_needs_linux),
		cmocka_unit_test(test_conf_parse_tags),
		cmocka_unit_test(test_conf_parse_targets_in_order),
		cmocka_unit_test(test_conf_parse_obsolete_default),
		cmocka_unit_test(test_conf_parse_errors),
		cmocka_unit_test(test_conf_parse_too_long),
		cmocka_unit_test(test_conf_read_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
