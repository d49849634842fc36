// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <errno.h>

#include "fake_root.h"
#include "kdumpctl/last_capture.h"

static void fake_report(const char *folder, const char *content, u64 time)
{
	struct capture_report report = {
		.complete = true, .crash_time = time, .vmcore_bytes = 1, .region_bytes = 100, .memory_bytes = 60, .peak_bytes = 20,
	};
	char text[4096], name[256];

	snprintf(report.content, sizeof(report.content), "%s", content);
	capture_report_print(&report, "kernel's first line\n", text, sizeof(text));
	snprintf(name, sizeof(name), "/crash/%s/" CAPTURE_REPORT_FILE, folder);
	fake_file(name, text);
}

static void test_last_capture_find(void **state)
{
	struct last_capture found = { .crash_time = 7 };
	char folder[PATH_MAX], want[PATH_MAX + 8];

	snprintf(folder, sizeof(folder), "%s/crash", fake_root);
	assert_int_equal(last_capture_find(folder, &found), -ENOENT);
	fake_file("/crash/a/kdump.log", "target 1-2 generation 3\nsomething of the dump kernel's\n");
	fake_file("/crash/file", "");
	assert_int_equal(last_capture_find(folder, &found), -ENOENT);
	assert_int_equal(found.crash_time, 7);
	fake_report("b", "c0ffee", 1000);
	fake_report("c", "abcdef", 3000);
	fake_report("d", "012345", 2000);
	assert_int_equal(last_capture_find(folder, &found), 0);
	assert_string_equal(found.content, "abcdef");
	assert_int_equal(found.crash_time, 3000);
	assert_int_equal(found.peak_bytes, 20);
	assert_true(found.complete);
	snprintf(want, sizeof(want), "%s/c", folder);
	assert_string_equal(found.folder, want);
}

static void test_last_capture_text(void **state)
{
	struct last_capture last = {
		.content = "0123456789abcdef", .folder = "/var/crash/a b", .crash_time = 1, .region_bytes = 4, .memory_bytes = 3,
		.peak_bytes = 2, .complete = true,
	}, again;
	char text[LAST_CAPTURE_BYTES];

	memset(&again, 0xaa, sizeof(again));
	last_capture_print(&last, text);
	assert_int_equal(last_capture_parse(text, &again), 0);
	assert_string_equal(again.content, last.content);
	assert_string_equal(again.folder, last.folder);
	assert_int_equal(again.crash_time, 1);
	assert_int_equal(again.region_bytes, 4);
	assert_int_equal(again.memory_bytes, 3);
	assert_int_equal(again.peak_bytes, 2);
	assert_true(again.complete);
}

static void test_last_capture_damaged(void **state)
{
	static const char *const bad[] = {
		"", "content", "content x\n", "content 0f\ntime 1\nregion 2\nmemory 3\npeak 4\ncomplete 1\nfolder /x\n",
		"content 0f\ntime 1\nregion 9\nmemory 3\npeak 4\ncomplete 1\nfolder /x\n",
	};
	struct last_capture last = { .peak_bytes = 42 };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(last_capture_parse(bad[i], &last), -EINVAL);
	assert_int_equal(last.peak_bytes, 42);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_last_capture_find, fake_root_setup, fake_root_teardown),
		cmocka_unit_test(test_last_capture_text),
		cmocka_unit_test(test_last_capture_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
