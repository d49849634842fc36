// SPDX-License-Identifier: GPL-2.0
#include "common/dump_dir.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_dump_dir_name_of_times_and_hosts(void **state)
{
	struct dump_id id = { .crash_time = 1709210096, .number = 12 };
	char name[300];

	assert_int_equal(dump_dir_name("web-1.example", &id, name, sizeof(name)), 0);
	assert_string_equal(name, "web-1.example-2024-02-29-12:34:56");
	assert_int_equal(dump_dir_name("(none)", &id, name, sizeof(name)), 0);
	assert_string_equal(name, "localhost-2024-02-29-12:34:56");
	assert_int_equal(dump_dir_name("../../etc", &id, name, sizeof(name)), 0);
	assert_string_equal(name, "localhost-2024-02-29-12:34:56");
	assert_int_equal(dump_dir_name("a/b", &id, name, sizeof(name)), 0);
	assert_string_equal(name, "localhost-2024-02-29-12:34:56");
	assert_int_equal(dump_dir_name("host", &id, name, 10), -ENAMETOOLONG);
	id.crash_time = 0;
	assert_int_equal(dump_dir_name("host", &id, name, sizeof(name)), 0);
	assert_string_equal(name, "host-unknown-time-12");
	id.crash_time = ~0ull;	/* damaged: no folder name of surprising length */
	dump_dir_name("host", &id, name, sizeof(name));
	assert_true(strlen(name) < 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dump_dir_name_of_times_and_hosts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
