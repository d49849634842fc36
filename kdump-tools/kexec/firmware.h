/* SPDX-License-Identifier: GPL-2.0 */
/* What the firmware told this kernel and the capture kernel must be told again. */
#ifndef KEXEC_FIRMWARE_H
#define KEXEC_FIRMWARE_H

#include <asm/bootparam.h>

#include "capture/memrange.h"

struct firmware {
	struct screen_info screen;	/* zeros when unknown: no screen */
	u64 acpi_rsdp_pa;		/* 0 when unknown: the image must search */
};

/* This kernel's own boot_params; false (zeros) when sysfs does not tell them. */
bool firmware_boot_params(struct boot_params *params);

/* Reads /sys/kernel/boot_params and, on EFI, /sys/firmware/efi; what is not there stays zero. */
void firmware_init(struct firmware *firmware);

/*
 * EFI's system table and configuration tables, as far as sysfs tells them, into
 * ranges[room]; returns how many (0 without EFI).
 */
size_t firmware_efi_tables(struct memrange *ranges, size_t room);

/* Bytes of the EFI runtime memory map that kexec_file_load passes on; 0 without EFI. */
u64 firmware_efi_map_bytes(void);

#endif
