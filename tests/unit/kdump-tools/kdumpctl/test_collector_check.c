// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <errno.h>

#include "fake_root.h"
#include "kdumpctl/collector_check.h"

/* A kdump-save that knows -l and nothing else. */
static int setup(void **state)
{
	int err = fake_root_setup(state);

	fake_file("/save", "#!/bin/sh\n[ \"$*\" = '-l --version' ] || { echo \"kdump-save: $1: no such option\"; exit 1; }\n");
	return err ? err : chmod(fake_path("/save"), 0755);
}

static void test_collector_check_options(void **state)
{
	char reason[64] = "old";

	assert_int_equal(collector_check_options(fake_path("/save"), " \t-l ", reason, sizeof(reason)), 0);
	assert_string_equal(reason, "old");
	assert_int_equal(collector_check_options(fake_path("/save"), "-q -l", reason, sizeof(reason)), -EINVAL);
	assert_string_equal(reason, "-q: no such option");
	assert_int_equal(collector_check_options("/nonexistent/save", "-l", reason, sizeof(reason)), -EINVAL);
	assert_string_equal(reason, "it can't be run");
}

static void test_collector_check_too_many(void **state)
{
	char many[256] = "", reason[64] = "old";

	for (int i = 0; i < 64; i++)
		strcat(many, " -l");
	assert_int_equal(collector_check_options(fake_path("/save"), many, reason, sizeof(reason)), -E2BIG);
	assert_string_not_equal(reason, "old");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_collector_check_options, setup, fake_root_teardown),
		cmocka_unit_test_setup_teardown(test_collector_check_too_many, setup, fake_root_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
