/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What firmware would have told the next kernel: boot_params with the whole memory map,
 * behind it the EFI memory map and the setup_data list.  One piece of memory.
 */
#ifndef KEXEC_BOOT_DATA_H
#define KEXEC_BOOT_DATA_H

#include "kexec/e820.h"
#include "kexec/efi_handover.h"
#include "kexec/zero_page.h"

struct boot_data {
	struct boot_params running;	/* of this kernel */
	struct firmware firmware;
	struct e820_map e820;
	struct efi_handover efi;
};

/* Gathers it from the running kernel.  Says its errors: those of its sources. */
int boot_data_init(struct boot_data *data, const struct iomem *iomem);
void boot_data_deinit(struct boot_data *data);

/* Size of the piece. */
u64 boot_data_bytes(const struct boot_data *data);

/* Writes it to buf[boot_data_bytes()], zeroed by the caller, which will lie at pa (16-byte aligned). */
void boot_data_build(const struct boot_data *data, const struct zero_page_basics *basics, void *buf, u64 pa);

#endif
