// SPDX-License-Identifier: GPL-2.0
#include "kexec/efi_handover.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"

#define EFI_SIGNATURE "EL64"		/* efi_loader_signature of 64-bit firmware */
#define EFI_MAX_LIST_BYTES (1u << 16)

static_assert(sizeof(struct efi_handover_region) == 40, "UEFI 2.10, 7.2.3");
static_assert(sizeof(struct efi_handover_pointers) == 96, "Linux struct efi_setup_data");

/* SMBIOS=0x... of the table list; 0 when there is none. */
static u64 efi_handover_smbios(const char *folder)
{
	static const char key[] = "SMBIOS=";
	char path[PATH_MAX], *text, *at;
	size_t bytes;
	u64 pa = 0;

	if (file_join_path(path, sizeof(path), folder, "systab") || file_read(path, EFI_MAX_LIST_BYTES, &text, &bytes))
		return 0;
	for (at = text; at; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (!strncmp(at, key, strlen(key)))
			pa = strtoull(at + strlen(key), NULL, 0);
	}
	free(text);
	return pa;
}

static int efi_handover_read_region(struct efi_handover *efi, const char *folder)
{
	struct efi_handover_region *regions, region = { 0 };
	u64 type;
	int err = file_read_u64_in(folder, "type", 0, &type);

	if (!err)
		err = file_read_u64_in(folder, "phys_addr", 0, &region.pa);
	if (!err)
		err = file_read_u64_in(folder, "virt_addr", 0, &region.va);
	if (!err)
		err = file_read_u64_in(folder, "num_pages", 0, &region.pages);
	if (!err)
		err = file_read_u64_in(folder, "attribute", 0, &region.attribute);
	if (err)
		return err;
	region.type = type;
	regions = realloc(efi->regions, (efi->count + 1) * sizeof(*regions));
	if (!regions)
		return -ENOMEM;
	regions[efi->count++] = region;
	efi->regions = regions;
	return 0;
}

/* runtime-map/0, 1 and so on: the order is kept, though nobody is known to need it. */
static int efi_handover_read_map(struct efi_handover *efi, const char *folder)
{
	for (;;) {
		char name[32], path[PATH_MAX];
		int err;

		snprintf(name, sizeof(name), "runtime-map/%u", efi->count);
		err = file_join_path(path, sizeof(path), folder, name);
		if (!err && access(path, F_OK))
			return errno == ENOENT ? 0 : -errno;
		if (!err)
			err = efi_handover_read_region(efi, path);
		if (err)
			return err;
	}
}

int efi_handover_init(struct efi_handover *ret_efi, const struct boot_params *running, const char *folder)
{
	struct efi_handover efi = { .info = running->efi_info };
	int err;

	if (memcmp(&efi.info.efi_loader_signature, EFI_SIGNATURE, 4)) {
		*ret_efi = (struct efi_handover){ 0 };
		return 0;
	}
	err = efi_handover_read_map(&efi, folder);
	if (!err && efi.count) {
		err = file_read_u64_in(folder, "fw_vendor", 0, &efi.pointers.fw_vendor_pa);
		if (!err)
			err = file_read_u64_in(folder, "config_table", 0, &efi.pointers.tables_pa);
		efi.pointers.smbios_pa = efi_handover_smbios(folder);
	}
	if (err) {
		efi_handover_deinit(&efi);
		return err;
	}
	*ret_efi = efi;
	return 0;
}

void efi_handover_deinit(struct efi_handover *efi)
{
	free(efi->regions);
	*efi = (struct efi_handover){ 0 };
}

u64 efi_handover_map_bytes(const struct efi_handover *efi)
{
	return efi->count * sizeof(*efi->regions);
}

void efi_handover_build(const struct efi_handover *efi, struct boot_params *params, void *map, u64 map_pa,
			struct efi_handover_pointers *pointers)
{
	struct efi_info info = efi->info;

	memcpy(map, efi->regions, efi_handover_map_bytes(efi));
	info.efi_memmap = (u32)map_pa;
	info.efi_memmap_hi = map_pa >> 32;
	info.efi_memmap_size = efi_handover_map_bytes(efi);
	info.efi_memdesc_size = sizeof(*efi->regions);
	params->efi_info = info;
	*pointers = efi->pointers;
}
