// SPDX-License-Identifier: GPL-2.0
#include "kexec/machine.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>

/* A 6 GiB guest with crashkernel=128M,high, as its /proc/iomem shows it. */
static const char high_low[] =
	"00000000-00000fff : Reserved\n"
	"00001000-0009fbff : System RAM\n"
	"0009fc00-0009ffff : Reserved\n"
	"00100000-bffdffff : System RAM\n"
	"  ae000000-bdffffff : Crash kernel\n"
	"bffe0000-bfffffff : Reserved\n"
	"100000000-1bfffffff : System RAM\n"
	"  124600000-125401ef1 : Kernel code\n"
	"  1b7000000-1beffffff : Crash kernel\n"
	"200000000-23fffffff : Persistent Memory\n"
	"  200000000-20fffffff : System RAM (kmem)\n";

static struct machine machine;

static int make_machine(void **state)
{
	machine = (struct machine){ 0 };
	return iomem_parse(&machine.iomem, high_low);
}

static int drop_machine(void **state)
{
	machine_deinit(&machine);
	return 0;
}

static void test_machine_find_regions_picks_by_size(void **state)
{
	machine_find_regions(&machine, 128 << 20);
	assert_int_equal(machine.crash.start, 0x1b7000000);
	assert_int_equal(machine.crash.end, 0x1bf000000);
	assert_int_equal(machine.crash_low.start, 0xae000000);
	assert_int_equal(machine.crash_low.end, 0xbe000000);
}

static void test_machine_find_regions_lower_one(void **state)
{
	machine_find_regions(&machine, 256 << 20);
	assert_int_equal(machine.crash.start, 0xae000000);
	assert_int_equal(machine.crash_low.start, 0x1b7000000);
}

static void test_machine_find_regions_none(void **state)
{
	machine_find_regions(&machine, 0);
	assert_int_equal(machine.crash.end, 0);
	assert_int_equal(machine.crash_low.end, 0);
}

static void test_machine_find_regions_equal_sizes(void **state)
{
	static const char text[] =
		"00100000-ffffffff : System RAM\n"
		"  10000000-1fffffff : Crash kernel\n"
		"  30000000-3fffffff : Crash kernel\n";

	machine_deinit(&machine);
	assert_int_equal(iomem_parse(&machine.iomem, text), 0);
	machine_find_regions(&machine, 256 << 20);
	assert_int_equal(machine.crash.start, 0x30000000);
	assert_int_equal(machine.crash_low.start, 0x10000000);
}

static void test_machine_old_ram_without_regions_and_low_mib(void **state)
{
	static const struct memrange want[] = {
		{ 0x100000, 0xae000000 }, { 0xbe000000, 0xbffe0000 }, { 0x100000000, 0x1b7000000 },
		{ 0x1bf000000, 0x1c0000000 }, { 0x200000000, 0x210000000 },
	};
	struct memrange_set set;

	machine_find_regions(&machine, 128 << 20);
	assert_int_equal(machine_old_ram(&machine, &set), 0);
	assert_int_equal(set.count, ARRAY_SIZE(want));
	assert_memory_equal(set.range, want, sizeof(want));
	free(set.range);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_machine_find_regions_picks_by_size, make_machine, drop_machine),
		cmocka_unit_test_setup_teardown(test_machine_find_regions_lower_one, make_machine, drop_machine),
		cmocka_unit_test_setup_teardown(test_machine_find_regions_none, make_machine, drop_machine),
		cmocka_unit_test_setup_teardown(test_machine_find_regions_equal_sizes, make_machine, drop_machine),
		cmocka_unit_test_setup_teardown(test_machine_old_ram_without_regions_and_low_mib, make_machine, drop_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
