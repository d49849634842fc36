// SPDX-License-Identifier: GPL-2.0
#include "kexec/zero_page.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

static const char iomem_text[] =
	"00000000-00000fff : Reserved\n"
	"00001000-0009fbff : System RAM\n"
	"00100000-3f76bfff : System RAM\n"
	"  30000000-37ffffff : Crash kernel\n"
	"3f76c000-3f77dfff : ACPI Tables\n"
	"3f77e000-3f7fdfff : ACPI Non-volatile Storage\n"
	"b0000000-bfffffff : PCI MMCONFIG 0000 [bus 00-ff]\n"
	"  b0000000-bfffffff : Reserved\n";

static struct machine machine;
static struct firmware firmware;
static struct bzimage image;
static struct boot_params params;

static int make_machine(void **state)
{
	machine = (struct machine){ .crash = { 0x30000000, 0x38000000 } };
	firmware = (struct firmware){ .acpi_rsdp_pa = 0xf59d0, .screen = { .orig_video_isVGA = 0x70 } };
	image = (struct bzimage){ .header = { .header = 0x53726448, .setup_sects = 3, .init_size = 77 } };
	return iomem_parse(&machine.iomem, iomem_text);
}

static int drop_machine(void **state)
{
	machine_deinit(&machine);
	return 0;
}

static void build(u64 cmdline_pa, u64 initrd_pa, u64 initrd_bytes)
{
	const struct zero_page_request request = {
		.image = &image, .machine = &machine, .firmware = &firmware, .cmdline_pa = cmdline_pa,
		.initrd_pa = initrd_pa, .initrd_bytes = initrd_bytes, .elfcorehdr = { 0x37fff000, 0x38000000 },
	};

	memset(&params, 0xff, sizeof(params));
	zero_page_build(&params, &request);
}

static void assert_e820(u32 index, u64 start, u64 end, u32 type)
{
	struct boot_e820_entry entry = params.e820_table[index];

	assert_int_equal(entry.addr, start);
	assert_int_equal(entry.addr + entry.size, end);
	assert_int_equal(entry.type, type);
}

static void test_zero_page_build_fields(void **state)
{
	build(0x1befffc00, 0x1bec58000, 0x123456789);
	assert_int_equal(params.hdr.header, 0x53726448);
	assert_int_equal(params.hdr.init_size, 77);
	assert_int_equal(params.hdr.type_of_loader, 0xff);
	assert_int_equal(params.hdr.cmd_line_ptr, 0xbefffc00);
	assert_int_equal(params.ext_cmd_line_ptr, 1);
	assert_int_equal(params.hdr.ramdisk_image, 0xbec58000);
	assert_int_equal(params.ext_ramdisk_image, 1);
	assert_int_equal(params.hdr.ramdisk_size, 0x23456789);
	assert_int_equal(params.ext_ramdisk_size, 1);
	assert_int_equal(params.acpi_rsdp_addr, 0xf59d0);
	assert_int_equal(params.screen_info.orig_video_isVGA, 0x70);
	assert_int_equal(params.sentinel, 0);
}

static void test_zero_page_build_without_initrd(void **state)
{
	build(0x37ffc000, 0x37000000, 0);
	assert_int_equal(params.hdr.ramdisk_image, 0);
	assert_int_equal(params.hdr.ramdisk_size, 0);
}

static void test_zero_page_build_e820(void **state)
{
	build(0x37ffc000, 0, 0);
	assert_int_equal(params.e820_entries, 6);
	assert_e820(0, 0x1000, 0x9fc00, 1);
	assert_e820(1, 0x30000000, 0x37fff000, 1);
	assert_e820(2, 0x3f76c000, 0x3f77e000, 3);
	assert_e820(3, 0x3f77e000, 0x3f7fe000, 4);
	assert_e820(4, 0, 0x1000, 2);
	assert_e820(5, 0xb0000000, 0xc0000000, 2);
}

static void test_zero_page_build_e820_low_region(void **state)
{
	machine.crash_low = (struct memrange){ 0x10000000, 0x20000000 };
	build(0x37ffc000, 0, 0);
	assert_e820(1, 0x10000000, 0x20000000, 1);
	assert_e820(2, 0x30000000, 0x37fff000, 1);
}

/* More entries than the table holds: what the image runs in is there all the same. */
static void test_zero_page_build_e820_full(void **state)
{
	char *text = malloc(64 * 300), *at = text;

	for (u64 i = 0; i < 300; i++)
		at += sprintf(at, "%llx-%llx : Reserved\n", 0x100000000ull + i * 0x2000, 0x100000fffull + i * 0x2000);
	machine_deinit(&machine);
	assert_int_equal(iomem_parse(&machine.iomem, text), 0);
	free(text);
	build(0x37ffc000, 0, 0);
	assert_int_equal(params.e820_entries, E820_MAX_ENTRIES_ZEROPAGE);
	assert_e820(0, 0x30000000, 0x37fff000, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_zero_page_build_fields, make_machine, drop_machine),
		cmocka_unit_test_setup_teardown(test_zero_page_build_without_initrd, make_machine, drop_machine),
		cmocka_unit_test_setup_teardown(test_zero_page_build_e820, make_machine, drop_machine),
		cmocka_unit_test_setup_teardown(test_zero_page_build_e820_low_region, make_machine, drop_machine),
		cmocka_unit_test_setup_teardown(test_zero_page_build_e820_full, make_machine, drop_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
