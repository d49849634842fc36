// SPDX-License-Identifier: GPL-2.0
#include "kexec/boot_ram.h"

#include <errno.h>
#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>

static const char iomem_text[] =
	"00001000-0009fbff : System RAM\n"
	"0009fc00-0009ffff : Reserved\n"
	"00100000-1ffdffff : System RAM\n"
	"  10000000-10ffffff : Crash kernel\n"
	"  1a000000-1affffff : Kernel code\n"
	"  1b000000-1b000fff : Reserved\n"
	"1ffe0000-1fffffff : ACPI Tables\n"
	"100000000-17fffffff : System RAM\n";

static struct boot_e820_entry entries[] = {
	{ 0x0, 0x9fc00, E820_RAM },
	{ 0x100000, 0x1fee0000, E820_RAM },
	{ 0x1c000800, 0x1000, E820_NVS },		/* inside RAM of the kernel, not at pages */
	{ 0x100000000, 0x80000000, E820_RAM },
};

static const struct e820_map e820 = { entries, ARRAY_SIZE(entries) };
static struct iomem iomem;

static int make_iomem(void **state)
{
	return iomem_parse(&iomem, iomem_text);
}

static int drop_iomem(void **state)
{
	iomem_deinit(&iomem);
	return 0;
}

static void assert_holes(u64 min_pa, u64 end_pa, const struct memrange *want, u32 count)
{
	struct memrange_set holes;

	assert_int_equal(boot_ram_holes(&holes, &iomem, &e820, min_pa, end_pa, 5), 0);
	assert_int_equal(holes.count, count);
	assert_true(holes.capacity >= holes.count + 5);
	for (u32 i = 0; i < count; i++) {
		assert_int_equal(holes.range[i].start, want[i].start);
		assert_int_equal(holes.range[i].end, want[i].end);
	}
	free(holes.range);
}

/* Not below 1 MiB, not in the crash region or a reserved range; over the old kernel it is fine. */
static void test_boot_ram_holes_all(void **state)
{
	static const struct memrange want[] = {
		{ 0x100000, 0x10000000 }, { 0x11000000, 0x1b000000 }, { 0x1b001000, 0x1c000000 },
		{ 0x1c002000, 0x1ffe0000 }, { 0x100000000, 0x180000000 },
	};

	assert_holes(0, UINT64_MAX, want, ARRAY_SIZE(want));
	assert_holes(0x1000, UINT64_MAX, want, ARRAY_SIZE(want));
}

static void test_boot_ram_holes_limited(void **state)
{
	static const struct memrange want[] = { { 0x12000000, 0x1b000000 }, { 0x1b001000, 0x1b200000 } };
	static const struct memrange odd[] = { { 0x12001000, 0x12003000 } };

	assert_holes(0x12000000, 0x1b200000, want, ARRAY_SIZE(want));
	assert_holes(0x12000001, 0x12003fff, odd, ARRAY_SIZE(odd));
	assert_holes(0x12000001, 0x12001fff, NULL, 0);
	assert_holes(0x10000000, 0x11000000, NULL, 0);
	assert_holes(0x180000000, UINT64_MAX, NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_boot_ram_holes_all, make_iomem, drop_iomem),
		cmocka_unit_test_setup_teardown(test_boot_ram_holes_limited, make_iomem, drop_iomem),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
