// SPDX-License-Identifier: GPL-2.0
#include "kexec/zero_page.h"

#include <string.h>

#include "kexec/e820.h"

#define LOADER_UNKNOWN 0xff	/* boot.rst, type_of_loader: no assigned id */
#define LOW_MIB_BYTES (1ull << 20)

static void zero_page_add_e820(struct boot_params *params, u64 start, u64 end, u32 type)
{
	if (start >= end || params->e820_entries >= E820_MAX_ENTRIES_ZEROPAGE)
		return;
	params->e820_table[params->e820_entries++] = (struct boot_e820_entry){
		.addr = start, .size = end - start, .type = type,
	};
}

static void zero_page_add_named(struct boot_params *params, const struct iomem *iomem, const char *name,
				u64 limit, u32 type)
{
	const struct iomem_entry *entry = NULL;

	while ((entry = iomem_next(iomem, name, entry)))
		if (entry->start < limit)
			zero_page_add_e820(params, entry->start, min_u64(entry->end, limit), type);
}

/*
 * The image may use the crash region less elfcorehdr, the low region and what is
 * usable below 1 MiB (real-mode code needs it).  Reserved ranges come last: they are
 * what a full table can lose.
 */
static void zero_page_fill_e820(struct boot_params *params, const struct zero_page_request *request)
{
	const struct machine *machine = request->machine;

	zero_page_add_named(params, &machine->iomem, IOMEM_RAM, LOW_MIB_BYTES, E820_RAM);
	zero_page_add_e820(params, machine->crash_low.start, machine->crash_low.end, E820_RAM);
	zero_page_add_e820(params, machine->crash.start, request->elfcorehdr.start, E820_RAM);
	zero_page_add_e820(params, request->elfcorehdr.end, machine->crash.end, E820_RAM);
	zero_page_add_named(params, &machine->iomem, IOMEM_ACPI_TABLES, UINT64_MAX, E820_ACPI);
	zero_page_add_named(params, &machine->iomem, IOMEM_ACPI_NVS, UINT64_MAX, E820_NVS);
	zero_page_add_named(params, &machine->iomem, IOMEM_RESERVED, UINT64_MAX, E820_RESERVED);
}

void zero_page_build_basics(struct boot_params *params, const struct zero_page_basics *basics)
{
	memset(params, 0, sizeof(*params));
	params->hdr = *basics->header;
	params->hdr.type_of_loader = LOADER_UNKNOWN;
	params->hdr.cmd_line_ptr = (u32)basics->cmdline_pa;
	params->ext_cmd_line_ptr = basics->cmdline_pa >> 32;
	if (basics->initrd_bytes) {
		params->hdr.ramdisk_image = (u32)basics->initrd_pa;
		params->ext_ramdisk_image = basics->initrd_pa >> 32;
		params->hdr.ramdisk_size = (u32)basics->initrd_bytes;
		params->ext_ramdisk_size = basics->initrd_bytes >> 32;
	}
	params->screen_info = basics->firmware->screen;
	params->acpi_rsdp_addr = basics->firmware->acpi_rsdp_pa;
}

void zero_page_build(struct boot_params *params, const struct zero_page_request *request)
{
	const struct zero_page_basics basics = {
		.header = &request->image->header,
		.firmware = request->firmware,
		.cmdline_pa = request->cmdline_pa,
		.initrd_pa = request->initrd_pa,
		.initrd_bytes = request->initrd_bytes,
	};

	zero_page_build_basics(params, &basics);
	zero_page_fill_e820(params, request);
}
