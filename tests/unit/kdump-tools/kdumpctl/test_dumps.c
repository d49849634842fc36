// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <errno.h>

#include "fake_root.h"
#include "kdumpctl/dumps.h"

static char folder[PATH_MAX];

static void fake_dump(const char *name, const char *file)
{
	char path[256];

	snprintf(path, sizeof(path), "/crash/%s/kdump.log", name);
	fake_file(path, "a log\n");
	snprintf(path, sizeof(path), "/crash/%s/%s", name, file);
	fake_file(path, "x");
}

static int setup(void **state)
{
	int err = fake_root_setup(state);

	snprintf(folder, sizeof(folder), "%s/crash", fake_root);
	return err;
}

static bool is_there(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "/crash/%s", name);
	return !access(fake_path(path), F_OK);
}

static void make_dumps(void)
{
	fake_dump("web-2026-02-01-00:00:00", "vmcore");
	fake_dump("web-2026-01-31-23:59:59", "vmcore");
	fake_dump("web-2025-01-31-23.59.59-77", "vmcore-incomplete");	/* vfat; a second one of that time */
	fake_dump("web-1-2024-01-01-00:00:00", "vmcore");		/* another host's */
	fake_dump("web-2024-01-01-00:00:00.old", "vmcore");		/* somebody's copy */
	fake_dump("web-unknown-time-5", "vmcore");
	fake_file("/crash/web-2023-01-01-00:00:00/vmcore", "no log");
}

static void test_dumps_find(void **state)
{
	struct dumps dumps;

	assert_int_equal(dumps_find(folder, "web", &dumps), -ENOENT);
	make_dumps();
	assert_int_equal(dumps_find(folder, "web", &dumps), 0);
	assert_int_equal(dumps.count, 3);
	assert_string_equal(dumps.name[0], "web-2025-01-31-23.59.59-77");
	assert_string_equal(dumps.name[2], "web-2026-02-01-00:00:00");
	dumps_deinit(&dumps);
	assert_int_equal(dumps_find(folder, NULL, &dumps), 0);
	assert_int_equal(dumps.count, 4);
	dumps_deinit(&dumps);
	assert_int_equal(dumps_find(folder, "db", &dumps), 0);
	assert_int_equal(dumps.count, 0);
	dumps_deinit(&dumps);
}

static void test_dumps_trim(void **state)
{
	make_dumps();
	fake_dump("web-2026-03-01-00:00:00", "vmcore-incomplete");	/* does not count, and is the newest */
	assert_int_equal(dumps_trim(folder, "web", 3), 0);
	assert_true(is_there("web-2025-01-31-23.59.59-77"));
	assert_int_equal(dumps_trim(folder, "web", 1), 0);
	assert_true(is_there("web-2026-03-01-00:00:00"));
	assert_true(is_there("web-2026-02-01-00:00:00/vmcore"));
	assert_false(is_there("web-2026-01-31-23:59:59"));
	assert_false(is_there("web-2025-01-31-23.59.59-77"));
	for (const char *const *name = (const char *const[]){ "web-1-2024-01-01-00:00:00", "web-2024-01-01-00:00:00.old",
							      "web-unknown-time-5", "web-2023-01-01-00:00:00", NULL }; *name; name++)
		assert_true(is_there(*name));
}

static void test_dumps_trim_leaves_what_is_not_ours(void **state)
{
	fake_dump("web-2026-02-01-00:00:00", "vmcore");
	fake_dump("web-2026-01-01-00:00:00", "vmcore");
	fake_file("/crash/web-2026-01-01-00:00:00/notes", "found it");
	assert_int_equal(dumps_trim(folder, "web", 1), 0);
	assert_true(is_there("web-2026-01-01-00:00:00/notes"));
	assert_false(is_there("web-2026-01-01-00:00:00/vmcore"));
	fake_dump("elsewhere", "vmcore");
	fake_link("/crash/web-2020-01-01-00:00:00", "/crash/elsewhere");
	assert_int_equal(dumps_trim(folder, "web", 1), -ENOTDIR);
	assert_true(is_there("elsewhere/vmcore"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_dumps_find, setup, fake_root_teardown),
		cmocka_unit_test_setup_teardown(test_dumps_trim, setup, fake_root_teardown),
		cmocka_unit_test_setup_teardown(test_dumps_trim_leaves_what_is_not_ours, setup, fake_root_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
