// SPDX-License-Identifier: GPL-2.0
#include "kexec/efi_handover.h"

#include <errno.h>
#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

#include "../kdumpctl/fake_root.h"

static struct boot_params running;

static int setup(void **state)
{
	memset(&running, 0, sizeof(running));
	memcpy(&running.efi_info.efi_loader_signature, "EL64", 4);
	running.efi_info.efi_systab = 0x1f5ec018;
	running.efi_info.efi_systab_hi = 1;
	running.efi_info.efi_memdesc_size = 48;
	running.efi_info.efi_memdesc_version = 1;
	running.efi_info.efi_memmap = 0x12345678;
	running.efi_info.efi_memmap_size = 4800;
	return fake_root_setup(state);
}

static void fake_region(u32 number, const char *type, const char *pa, const char *va, const char *pages)
{
	static const char *const file[] = { "type", "phys_addr", "virt_addr", "num_pages", "attribute" };
	const char *const text[] = { type, pa, va, pages, "0x800000000000000f\n" };
	char name[64];

	for (u32 i = 0; i < ARRAY_SIZE(file); i++) {
		snprintf(name, sizeof(name), "/efi/runtime-map/%u/%s", number, file[i]);
		fake_file(name, text[i]);
	}
}

static void fake_efi(void)
{
	fake_region(0, "0x6\n", "0x1f5ec000\n", "0xfffffffeff1ec000\n", "0x100\n");
	fake_region(1, "0x5\n", "0x100000000\n", "0xfffffffefe000000\n", "0x2\n");
	fake_file("/efi/fw_vendor", "0x1f52aa18\n");
	fake_file("/efi/config_table", "0x1f5ebc98\n");
	fake_file("/efi/systab", "MPS=0x1\nACPI20=0x1f77e014\nSMBIOS3=0x1f540000\nSMBIOS=0x1f541000\n");
}

static void test_efi_handover_init_and_build(void **state)
{
	static struct boot_params params;
	struct efi_handover_region map[2];
	struct efi_handover_pointers pointers;
	struct efi_handover efi;

	fake_efi();
	assert_int_equal(efi_handover_init(&efi, &running, fake_path("/efi")), 0);
	assert_int_equal(efi.count, 2);
	assert_int_equal(efi_handover_map_bytes(&efi), 80);
	efi_handover_build(&efi, &params, map, 0x1fffff000, &pointers);
	assert_memory_equal(&params.efi_info.efi_loader_signature, "EL64", 4);
	assert_int_equal(params.efi_info.efi_systab, 0x1f5ec018);
	assert_int_equal(params.efi_info.efi_systab_hi, 1);
	assert_int_equal(params.efi_info.efi_memmap, 0xfffff000);
	assert_int_equal(params.efi_info.efi_memmap_hi, 1);
	assert_int_equal(params.efi_info.efi_memmap_size, 80);
	assert_int_equal(params.efi_info.efi_memdesc_size, 40);
	assert_int_equal(params.efi_info.efi_memdesc_version, 1);
	assert_int_equal(map[0].type, 6);
	assert_int_equal(map[0].pa, 0x1f5ec000);
	assert_int_equal(map[0].va, 0xfffffffeff1ec000);
	assert_int_equal(map[0].pages, 0x100);
	assert_int_equal(map[0].attribute, 0x800000000000000f);
	assert_int_equal(map[1].pa, 0x100000000);
	assert_int_equal(pointers.fw_vendor_pa, 0x1f52aa18);
	assert_int_equal(pointers.tables_pa, 0x1f5ebc98);
	assert_int_equal(pointers.smbios_pa, 0x1f541000);
	assert_int_equal(pointers.reserved[7], 0);
	efi_handover_deinit(&efi);
}

static void test_efi_handover_init_without(void **state)
{
	struct efi_handover efi;

	/* Runtime services off: there is no map. */
	assert_int_equal(efi_handover_init(&efi, &running, fake_path("/efi")), 0);
	assert_int_equal(efi.count, 0);
	fake_efi();
	memcpy(&running.efi_info.efi_loader_signature, "EL32", 4);
	assert_int_equal(efi_handover_init(&efi, &running, fake_path("/efi")), 0);
	assert_int_equal(efi.count, 0);
	assert_null(efi.regions);
}

static void test_efi_handover_init_errors(void **state)
{
	struct efi_handover efi = { .count = 9 };

	fake_efi();
	fake_file("/efi/runtime-map/1/num_pages", "none\n");
	assert_int_equal(efi_handover_init(&efi, &running, fake_path("/efi")), -EINVAL);
	fake_efi();
	unlink(fake_path("/efi/config_table"));
	assert_int_equal(efi_handover_init(&efi, &running, fake_path("/efi")), -ENOENT);
	assert_int_equal(efi.count, 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_efi_handover_init_and_build, setup, fake_root_teardown),
		cmocka_unit_test_setup_teardown(test_efi_handover_init_without, setup, fake_root_teardown),
		cmocka_unit_test_setup_teardown(test_efi_handover_init_errors, setup, fake_root_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
