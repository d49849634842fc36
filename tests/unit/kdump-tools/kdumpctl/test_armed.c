// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kdumpctl/armed.h"

static void test_armed_print_and_parse(void **state)
{
	struct armed armed = {
		.boot_id = "b-o-o-t", .device = "/dev/nvme0n1p2", .uuid = "u", .generation = 1ull << 40,
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

static void test_armed_parse_damaged(void **state)
{
	static const char *const bad[] = {
		"", "[]", "7", "{", "{\"boot_id\":1}", "{\"boot_id\":\"x\"}", "null",
		"{\"boot_id\":\"012345678901234567890123456789012345678901234567\"}",
	};
	struct armed armed = { .generation = 42 };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(armed_parse(bad[i], &armed), -EINVAL);
	assert_int_equal(armed.generation, 42);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_armed_print_and_parse),
		cmocka_unit_test(test_armed_parse_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
