// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <string.h>

#include "kdumpctl/mode.h"

static void test_mode_decide(void **state)
{
	static const struct {
		struct mode_facts facts;
		enum mode mode;
		const char *why;
	} rows[] = {
		/* asked, needs_linux, prepared_first, prepared_any, standalone_ok, why, linux_ok, why */
		{ { CONF_MODE_AUTO, NULL, true, true, true, "", true, "" }, MODE_STANDALONE, "drives the target" },
		{ { CONF_MODE_AUTO, NULL, true, true, true, "", false, "small" }, MODE_STANDALONE, "drives the target" },
		{ { CONF_MODE_AUTO, NULL, true, true, false, "no driver for sda", true, "" }, MODE_LINUX, "no driver for sda" },
		{ { CONF_MODE_AUTO, NULL, true, true, false, "no driver", false, "small" }, MODE_STANDALONE, "small" },
		{ { CONF_MODE_AUTO, "kdump_pre", true, true, true, "", true, "" }, MODE_LINUX, "kdump_pre" },
		{ { CONF_MODE_AUTO, "kdump_pre", true, true, true, "", false, "small" }, MODE_LINUX, "kdump_pre" },
		{ { CONF_MODE_AUTO, NULL, false, false, false, "", true, "" }, MODE_LINUX, "file system" },
		{ { CONF_MODE_AUTO, NULL, false, false, false, "", false, "small" }, MODE_LINUX, "file system" },
		{ { CONF_MODE_AUTO, NULL, false, true, true, "", true, "" }, MODE_LINUX, "first target" },
		{ { CONF_MODE_AUTO, NULL, false, true, true, "", false, "small" }, MODE_STANDALONE, "small" },
		{ { CONF_MODE_STANDALONE, NULL, false, false, false, "", true, "" }, MODE_STANDALONE, "configuration" },
		{ { CONF_MODE_LINUX, NULL, true, true, true, "", false, "small" }, MODE_LINUX, "configuration" },
	};
	char why[MODE_WHY_BYTES];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (mode_decide(&rows[i].facts, why) != rows[i].mode || !strstr(why, rows[i].why))
			fail_msg("row %zu: %s", i, why);
		/* What is not asked for must not matter. */
		if (!mode_asks_linux(&rows[i].facts)) {
			struct mode_facts other = rows[i].facts;

			other.linux_ok = !other.linux_ok;
			assert_int_equal(mode_decide(&other, why), rows[i].mode);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_mode_decide) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
