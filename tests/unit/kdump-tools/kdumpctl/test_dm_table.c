// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <errno.h>
#include <sys/sysmacros.h>

#include "kdumpctl/dm_table.h"

static void test_dm_table_parse_linear(void **state)
{
	static const char *const bad[] = { "", "254:0", "254 0 1", "254:0 x", "254:0 1 2", "/dev/sda 3" };
	struct dm_piece piece = { .offset = 42 };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(dm_table_parse_linear(bad[i], &piece), -EINVAL);
	assert_int_equal(piece.offset, 42);
	assert_int_equal(dm_table_parse_linear("259:300 4294967296", &piece), 0);
	assert_int_equal(piece.device, makedev(259, 300));
	assert_int_equal(piece.offset, 1ull << 32);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_dm_table_parse_linear) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
