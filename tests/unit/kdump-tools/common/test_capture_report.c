// SPDX-License-Identifier: GPL-2.0
#include "common/capture_report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct capture_report report = {
	.content = "00ff", .complete = false, .why = "the disk is full", .crash_time = 1709210096,
	.vmcore_bytes = 123456789012, .unreadable_pages = 3, .ms = 4567, .region_bytes = 80u << 20,
	.memory_bytes = 60u << 20, .peak_bytes = 41u << 20,
};

static void test_parse_reads_what_print_wrote(void **state)
{
	struct capture_report read = { 0 };
	char text[1024];

	capture_report_print(&report, "capture boot 1-2-3\n", text, sizeof(text));
	assert_memory_equal(text, "capture boot 1-2-3\ncrash time        2024-02-29 12:34:56 UTC\nstate ", 66);
	strcat(text, "--- messages ---\npeak_bytes 7 in a message\n");
	assert_int_equal(capture_report_parse(text, &read), 0);
	assert_string_equal(read.content, "00ff");
	assert_false(read.complete);
	assert_string_equal(read.why, "the disk is full");
	assert_int_equal(read.crash_time, 1709210096);
	assert_int_equal(read.vmcore_bytes, 123456789012);
	assert_int_equal(read.unreadable_pages, 3);
	assert_int_equal(read.ms, 4567);
	assert_int_equal(read.region_bytes, 80u << 20);
	assert_int_equal(read.memory_bytes, 60u << 20);
	assert_int_equal(read.peak_bytes, 41u << 20);
}

static void test_warning_of_a_whole_dump(void **state)
{
	struct capture_report whole = report, read;
	char text[1024];

	whole.complete = true;
	capture_report_print(&whole, "a\n", text, sizeof(text));
	assert_int_equal(capture_report_parse(text, &read), 0);
	assert_true(read.complete);
	assert_string_equal(read.why, "the disk is full");
	whole.why[0] = 0;
	capture_report_print(&whole, "a\n", text, sizeof(text));
	assert_null(strstr(text, "warning"));
}

static void test_parse_refuses_other_logs(void **state)
{
	struct capture_report read = { .ms = 5 };

	assert_int_equal(capture_report_parse("", &read), -EINVAL);
	assert_int_equal(capture_report_parse("target 1-2 generation 3\nstate          complete\n", &read), -EINVAL);
	assert_int_equal(capture_report_parse("content a\nregion_bytes 1\nmemory_bytes 2\npeak_bytes x\n", &read), -EINVAL);
	assert_int_equal(capture_report_parse("content a\nregion_bytes 1\nmemory_bytes 2\npeak_bytes", &read), -EINVAL);
	assert_int_equal(read.ms, 5);
}

static void test_print_cuts_off(void **state)
{
	char text[40];

	memset(text, 'x', sizeof(text));
	capture_report_print(&report, "a\n", text, sizeof(text) - 1);
	assert_int_equal(strlen(text), sizeof(text) - 2);
	assert_int_equal(text[sizeof(text) - 1], 'x');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse_reads_what_print_wrote),
		cmocka_unit_test(test_warning_of_a_whole_dump),
		cmocka_unit_test(test_parse_refuses_other_logs),
		cmocka_unit_test(test_print_cuts_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
