// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <errno.h>

#include "fake_root.h"
#include "kdumpctl/plan_build.h"

static struct conf conf;
static struct capture_kernel kernel;
static struct device_world world = { .root = fake_root };
static const struct plan_request request = { .conf = &conf, .kernel = &kernel, .world = &world };
static struct plan_build build;
static struct device_use use;

static int setup(void **state)
{
	conf = (struct conf){ 0 };
	kernel = (struct capture_kernel){ .release = "6.1.0-test", .is_running = true };
	build = (struct plan_build){ .request = &request };
	use = (struct device_use){ .world = &world, .plan = &build.plan };
	return fake_root_setup(state);
}

static int teardown(void **state)
{
	plan_build_deinit(&build);
	device_use_deinit(&use);
	return fake_root_teardown(state);
}

static int modules_of(const char *first, const char *second)
{
	assert_int_equal(device_use_add_module(&use, first), 0);
	assert_int_equal(device_use_add_module(&use, second), 0);
	return plan_build_modules(&build, &use);
}

/* The kernel has no folder of modules: all that the target needs is built in, as sysfs tells or does not tell. */
static void test_plan_build_modules_built_in(void **state)
{
	fake_file("/sys/module/nvme/parameters/x", "");
	assert_int_equal(modules_of("nvme", "fs-ext4"), 0);
	assert_int_equal(build.plan.modules, 0);
}

/* The kernel runs on after its package was taken away. */
static void test_plan_build_modules_gone(void **state)
{
	fake_file("/sys/module/nvme/parameters/x", "");
	fake_file("/sys/module/xfs/initstate", "live\n");
	assert_int_equal(modules_of("nvme", "fs-xfs"), -ENOENT);
	assert_string_equal(build.what, "modules");
	assert_non_null(strstr(build.reason, "fs-xfs is a module here, and /lib/modules/6.1.0-test is gone"));
}

/* What is loaded here says nothing of another kernel. */
static void test_plan_build_modules_other_kernel(void **state)
{
	kernel.is_running = false;
	fake_file("/sys/module/xfs/initstate", "live\n");
	assert_int_equal(modules_of("nvme", "fs-xfs"), 0);
}

static void test_plan_build_modules_extra(void **state)
{
	strcpy(conf.extra_modules, "softdog");
	assert_int_equal(modules_of("nvme", "fs-ext4"), -ENOENT);
	assert_string_equal(build.what, "extra_modules");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_plan_build_modules_built_in, setup, teardown),
		cmocka_unit_test_setup_teardown(test_plan_build_modules_gone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_plan_build_modules_other_kernel, setup, teardown),
		cmocka_unit_test_setup_teardown(test_plan_build_modules_extra, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
