/* SPDX-License-Identifier: GPL-2.0 */
/* The machine's memory map as the firmware gave it, for a kernel that is booted without firmware. */
#ifndef KEXEC_E820_H
#define KEXEC_E820_H

#include <asm/bootparam.h>

#include "common/iomem.h"

/* ACPI 6.5, table 15.4 */
enum e820_type {
	E820_RAM = 1,
	E820_RESERVED = 2,
	E820_ACPI = 3,
	E820_NVS = 4,
	E820_UNUSABLE = 5,
	E820_PMEM = 7,
	E820_PRAM = 12,				/* Linux: persistent memory of old firmware */
	E820_SOFT_RESERVED = 0xefffffff,	/* Linux: EFI_MEMORY_SP */
};

struct e820_map {
	struct boot_e820_entry *entries;	/* by address */
	u32 count;
};

/*
 * Reads /sys/firmware/memmap, or makes a map of iomem when the kernel has none.
 * Says its errors: -ENOMEM, -EINVAL, open(2)'s and read(2)'s.
 */
int e820_init(struct e820_map *map, const struct iomem *iomem);
void e820_deinit(struct e820_map *map);

/* Its two sources, silent; folder: as /sys/firmware/memmap. */
int e820_read_folder(struct e820_map *map, const char *folder);
int e820_from_iomem(struct e820_map *map, const struct iomem *iomem);

#endif
