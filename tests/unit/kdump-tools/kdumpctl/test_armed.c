// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kdumpctl/armed.h"

static void test_armed_print_and_parse(void **state)
{
	struct armed armed = {
		.boot_id = "b-o-o-t", .mode = "linux", .mode_why = "because", .content = "c0ffee",
		.fallback = "ext4 UUID=1", .fallback_why = "none",
		.target = {
			{ .kind = "raw", .device = "/dev/nvme0n1p2", .uuid = "u", .generation = 1ull << 40 },
			{ .kind = "raw", .device = "/dev/sda", .why = "left out" },
			{ .kind = "dumpfile", .device = "/var/crash/d", .uuid = "v", .generation = 3 },
		},
		.targets = 3,
		.config_crc = 0xffffffff, .cpus = 7, .memory = 8, .follows_hotplug = 1, .armed_time = 1700000000, .region_bytes = 1 << 20,
		.need_bytes = 4096, .work_bytes = 1024, .system_call = "kexec_load", .image = "/x/\"y", .final_action = "reboot",
		.failure_action = "halt",
	}, again;
	char *text = armed_print(&armed);

	assert_non_null(text);
	assert_non_null(strstr(text, "/dev/nvme0n1p2"));
	memset(&again, 0xaa, sizeof(again));
	assert_int_equal(armed_parse(text, &again), 0);
	assert_memory_equal(&armed, &again, sizeof(armed));
	free(text);
}

static void test_armed_next_target(void **state)
{
	struct armed armed = { .target = { { .why = "x" }, { .kind = "raw" }, { .why = "x" }, { .kind = "raw" } }, .targets = 4 };
	const struct armed_target *target = armed_next_target(&armed, NULL);

	assert_ptr_equal(target, &armed.target[1]);
	target = armed_next_target(&armed, target);
	assert_ptr_equal(target, &armed.target[3]);
	assert_null(armed_next_target(&armed, target));
	armed.targets = 1;
	assert_null(armed_next_target(&armed, NULL));
}

/* Too many targets, or one that is none. */
static void test_armed_parse_damaged_targets(void **state)
{
	struct armed armed = { .boot_id = "b", .targets = ARMED_MAX_TARGETS }, again = { .armed_time = 42 };
	char *text = armed_print(&armed), *more, *at = strstr(text, "\"uuid\"");

	assert_int_equal(armed_parse(text, &again), 0);
	assert_int_equal(again.targets, ARMED_MAX_TARGETS);
	memcpy(at, "\"xxxx\"", 6);
	again.armed_time = 42;
	assert_int_equal(armed_parse(text, &again), -EINVAL);
	assert_int_equal(again.armed_time, 42);
	free(text);
	text = armed_print(&armed);
	at = strchr(strstr(text, "\"targets\""), '[');
	assert_true(asprintf(&more, "%.*s[7,%s", (int)(at - text), text, at + 1) > 0);	/* one more, a number */
	assert_int_equal(armed_parse(more, &again), -EINVAL);
	free(more);
	free(text);
}

static void test_armed_parse_damaged(void **state)
{
	static const char *const bad[] = {
		"", "[]", "7", "{", "{\"boot_id\":1}", "{\"boot_id\":\"x\"}", "null",
		"{\"boot_id\":\"012345678901234567890123456789012345678901234567\"}",
	};
	struct armed armed = { .armed_time = 42 };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(armed_parse(bad[i], &armed), -EINVAL);
	assert_int_equal(armed.armed_time, 42);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_armed_print_and_parse),
		cmocka_unit_test(test_armed_next_target),
		cmocka_unit_test(test_armed_parse_damaged),
		cmocka_unit_test(test_armed_parse_damaged_targets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
