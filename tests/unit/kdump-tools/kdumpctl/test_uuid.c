// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <string.h>

#include "kdumpctl/uuid.h"

static void test_uuid_text(void **state)
{
	u8 uuid[16], again[16];
	char text[UUID_TEXT_BYTES];

	assert_int_equal(uuid_make(uuid), 0);
	assert_int_equal(uuid[6] >> 4, 4);
	assert_int_equal(uuid[8] >> 6, 2);
	uuid_print(uuid, text);
	assert_int_equal(strlen(text), 36);
	assert_true(uuid_parse_text(text, again));
	assert_memory_equal(uuid, again, 16);
	assert_false(uuid_parse_text("", again));
	text[35] = 0;
	assert_false(uuid_parse_text(text, again));
	assert_false(uuid_parse_text("00000000000000000000000000000000", again));
	assert_false(uuid_parse_text("g0000000-0000-0000-0000-000000000000", again));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_uuid_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
