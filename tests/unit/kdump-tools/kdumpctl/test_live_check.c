// SPDX-License-Identifier: GPL-2.0
/* A made-up kernel's /proc/kcore, and a /proc/kpageflags and /proc/meminfo that agree with it or do not. */
#include "kdumpctl/live_check.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <setjmp.h>
#include <cmocka.h>

#include "../kdump-save/save_world.h"

enum { KPF_LRU = 5, KPF_SLAB = 7, KPF_BUDDY = 10, KPF_ANON = 12 };
#define CACHE_PFN 0x280u	/* as many pages below FREE_PFN as there are to the end of it are page cache */
#define USER_PFN 0x200u		/* and as many before are a process's */

static char root[40];
static u64 flags[FAKE_KERNEL_PAGES];
static char why[LIVE_CHECK_WHY_BYTES];

static void write_file(const char *name, const void *data, size_t bytes)
{
	char path[PATH_MAX];
	FILE *file;

	snprintf(path, sizeof(path), "%s/proc/%s", root, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, bytes, file), bytes);
	fclose(file);
}

static void remove_file(const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/proc/%s", root, name);
	unlink(path);
}

static void write_proc(u64 free_pages)
{
	static const char zones[] = "Node 0, zone DMA32\n  pagesets\n    cpu: 0\n              count: 100\n    cpu: 1\n              count: 28\n";
	char text[200];

	snprintf(text, sizeof(text), "MemTotal: 32768 kB\nMemFree: %llu kB\nBuffers: 0 kB\nCached: 512 kB\nAnonPages: 512 kB\n",
		 (unsigned long long)(free_pages * 4));
	write_file("meminfo", text, strlen(text));
	write_file("zoneinfo", zones, sizeof(zones) - 1);
	write_file("kpageflags", flags, sizeof(flags));
}

static void write_kcore(void)
{
	char path[PATH_MAX];

	write_core(0);
	snprintf(path, sizeof(path), "%s/proc/kcore", root);
	unlink(path);
	assert_int_equal(link(core_path, path), 0);
}

static int setup(void **state)
{
	char path[PATH_MAX];

	save_world_setup(state);
	for (u64 pfn = USER_PFN; pfn < FREE_PFN; pfn++) {
		*fake_kernel_page(&kernel, pfn) = (struct fake_page){ .mapcount = 0, .refcount = 1, .flags = 1ull << FAKE_PG_LRU,
								      .mapping = 0xffff888000000000 + (pfn < CACHE_PFN) };
		flags[pfn] = 1ull << KPF_LRU | (pfn < CACHE_PFN ? 1ull << KPF_ANON : 0);
	}
	for (u64 pfn = FREE_PFN; pfn < FAKE_KERNEL_PAGES; pfn++)
		flags[pfn] = is_struct_page(pfn) ? 0 : 1ull << KPF_BUDDY;
	snprintf(root, sizeof(root), "/tmp/test-live-XXXXXX");
	assert_non_null(mkdtemp(root));
	snprintf(path, sizeof(path), "%s/proc", root);
	assert_int_equal(mkdir(path, 0700), 0);
	write_kcore();
	write_proc(FAKE_KERNEL_PAGES - KEPT_PAGES);
	return 0;
}

static int teardown(void **state)
{
	static const char *const names[] = { "kcore", "kpageflags", "meminfo", "zoneinfo" };
	char path[PATH_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		remove_file(names[i]);
	snprintf(path, sizeof(path), "%s/proc", root);
	rmdir(path);
	rmdir(root);
	return save_world_teardown(state);
}

static unsigned trusted(unsigned level)
{
	unsigned is = 99;

	assert_int_equal(live_check(root, level, &is, why), 0);
	return is;
}

static void test_all_is_well(void **state)
{
	assert_int_equal(trusted(LEVEL_ALL), LEVEL_ALL);
	assert_string_equal(why, "");
	assert_int_equal(trusted(0), 0);
}

static void test_free_pages_that_are_slabs(void **state)
{
	for (u64 pfn = 0x1000; pfn < 0x1100; pfn++)
		flags[pfn] = 1ull << KPF_SLAB;
	write_proc(FAKE_KERNEL_PAGES - KEPT_PAGES);
	assert_int_equal(trusted(LEVEL_ALL), LEVEL_ALL & ~LEVEL_FREE);
	assert_non_null(strstr(why, "256 are not"));
	/* What is not asked for is not looked at. */
	assert_int_equal(trusted(LEVEL_USER), LEVEL_USER);
	assert_string_equal(why, "");
}

static void test_a_few_pages_do_not_matter(void **state)
{
	for (u64 pfn = 0x1000; pfn < 0x1000 + LIVE_CHECK_WRONG_PAGES; pfn++)
		flags[pfn] = 1ull << KPF_SLAB;
	write_proc(FAKE_KERNEL_PAGES - KEPT_PAGES);
	assert_int_equal(trusted(LEVEL_ALL), LEVEL_ALL);
}

static void test_cache_that_is_of_processes(void **state)
{
	for (u64 pfn = CACHE_PFN; pfn < FREE_PFN; pfn++)
		flags[pfn] |= 1ull << KPF_ANON;
	write_proc(FAKE_KERNEL_PAGES - KEPT_PAGES);
	assert_int_equal(trusted(LEVEL_ALL), LEVEL_ZERO | LEVEL_USER | LEVEL_FREE);
}

static void test_of_processes_that_is_not(void **state)
{
	for (u64 pfn = USER_PFN; pfn < CACHE_PFN; pfn++)
		flags[pfn] = 1ull << KPF_SLAB;
	write_proc(FAKE_KERNEL_PAGES - KEPT_PAGES);
	assert_int_equal(trusted(LEVEL_ALL), LEVEL_ALL & ~LEVEL_USER);
}

/* A kernel without /proc/kpageflags has only its counts. */
static void test_counts_alone(void **state)
{
	remove_file("kpageflags");
	assert_int_equal(trusted(LEVEL_ALL), LEVEL_ALL);
	write_proc(FAKE_KERNEL_PAGES / 2);
	remove_file("kpageflags");
	assert_int_equal(trusted(LEVEL_ALL), LEVEL_ALL & ~LEVEL_FREE);
	assert_non_null(strstr(why, "the kernel counts 4224"));
}

static void test_vmcoreinfo_lacks_a_key(void **state)
{
	fake_kernel_drop_key(&kernel, "NUMBER(PG_lru)");
	write_kcore();
	assert_int_equal(trusted(LEVEL_ALL), LEVEL_ALL & ~(LEVEL_CACHE | LEVEL_CACHE_PRIVATE));
	assert_non_null(strstr(why, "NUMBER(PG_lru)"));
}

static void test_can_not_be_checked(void **state)
{
	unsigned level = 99;

	fake_kernel_drop_key(&kernel, "SYMBOL(mem_section)");
	write_kcore();
	assert_int_equal(live_check(root, LEVEL_ALL, &level, why), -ENOENT);
	assert_non_null(strstr(why, "SYMBOL(mem_section)"));
	write_file("kcore", "nothing of the kind", 19);
	assert_true(live_check(root, LEVEL_ALL, &level, why) < 0);
	remove_file("kcore");
	assert_int_equal(live_check(root, LEVEL_ALL, &level, why), -ENOENT);
	assert_int_equal(level, 99);
}

int main(void)
{
#define WITH_ROOT(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		WITH_ROOT(test_all_is_well), WITH_ROOT(test_free_pages_that_are_slabs), WITH_ROOT(test_a_few_pages_do_not_matter),
		WITH_ROOT(test_cache_that_is_of_processes), WITH_ROOT(test_of_processes_that_is_not), WITH_ROOT(test_counts_alone),
		WITH_ROOT(test_vmcoreinfo_lacks_a_key), WITH_ROOT(test_can_not_be_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
