/* SPDX-License-Identifier: GPL-2.0 */
/* RAM that the next kernel's pieces may be put into. */
#ifndef KEXEC_BOOT_RAM_H
#define KEXEC_BOOT_RAM_H

#include "capture/memrange.h"
#include "kexec/e820.h"

/*
 * What this kernel and the firmware both call RAM, less the first MiB (real-mode code,
 * BIOS data), the crash region and whatever is reserved in it, and only within
 * [min_pa, end_pa).  set->range is new memory with room for `spare` ranges more.
 * -ENOMEM.
 */
int boot_ram_holes(struct memrange_set *set, const struct iomem *iomem, const struct e820_map *e820,
		   u64 min_pa, u64 end_pa, u32 spare);

#endif
