// SPDX-License-Identifier: GPL-2.0
#include "common/cpulist.h"

#include <errno.h>
#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>

static void assert_list(const char *text, const u32 *want, size_t count)
{
	u32 *cpus;
	size_t got;

	assert_int_equal(cpulist_parse(text, &cpus, &got), 0);
	assert_int_equal(got, count);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(cpus[i], want[i]);
	free(cpus);
}

static void test_cpulist_parse_lists(void **state)
{
	assert_list("0", (u32[]){ 0 }, 1);
	assert_list("0-3", (u32[]){ 0, 1, 2, 3 }, 4);
	assert_list("0-1,8,10-11", (u32[]){ 0, 1, 8, 10, 11 }, 5);
	assert_list("", NULL, 0);
}

static void test_cpulist_parse_malformed(void **state)
{
	static const char *const bad[] = { "x", "-1", "3-1", "1,", ",1", "1--2", "1 2", "0-65536", "1-", "99999999999999999999" };
	u32 *cpus = NULL;
	size_t count = 5;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(cpulist_parse(bad[i], &cpus, &count), -EINVAL);
	assert_null(cpus);
	assert_int_equal(count, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cpulist_parse_lists),
		cmocka_unit_test(test_cpulist_parse_malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
