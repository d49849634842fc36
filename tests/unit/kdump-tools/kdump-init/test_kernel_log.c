// SPDX-License-Identifier: GPL-2.0
#include "../kdumpctl/unit.h"

#include <string.h>

#include "kdump-init/kernel_log.h"

static void assert_stripped(const char *text, const char *want)
{
	char buf[128];
	size_t bytes = strlen(text);

	memcpy(buf, text, bytes);
	bytes = kernel_log_strip(buf, bytes);
	assert_int_equal(bytes, strlen(want));
	assert_memory_equal(buf, want, bytes);
}

static void test_strip_takes_levels_alone(void **state)
{
	assert_stripped("<6>[    0.1] a\n<30>[    0.2] b <3>c\n", "[    0.1] a\n[    0.2] b <3>c\n");
	assert_stripped("<6", "<6");
	assert_stripped("<>x\n<a>y\n\n<4>\n<5>", "<>x\n<a>y\n\n\n");
	assert_stripped("", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strip_takes_levels_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
