// SPDX-License-Identifier: GPL-2.0
#include "kexec/boot_data.h"

#include <assert.h>
#include <string.h>

#include "common/log.h"

#define EFI_FOLDER "/sys/firmware/efi"
#define BOOT_DATA_ALIGN 16

/* Linux uapi asm/bootparam.h; named here as older headers lack some. */
enum { BOOT_DATA_E820_EXT = 1, BOOT_DATA_EFI = 4 };

static_assert(sizeof(struct boot_params) == 4096, "zero-page.rst");

/* Offsets within the piece. */
struct boot_data_layout {
	u64 efi_map, efi_pointers, e820_ext, end;
};

static u32 boot_data_e820_ext_count(const struct boot_data *data)
{
	return data->e820.count > E820_MAX_ENTRIES_ZEROPAGE ? data->e820.count - E820_MAX_ENTRIES_ZEROPAGE : 0;
}

static struct boot_data_layout boot_data_plan(const struct boot_data *data)
{
	struct boot_data_layout at = { .efi_map = sizeof(struct boot_params) };
	u32 ext = boot_data_e820_ext_count(data);

	at.efi_pointers = at.e820_ext = at.end = align_up(at.efi_map + efi_handover_map_bytes(&data->efi), BOOT_DATA_ALIGN);
	if (data->efi.count)
		at.e820_ext = at.end = at.end + sizeof(struct setup_data) + sizeof(struct efi_handover_pointers);
	if (ext)
		at.end += sizeof(struct setup_data) + ext * sizeof(struct boot_e820_entry);
	return at;
}

int boot_data_init(struct boot_data *data, const struct iomem *iomem)
{
	struct boot_data found = { 0 };
	int err;

	if (!firmware_boot_params(&found.running))
		log_warning("this kernel does not tell its boot_params: the next one will know no screen and no EFI");
	firmware_init(&found.firmware);
	err = e820_init(&found.e820, iomem);
	if (err)
		return err;
	err = efi_handover_init(&found.efi, &found.running, EFI_FOLDER);
	if (err) {
		log_error("cannot read what EFI's runtime services need in " EFI_FOLDER ": %s", strerror(-err));
		boot_data_deinit(&found);
		return err;
	}
	*data = found;
	return 0;
}

void boot_data_deinit(struct boot_data *data)
{
	e820_deinit(&data->e820);
	efi_handover_deinit(&data->efi);
}

u64 boot_data_bytes(const struct boot_data *data)
{
	return boot_data_plan(data).end;
}

/* A setup_data at buf + offset, put at the head of the list; its payload. */
static void *boot_data_add(struct boot_params *params, u64 pa, u64 offset, u32 type, u32 bytes)
{
	struct setup_data *entry = (void *)((u8 *)params + offset);

	*entry = (struct setup_data){ .next = params->hdr.setup_data, .type = type, .len = bytes };
	params->hdr.setup_data = pa + offset;
	return entry->data;
}

static void boot_data_build_e820(const struct boot_data *data, struct boot_params *params, u64 pa, u64 ext_offset)
{
	u32 ext = boot_data_e820_ext_count(data), ext_bytes = ext * sizeof(struct boot_e820_entry);

	params->e820_entries = data->e820.count - ext;
	memcpy(params->e820_table, data->e820.entries, params->e820_entries * sizeof(struct boot_e820_entry));
	if (ext)
		memcpy(boot_data_add(params, pa, ext_offset, BOOT_DATA_E820_EXT, ext_bytes),
		       data->e820.entries + params->e820_entries, ext_bytes);
}

void boot_data_build(const struct boot_data *data, const struct zero_page_basics *basics, void *buf, u64 pa)
{
	struct boot_data_layout at = boot_data_plan(data);
	const struct boot_params *running = &data->running;
	struct boot_params *params = buf;

	zero_page_build_basics(params, basics);
	params->hdr.setup_data = 0;
	params->edid_info = running->edid_info;
	params->eddbuf_entries = running->eddbuf_entries;
	memcpy(params->eddbuf, running->eddbuf, sizeof(params->eddbuf));
	params->edd_mbr_sig_buf_entries = running->edd_mbr_sig_buf_entries;
	memcpy(params->edd_mbr_sig_buffer, running->edd_mbr_sig_buffer, sizeof(params->edd_mbr_sig_buffer));
	boot_data_build_e820(data, params, pa, at.e820_ext);
	if (!data->efi.count)
		return;
	params->secure_boot = running->secure_boot;
	efi_handover_build(&data->efi, params, (u8 *)buf + at.efi_map, pa + at.efi_map,
			   boot_data_add(params, pa, at.efi_pointers, BOOT_DATA_EFI, sizeof(struct efi_handover_pointers)));
}
