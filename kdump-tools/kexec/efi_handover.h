/* SPDX-License-Identifier: GPL-2.0 */
/*
 * UEFI handed from kernel to kernel.  The firmware lets its runtime services be moved to
 * virtual addresses once; the first kernel has done so, and every later one must map them
 * at the same addresses (Linux drivers/firmware/efi/runtime-map.c, setup_data type SETUP_EFI).
 */
#ifndef KEXEC_EFI_HANDOVER_H
#define KEXEC_EFI_HANDOVER_H

#include <asm/bootparam.h>

#include "capture/env.h"

/* EFI_MEMORY_DESCRIPTOR, UEFI 2.10, 7.2.3 */
struct efi_handover_region {
	u32 type;
	u32 reserved;
	u64 pa;
	u64 va;		/* where this kernel mapped it */
	u64 pages;
	u64 attribute;
};

/* Payload of SETUP_EFI: pointers that the firmware's tables no longer hold as physical addresses. */
struct efi_handover_pointers {
	u64 fw_vendor_pa;
	u64 unused;
	u64 tables_pa;		/* configuration tables */
	u64 smbios_pa;
	u64 reserved[8];
};

struct efi_handover {
	struct efi_info info;		/* of the running kernel; signature "" without EFI */
	struct efi_handover_pointers pointers;
	struct efi_handover_region *regions;
	u32 count;			/* 0: no EFI is handed over */
};

/*
 * Reads it; running: this kernel's boot_params; folder: as /sys/firmware/efi.  A machine
 * without EFI, or with its runtime services off, is no error.  -ENOMEM, and what
 * open(2), read(2) say; silent.
 */
int efi_handover_init(struct efi_handover *efi, const struct boot_params *running, const char *folder);
void efi_handover_deinit(struct efi_handover *efi);

/* Bytes of the memory map that efi_handover_build() writes. */
u64 efi_handover_map_bytes(const struct efi_handover *efi);

/*
 * Tells the next kernel: efi_info in params, the memory map, which will lie at map_pa,
 * and SETUP_EFI's payload.  Only with count > 0.
 */
void efi_handover_build(const struct efi_handover *efi, struct boot_params *params, void *map, u64 map_pa,
			struct efi_handover_pointers *pointers);

#endif
