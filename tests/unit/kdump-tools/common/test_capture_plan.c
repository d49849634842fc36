// SPDX-License-Identifier: GPL-2.0
#include "common/capture_plan.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char whole[] =
	"host debian12\n"
	"content 0123abcd\n"
	"module /lib/modules/nvme.ko\n"
	"module /lib/modules/dm-mod.ko a=1 b=\"two words\"\n"
	"dm vg-root 0 2048 PARTUUID=1234-02 384\n"
	"dm vg-root 2048 4096 /dev/sdb1 2048\n"
	"target ext4 UUID=1-2-3 /var/crash\n"
	"target xfs LABEL=my\\040disk /crash\\134dumps noatime,nodiscard\n"
	"target raw /dev/nvme0n1p3 -\n"
	"rootfs ext4 /dev/mapper/vg-root /var/crash ro\n"
	"core_collector makedumpfile -l --message-level 7 -d 31\n"
	"pre /kdump/pre.d/one\n"
	"pre /kdump/pre.d/two\n"
	"post /kdump/post\n"
	"emergency /kdump/emergency\n"
	"final_action poweroff\n"
	"failure_action dump_to_rootfs\n"
	"time_limit 600\n"
	"watchdog yes\n";

static void test_parse_whole(void **state)
{
	struct capture_plan plan;
	unsigned int line = 77;

	assert_int_equal(capture_plan_parse(&plan, whole, &line), 0);
	assert_int_equal(line, 77);
	assert_string_equal(plan.host, "debian12");
	assert_string_equal(plan.content, "0123abcd");
	assert_int_equal(plan.modules, 2);
	assert_string_equal(plan.module[0].parameters, "");
	assert_string_equal(plan.module[1].path, "/lib/modules/dm-mod.ko");
	assert_string_equal(plan.module[1].parameters, "a=1 b=\"two words\"");
	assert_int_equal(plan.dms, 2);
	assert_string_equal(plan.dm[0].device, "PARTUUID=1234-02");
	assert_int_equal(plan.dm[0].offset, 384);
	assert_int_equal(plan.dm[1].start, 2048);
	assert_int_equal(plan.dm[1].sectors, 4096);
	assert_int_equal(plan.targets, 3);
	assert_string_equal(plan.target[0].options, "");
	assert_string_equal(plan.target[1].device, "LABEL=my disk");
	assert_string_equal(plan.target[1].path, "/crash\\dumps");
	assert_string_equal(plan.target[1].options, "noatime,nodiscard");
	assert_string_equal(plan.target[2].fstype, "raw");
	assert_string_equal(plan.rootfs.options, "ro");
	assert_string_equal(plan.core_collector, "makedumpfile -l --message-level 7 -d 31");
	assert_int_equal(plan.pres, 2);
	assert_string_equal(plan.pre[1], "/kdump/pre.d/two");
	assert_int_equal(plan.posts, 1);
	assert_int_equal(plan.emergencies, 1);
	assert_int_equal(plan.final_action, CAPTURE_POWEROFF);
	assert_int_equal(plan.failure_action, CAPTURE_DUMP_TO_ROOTFS);
	assert_int_equal(plan.time_limit_s, 600);
	assert_true(plan.watchdog);
	capture_plan_deinit(&plan);
}

static void test_print_gives_the_same_text(void **state)
{
	struct capture_plan plan;
	unsigned int line;
	char *text;

	assert_int_equal(capture_plan_parse(&plan, whole, &line), 0);
	text = capture_plan_print(&plan);
	assert_string_equal(text, whole);
	free(text);
	capture_plan_deinit(&plan);
}

static void test_parse_nothing(void **state)
{
	struct capture_plan plan;
	unsigned int line;

	assert_int_equal(capture_plan_parse(&plan, "\n\n", &line), 0);
	assert_null(plan.host);
	assert_int_equal(plan.targets, 0);
	assert_int_equal(plan.final_action, CAPTURE_REBOOT);
	assert_null(plan.rootfs.fstype);
	capture_plan_deinit(&plan);
}

static void test_parse_refuses(void **state)
{
	static const char *const bad[] = {
		"nonsense 1", "hos t", "host", "host a\nhost b", 
		"module", "dm a 0 8 /dev/sda", "dm a/b 0 8 /dev/sda 0", "dm a 0 0 /dev/sda 0",
		"target ext4", "target ext4 /dev/sda", "target ext4 /dev/sda crash", "target raw /dev/sda /crash",
		"target ext4 LABEL=a\\x20b /crash", "target ext4 LABEL=a\\04 /crash", "target ext4 LABEL=a\\000 /crash",
		"rootfs ext4 /dev/sda /\nrootfs ext4 /dev/sda /", "final_action shell", "failure_action", "failure_action panic",
		"time_limit 5m", "watchdog maybe", "pre", "core_collector",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct capture_plan plan, empty = { 0 };
		char text[256];
		unsigned int line = 0;

		snprintf(text, sizeof(text), "module /x.ko\ntarget ext4 /dev/sdb /crash\n%s", bad[i]);
		assert_int_equal(capture_plan_parse(&plan, text, &line), -EINVAL);
		assert_int_equal(line, strchr(bad[i], '\n') ? 4 : 3);
		assert_memory_equal(&plan, &empty, sizeof(plan));
	}
}

static void test_parse_no_more_than_eight_targets(void **state)
{
	char text[16 * 40] = "";
	struct capture_plan plan;
	unsigned int line = 0;

	for (int i = 0; i < CAPTURE_PLAN_MAX_TARGETS; i++)
		strcat(text, "target vfat /dev/sda1 /\n");
	assert_int_equal(capture_plan_parse(&plan, text, &line), 0);
	assert_int_equal(plan.targets, CAPTURE_PLAN_MAX_TARGETS);
	capture_plan_deinit(&plan);
	strcat(text, "target vfat /dev/sda1 /\n");
	assert_int_equal(capture_plan_parse(&plan, text, &line), -EINVAL);
	assert_int_equal(line, CAPTURE_PLAN_MAX_TARGETS + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse_whole),
		cmocka_unit_test(test_print_gives_the_same_text),
		cmocka_unit_test(test_parse_nothing),
		cmocka_unit_test(test_parse_refuses),
		cmocka_unit_test(test_parse_no_more_than_eight_targets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
