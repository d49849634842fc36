// SPDX-License-Identifier: GPL-2.0
/* boot.rst and zero-page.rst of Linux; what the loader says is checked before it is followed. */
#include "capture/crc32.h"
#include "paging.h"
#include "parts.h"
#include "report.h"

#define CMDLINE_MAX 4096u
#define SETUP_DATA_MAX 32

static u64 join(u32 low, u32 high)
{
	return low | (u64)high << 32;
}

static bool map(u64 pa, u64 bytes)
{
	return pa && pa + bytes > pa && !paging_map(pa, pa + bytes, PAGING_OLD);
}

static void report_header(const struct boot_params *params)
{
	const struct setup_header *hdr = &params->hdr;

	report("boot_params: 0x%lx, protocol %u.%02u, magic %s, loader type %x, loadflags %x, init_size 0x%x, sentinel %x\n",
	       (u64)params, hdr->version >> 8, hdr->version & 0xff, hdr->header == 0x53726448 ? "ok" : "WRONG",
	       hdr->type_of_loader, hdr->loadflags, hdr->init_size, params->sentinel);
	report("acpi rsdp: 0x%lx\n", (u64)params->acpi_rsdp_addr);
	report("screen: mode %x, video type %x, framebuffer 0x%lx %ux%u depth %u\n", params->screen_info.orig_video_mode,
	       params->screen_info.orig_video_isVGA,
	       join(params->screen_info.lfb_base, params->screen_info.ext_lfb_base),
	       params->screen_info.lfb_width, params->screen_info.lfb_height, params->screen_info.lfb_depth);
}

static void report_cmdline(const struct boot_params *params)
{
	u64 pa = join(params->hdr.cmd_line_ptr, params->ext_cmd_line_ptr);
	const char *text = (const char *)pa;
	u32 bytes = 0;

	if (!map(pa, CMDLINE_MAX)) {
		report("command line: none\n");
		return;
	}
	while (bytes < CMDLINE_MAX && text[bytes])
		bytes++;
	report("command line: at 0x%lx, %u bytes, crc32 %08x: ", pa, bytes, crc32_update(0, text, bytes));
	for (u32 i = 0; i < bytes; i++)
		report("%c", text[i] >= ' ' && text[i] < 127 ? text[i] : '?');
	report("\n");
}

static void report_initrd(const struct boot_params *params)
{
	u64 pa = join(params->hdr.ramdisk_image, params->ext_ramdisk_image);
	u64 bytes = join(params->hdr.ramdisk_size, params->ext_ramdisk_size);

	if (!pa || !bytes)
		report("initrd: none\n");
	else if (!map(pa, bytes))
		report("initrd: at 0x%lx, %lu bytes, can't be mapped\n", pa, bytes);
	else
		report("initrd: at 0x%lx, %lu bytes, crc32 %08x\n", pa, bytes,
		       crc32_update(0, (const void *)pa, bytes));
}

static void report_efi(const struct boot_params *params)
{
	struct efi_info info = params->efi_info;

	if (!info.efi_loader_signature)
		report("efi: none\n");
	else
		report("efi: system table 0x%lx, memory map 0x%lx, %u bytes of %u each\n",
		       join(info.efi_systab, info.efi_systab_hi), join(info.efi_memmap, info.efi_memmap_hi),
		       info.efi_memmap_size, info.efi_memdesc_size);
}

static void report_setup_data(const struct boot_params *params)
{
	u64 pa = params->hdr.setup_data;

	for (u32 i = 0; pa && i < SETUP_DATA_MAX; i++) {
		const struct setup_data *data = (const void *)pa;

		if (!map(pa, sizeof(*data))) {
			report("setup_data: 0x%lx can't be mapped\n", pa);
			return;
		}
		report("setup_data: 0x%lx type %u, %u bytes\n", pa, data->type, data->len);
		pa = data->next;
	}
}

static void report_e820(const struct boot_params *params)
{
	u32 count = (u32)min_u64(params->e820_entries, E820_MAX_ENTRIES_ZEROPAGE);
	u64 ram_bytes = 0;

	for (u32 i = 0; i < count; i++) {
		struct boot_e820_entry entry = params->e820_table[i];

		report("e820: 0x%012lx-0x%012lx type %u\n", (u64)entry.addr, (u64)(entry.addr + entry.size), entry.type);
		if (entry.type == 1)
			ram_bytes += entry.size;
	}
	report("e820: %u entries, %lu KiB of RAM\n", params->e820_entries, ram_bytes >> 10);
}

void params_report(const struct boot_params *params)
{
	report_header(params);
	report_cmdline(params);
	report_initrd(params);
	report_efi(params);
	report_setup_data(params);
	report_e820(params);
}
