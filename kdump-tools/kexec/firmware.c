// SPDX-License-Identifier: GPL-2.0
#include "kexec/firmware.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/file.h"

#define BOOT_PARAMS_PATH "/sys/kernel/boot_params/data"
#define EFI_SYSTAB_PATH "/sys/firmware/efi/systab"
#define EFI_CONFIG_TABLE_PATH "/sys/firmware/efi/config_table"
#define EFI_RUNTIME_MAP_PATH "/sys/firmware/efi/runtime-map"

/* UEFI 2.10, 4.3 and 4.6 and 7.2: sizes of the 64-bit structures. */
#define EFI_SYSTEM_TABLE_BYTES 120u
#define EFI_CONFIG_ENTRY_BYTES 24u
#define EFI_MEMORY_DESCRIPTOR_BYTES 48u		/* 40 in the specification, 48 in every EDK2 */

bool firmware_boot_params(struct boot_params *params)
{
	char *data;
	size_t bytes;

	memset(params, 0, sizeof(*params));
	if (file_read(BOOT_PARAMS_PATH, 1u << 16, &data, &bytes))
		return false;
	memcpy(params, data, min_u64(bytes, sizeof(*params)));
	free(data);
	return true;
}

/* The line ACPI20=0x... of the EFI table list. */
static u64 firmware_efi_rsdp(void)
{
	static const char key[] = "ACPI20=";
	const char *at;
	char *text;
	size_t bytes;
	u64 pa = 0;

	if (file_read(EFI_SYSTAB_PATH, 1u << 16, &text, &bytes))
		return 0;
	at = strstr(text, key);
	if (at)
		pa = strtoull(at + strlen(key), NULL, 0);
	free(text);
	return pa;
}

void firmware_init(struct firmware *firmware)
{
	struct boot_params params;

	*firmware = (struct firmware){ 0 };
	if (firmware_boot_params(&params)) {
		firmware->screen = params.screen_info;
		firmware->acpi_rsdp_pa = params.acpi_rsdp_addr;
	}
	if (!firmware->acpi_rsdp_pa)
		firmware->acpi_rsdp_pa = firmware_efi_rsdp();
}

size_t firmware_efi_tables(struct memrange *ranges, size_t room)
{
	struct boot_params params;
	u64 pa;
	size_t count = 0;

	if (room >= 1 && firmware_boot_params(&params)) {
		pa = params.efi_info.efi_systab | (u64)params.efi_info.efi_systab_hi << 32;
		if (pa)
			ranges[count++] = (struct memrange){ pa, pa + EFI_SYSTEM_TABLE_BYTES };
	}
	if (room >= 2 && count && !file_read_u64(EFI_CONFIG_TABLE_PATH, 0, &pa) && pa)
		ranges[count++] = (struct memrange){ pa, pa + EFI_CONFIG_ENTRY_BYTES };
	return count;
}

u64 firmware_efi_map_bytes(void)
{
	struct stat info;

	/* One folder per descriptor, and a folder's link count is 2 + its folders. */
	if (stat(EFI_RUNTIME_MAP_PATH, &info) || info.st_nlink < 2)
		return 0;
	return (info.st_nlink - 2) * EFI_MEMORY_DESCRIPTOR_BYTES;
}
