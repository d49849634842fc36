// SPDX-License-Identifier: GPL-2.0
#include "../kdumpctl/unit.h"

#include <errno.h>

#include "../kdumpctl/fake_root.h"
#include "initramfs/library.h"

static struct programs_search search;
static struct file_set set;

static int setup(void **state)
{
	memset(&search, 0, sizeof(search));
	search.root = fake_root;
	return fake_root_setup(state);
}

static int teardown(void **state)
{
	file_set_deinit(&set);
	return fake_root_teardown(state);
}

static void script(const char *name, const char *text)
{
	fake_file(name, text);
	assert_int_equal(chmod(fake_path(name), 0755), 0);
}

/* A copy of a real file of this machine. */
static void copy(const char *from, const char *to)
{
	char command[3 * PATH_MAX];

	snprintf(command, sizeof(command), "cp -L %s %s", from, fake_path(to));
	assert_int_equal(system(command), 0);
}

/* A shared object of our own, with what it needs and where it looks. */
static void compile(const char *to, const char *flags)
{
	char command[4 * PATH_MAX];

	snprintf(command, sizeof(command), "echo 'int x;' | gcc -shared -nostdlib -x c - -o %s %s -L%s/opt/lib -L%s/conf -L%s/lib64",
		 fake_path(to), flags, fake_root, fake_root, fake_root);
	assert_int_equal(system(command), 0);
}

static void test_programs_find(void **state)
{
	char path[PATH_MAX] = "untouched";

	script("/usr/bin/tool", "#!/bin/sh\n");
	fake_file("/sbin/no-x", "");
	assert_int_equal(chmod(fake_path("/sbin/no-x"), 0644), 0);
	assert_int_equal(programs_find(&search, "tool", path), 0);
	assert_string_equal(path, "/usr/bin/tool");
	assert_int_equal(programs_find(&search, "/usr/bin/tool", path), 0);
	strcpy(path, "untouched");
	assert_int_equal(programs_find(&search, "/nowhere", path), -ENOENT);
	assert_non_null(strstr(search.reason, "/nowhere"));
	assert_int_equal(programs_find(&search, "missing", path), -ENOENT);
	assert_string_equal(path, "untouched");
}

static void test_programs_scripts(void **state)
{
	script("/etc/kdump/a", "#!/bin/sh -e\necho\n");
	script("/etc/kdump/b", "#!/usr/bin/env inner\n");
	script("/usr/bin/inner", "#! /bin/busybox sh\n");
	assert_int_equal(programs_add(&search, &set, "/etc/kdump/a"), 0);
	assert_true(search.wants_busybox);
	assert_int_equal(programs_add(&search, &set, "/etc/kdump/b"), 0);
	assert_true(file_set_has(&set, "etc/kdump/a"));
	assert_true(file_set_has(&set, "usr/bin/inner"));
	assert_false(file_set_has(&set, "bin/sh"));
}

static void test_programs_bad_scripts(void **state)
{
	script("/a", "#!/bin/missing\n");
	script("/b", "#!nothing\n");
	script("/c", "echo no first line\n");
	script("/d", "#!/e\n");
	script("/e", "#!/d\n");
	assert_int_equal(programs_add(&search, &set, "/a"), -ENOENT);
	assert_non_null(strstr(search.reason, "/bin/missing"));
	assert_int_equal(programs_add(&search, &set, "/b"), -EINVAL);
	assert_int_equal(programs_add(&search, &set, "/c"), -EINVAL);
	assert_non_null(strstr(search.reason, "neither"));
	assert_int_equal(programs_add(&search, &set, "/d"), 0);		/* a circle ends where it began */
	assert_int_equal(programs_add(&search, &set, "/gone"), -ENOENT);
}

/* Against the system's own loader. */
static void test_programs_libraries_as_ldd(void **state)
{
	char line[PATH_MAX], found[PATH_MAX];
	FILE *ldd = popen("ldd /usr/bin/gdb", "r");
	int count = 0;

	search.root = "";
	assert_int_equal(programs_add(&search, &set, "/usr/bin/gdb"), 0);
	assert_non_null(ldd);
	while (fgets(line, sizeof(line), ldd)) {
		const char *path = strchr(line, '/');

		if (!path || sscanf(path, "%4095s", found) != 1)
			continue;
		if (!file_set_has(&set, found))
			fail_msg("%s is missing", found);
		count++;
	}
	pclose(ldd);
	assert_true(count > 5);
	assert_true(file_set_has(&set, "lib64/ld-linux-x86-64.so.2"));
}

static void test_programs_library_places(void **state)
{
	search.root = fake_root;
	compile("/opt/lib/librun.so", "-Wl,-soname,librun.so");
	compile("/conf/libconf.so", "-Wl,-soname,libconf.so");
	compile("/lib64/libc.so.6", "-Wl,-soname,libc.so.6");
	fake_file("/etc/ld.so.conf", "# first\ninclude ld.so.conf.d/*.conf\n");
	fake_file("/etc/ld.so.conf.d/x.conf", "/elsewhere\n  /conf  # here\n");
	compile("/bin/program", "-Wl,--no-as-needed,-rpath,'$ORIGIN/../opt/lib' -l:librun.so -l:libconf.so -l:libc.so.6");
	assert_int_equal(programs_add(&search, &set, "/bin/program"), 0);
	assert_true(file_set_has(&set, "opt/lib/librun.so"));
	assert_true(file_set_has(&set, "lib64/libc.so.6"));
	/* The initramfs has no ld.so.cache: beside libc the loader finds it. */
	assert_true(file_set_has(&set, "lib64/libconf.so"));
	assert_false(file_set_has(&set, "conf/libconf.so"));
}

static void test_programs_library_missing(void **state)
{
	compile("/lib64/libgone.so", "-Wl,-soname,libgone.so");
	compile("/bin/program", "-Wl,--no-as-needed -l:libgone.so");
	assert_int_equal(remove(fake_path("/lib64/libgone.so")), 0);
	assert_int_equal(programs_add(&search, &set, "/bin/program"), -ENOENT);
	assert_non_null(strstr(search.reason, "libgone.so"));
}

static void test_programs_damaged_elf(void **state)
{
	static const char head[] = "\177ELF\2\1\1 and then nothing of the kind";

	fake_data("/bin/damaged", head, sizeof(head));
	assert_int_equal(programs_add(&search, &set, "/bin/damaged"), -EINVAL);
}

static void test_programs_busybox(void **state)
{
	assert_int_equal(programs_add_busybox(&search, &set), -ENOENT);
	assert_non_null(strstr(search.reason, "busybox"));
	copy("/bin/busybox", "/bin/busybox");
	assert_int_equal(programs_add_busybox(&search, &set), 0);
	assert_true(file_set_has(&set, "bin/busybox"));
	assert_true(file_set_has(&set, "bin/sh"));
	assert_true(file_set_has(&set, "bin/cat"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_programs_find, setup, teardown),
		cmocka_unit_test_setup_teardown(test_programs_scripts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_programs_bad_scripts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_programs_libraries_as_ldd, setup, teardown),
		cmocka_unit_test_setup_teardown(test_programs_library_places, setup, teardown),
		cmocka_unit_test_setup_teardown(test_programs_library_missing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_programs_damaged_elf, setup, teardown),
		cmocka_unit_test_setup_teardown(test_programs_busybox, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
