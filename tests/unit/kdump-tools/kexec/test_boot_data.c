// SPDX-License-Identifier: GPL-2.0
#include "kexec/boot_data.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#define PA 0x1ffde000ull
#define MANY 300u

static struct boot_e820_entry entries[MANY];
static struct efi_handover_region regions[2] = { { .type = 6, .pa = 0x1000 }, { .type = 5, .pa = 0x5000 } };
static struct boot_data data;
static u8 *piece;

static int make_data(void **state)
{
	for (u32 i = 0; i < MANY; i++)
		entries[i] = (struct boot_e820_entry){ .addr = i * 0x2000ull, .size = 0x1000, .type = E820_RAM };
	data = (struct boot_data){
		.firmware = { .acpi_rsdp_pa = 0xf59e0, .screen = { .orig_video_isVGA = 0x70 } },
		.e820 = { entries, 5 },
	};
	data.running.secure_boot = 3;
	data.running.eddbuf_entries = 2;
	return 0;
}

static int drop_piece(void **state)
{
	free(piece);
	return 0;
}

static const struct boot_params *build(void)
{
	static const struct setup_header header = { .header = 0x53726448, .setup_data = 0x12345 };
	const struct zero_page_basics basics = {
		.header = &header, .firmware = &data.firmware, .cmdline_pa = 0x1ffdd000,
		.initrd_pa = 0x1fee7000, .initrd_bytes = 4321,
	};

	piece = calloc(1, boot_data_bytes(&data));
	boot_data_build(&data, &basics, piece, PA);
	return (const void *)piece;
}

/* The entry of that type on the list, which must end; NULL. */
static const struct setup_data *find(const struct boot_params *params, u32 type)
{
	u64 at = params->hdr.setup_data;

	while (at) {
		const struct setup_data *entry = (const void *)(piece + (at - PA));

		assert_true(at % 16 == 0 || at % 4 == 0);
		assert_true(at >= PA + sizeof(*params) && at + sizeof(*entry) + entry->len <= PA + boot_data_bytes(&data));
		if (entry->type == type)
			return entry;
		at = entry->next;
	}
	return NULL;
}

static void test_boot_data_build_plain(void **state)
{
	const struct boot_params *params;

	assert_int_equal(boot_data_bytes(&data), 4096);
	params = build();
	assert_int_equal(params->hdr.setup_data, 0);		/* not the file's */
	assert_int_equal(params->hdr.ramdisk_size, 4321);
	assert_int_equal(params->acpi_rsdp_addr, 0xf59e0);
	assert_int_equal(params->screen_info.orig_video_isVGA, 0x70);
	assert_int_equal(params->eddbuf_entries, 2);
	assert_int_equal(params->e820_entries, 5);
	assert_memory_equal(params->e820_table, entries, 5 * sizeof(*entries));
	assert_int_equal(params->efi_info.efi_loader_signature, 0);
	assert_int_equal(params->secure_boot, 0);
}

static void test_boot_data_build_efi(void **state)
{
	const struct boot_params *params;
	const struct efi_handover_pointers *pointers;
	const struct setup_data *entry;

	data.efi = (struct efi_handover){ .regions = regions, .count = 2, .pointers = { .tables_pa = 0x777 } };
	memcpy(&data.efi.info.efi_loader_signature, "EL64", 4);
	params = build();
	assert_int_equal(params->secure_boot, 3);
	assert_int_equal(params->efi_info.efi_memmap, PA + 4096);
	assert_memory_equal(piece + 4096, regions, sizeof(regions));
	entry = find(params, 4);
	assert_non_null(entry);
	assert_int_equal(entry->len, sizeof(*pointers));
	pointers = (const void *)entry->data;
	assert_int_equal(pointers->tables_pa, 0x777);
	assert_null(find(params, 1));
}

/* More ranges than boot_params has room for: the rest is on the list. */
static void test_boot_data_build_long_map(void **state)
{
	const u32 room = E820_MAX_ENTRIES_ZEROPAGE;
	const struct boot_params *params;
	const struct setup_data *entry;

	data.efi = (struct efi_handover){ .regions = regions, .count = 2 };
	data.e820.count = MANY;
	params = build();
	assert_int_equal(params->e820_entries, room);
	entry = find(params, 1);
	assert_non_null(entry);
	assert_int_equal(entry->len, (MANY - room) * sizeof(*entries));
	assert_memory_equal(entry->data, entries + room, entry->len);
	assert_non_null(find(params, 4));
}

static void test_boot_data_build_map_just_fits(void **state)
{
	data.e820.count = E820_MAX_ENTRIES_ZEROPAGE;
	assert_int_equal(boot_data_bytes(&data), 4096);
	assert_null(find(build(), 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_boot_data_build_plain, make_data, drop_piece),
		cmocka_unit_test_setup_teardown(test_boot_data_build_efi, make_data, drop_piece),
		cmocka_unit_test_setup_teardown(test_boot_data_build_long_map, make_data, drop_piece),
		cmocka_unit_test_setup_teardown(test_boot_data_build_map_just_fits, make_data, drop_piece),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
