// SPDX-License-Identifier: GPL-2.0
#include "kexec/e820.h"

#include <errno.h>
#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

#include "../kdumpctl/fake_root.h"

static void fake_entry(u32 number, const char *start, const char *end, const char *type)
{
	char name[64];

	snprintf(name, sizeof(name), "/memmap/%u/start", number);
	fake_file(name, start);
	snprintf(name, sizeof(name), "/memmap/%u/end", number);
	fake_file(name, end);
	snprintf(name, sizeof(name), "/memmap/%u/type", number);
	fake_file(name, type);
}

static void assert_entry(const struct e820_map *map, u32 i, u64 start, u64 end, u32 type)
{
	struct boot_e820_entry entry = map->entries[i];

	assert_int_equal(entry.addr, start);
	assert_int_equal(entry.addr + entry.size, end);
	assert_int_equal(entry.type, type);
}

static void test_e820_read_folder_sorts_and_knows_types(void **state)
{
	struct e820_map map;

	fake_entry(10, "0x100000000\n", "0x1bfffffff\n", "System RAM\n");
	fake_entry(0, "0x0\n", "0x9fbff\n", "System RAM\n");
	fake_entry(1, "0x9fc00\n", "0x9ffff\n", "Reserved\n");
	fake_entry(2, "0x100000\n", "0x1ffdffff\n", "System RAM\n");
	fake_entry(3, "0x1ffe0000\n", "0x1ffeffff\n", "ACPI Tables\n");
	fake_entry(4, "0x1fff0000\n", "0x1fffffff\n", "ACPI Non-volatile Storage\n");
	fake_entry(5, "0x20000000\n", "0x20000fff\n", "Unusable memory\n");
	fake_entry(6, "0x20001000\n", "0x20001fff\n", "Persistent Memory\n");
	fake_entry(7, "0x20002000\n", "0x20002fff\n", "Persistent Memory (legacy)\n");
	fake_entry(8, "0x20003000\n", "0x20003fff\n", "Soft Reserved\n");
	fake_entry(9, "0x20004000\n", "0x20004fff\n", "Something new\n");
	assert_int_equal(e820_read_folder(&map, fake_path("/memmap")), 0);
	assert_int_equal(map.count, 11);
	assert_entry(&map, 0, 0, 0x9fc00, E820_RAM);
	assert_entry(&map, 1, 0x9fc00, 0xa0000, E820_RESERVED);
	assert_entry(&map, 3, 0x1ffe0000, 0x1fff0000, E820_ACPI);
	assert_entry(&map, 4, 0x1fff0000, 0x20000000, E820_NVS);
	assert_entry(&map, 5, 0x20000000, 0x20001000, E820_UNUSABLE);
	assert_entry(&map, 6, 0x20001000, 0x20002000, E820_PMEM);
	assert_entry(&map, 7, 0x20002000, 0x20003000, E820_PRAM);
	assert_entry(&map, 8, 0x20003000, 0x20004000, E820_SOFT_RESERVED);
	assert_entry(&map, 9, 0x20004000, 0x20005000, E820_RESERVED);
	assert_entry(&map, 10, 0x100000000, 0x1c0000000, E820_RAM);
	e820_deinit(&map);
}

static void test_e820_read_folder_errors(void **state)
{
	struct e820_map map = { .count = 7 };

	assert_int_equal(e820_read_folder(&map, "/nowhere"), -ENOENT);
	mkdir(fake_path("/memmap"), 0755);
	assert_int_equal(e820_read_folder(&map, fake_path("/memmap")), -ENOENT);	/* empty: as if it were not there */
	fake_entry(0, "0x1000\n", "0xfff\n", "System RAM\n");
	assert_int_equal(e820_read_folder(&map, fake_path("/memmap")), -EINVAL);
	fake_entry(0, "0x1000\n", "0xffffffffffffffff\n", "System RAM\n");
	assert_int_equal(e820_read_folder(&map, fake_path("/memmap")), -EINVAL);
	fake_entry(0, "0x1000\n", "rubbish\n", "System RAM\n");
	assert_int_equal(e820_read_folder(&map, fake_path("/memmap")), -EINVAL);
	assert_int_equal(map.count, 7);
}

static void test_e820_from_iomem_takes_what_firmware_said(void **state)
{
	struct iomem iomem;
	struct e820_map map;

	assert_int_equal(iomem_parse(&iomem,
				     "00001000-0009fbff : System RAM\n"
				     "0009fc00-0009ffff : Reserved\n"
				     "00100000-1ffdffff : System RAM\n"
				     "  10000000-10ffffff : Crash kernel\n"
				     "  1a000000-1affffff : Kernel code\n"
				     "1ffe0000-1fffffff : ACPI Tables\n"
				     "b0000000-bfffffff : PCI MMCONFIG 0000 [bus 00-ff]\n"
				     "  b0000000-bfffffff : Reserved\n"
				     "fee00000-fee00fff : Local APIC\n"), 0);
	assert_int_equal(e820_from_iomem(&map, &iomem), 0);
	assert_int_equal(map.count, 5);
	assert_entry(&map, 0, 0x1000, 0x9fc00, E820_RAM);
	assert_entry(&map, 2, 0x100000, 0x1ffe0000, E820_RAM);
	assert_entry(&map, 3, 0x1ffe0000, 0x20000000, E820_ACPI);
	assert_entry(&map, 4, 0xb0000000, 0xc0000000, E820_RESERVED);
	e820_deinit(&map);
	iomem_deinit(&iomem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_e820_read_folder_sorts_and_knows_types, fake_root_setup, fake_root_teardown),
		cmocka_unit_test_setup_teardown(test_e820_read_folder_errors, fake_root_setup, fake_root_teardown),
		cmocka_unit_test(test_e820_from_iomem_takes_what_firmware_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
