// SPDX-License-Identifier: GPL-2.0
#include "kexec/fallback.h"

#include <errno.h>
#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>

static void test_fallback_parse_taken(void **state)
{
	struct memrange_set taken;

	assert_int_equal(fallback_parse_taken("3f000000-3f02c000\n3f0f8000-3f100000\n", &taken), 0);
	assert_int_equal(taken.count, 2);
	assert_int_equal(taken.range[0].start, 0x3f000000);
	assert_int_equal(taken.range[0].end, 0x3f02c000);
	assert_int_equal(taken.range[1].start, 0x3f0f8000);
	assert_int_equal(taken.range[1].end, 0x3f100000);
	free(taken.range);
}

/* No first image: the whole region is free. */
static void test_fallback_parse_taken_nothing(void **state)
{
	struct memrange_set taken;

	assert_int_equal(fallback_parse_taken("", &taken), 0);
	assert_int_equal(taken.count, 0);
	free(taken.range);
}

static void test_fallback_parse_taken_damaged(void **state)
{
	static const char *const bad[] = {
		"\n", "3f000000\n", "3f000000-\n", "3f000000-3f001000", "3f000000-3f001000 \n", "x-y\n",
		"3f001000-3f000000\n", "3f000000-3f001000\nrest\n",
	};
	struct memrange_set taken = { .count = 42 };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(fallback_parse_taken(bad[i], &taken), -EINVAL);
	assert_int_equal(taken.count, 42);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fallback_parse_taken),
		cmocka_unit_test(test_fallback_parse_taken_nothing),
		cmocka_unit_test(test_fallback_parse_taken_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
