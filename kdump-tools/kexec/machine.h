/* SPDX-License-Identifier: GPL-2.0 */
/* What loading a crash image must know of the running machine: memory map, crash region, paging. */
#ifndef KEXEC_MACHINE_H
#define KEXEC_MACHINE_H

#include "capture/memrange.h"
#include "common/iomem.h"
#include "kexec/elfcorehdr.h"

struct machine {
	struct iomem iomem;
	struct memrange crash;		/* region that images must lie in; empty: none */
	struct memrange crash_low;	/* of crashkernel=,high: for DMA only; empty: none */
	bool five_level;		/* this kernel runs on 5-level page tables */
	bool gb_pages;			/* this kernel's direct map uses 1 GiB pages */
	u32 possible_cpus;
	/*
	 * This kernel writes an elfcorehdr anew when CPUs or memory have changed, if it may
	 * (KEXEC_UPDATE_ELFCOREHDR) and finds this much room at most; 0: it does not.
	 */
	u64 elfcorehdr_room_bytes;
};

/*
 * Reads it.  A machine without crash region is no error.  Says its errors:
 * -EACCES when not root, -EINVAL for files that make no sense, -ENOMEM.
 */
int machine_init(struct machine *machine);
void machine_deinit(struct machine *machine);

/* What elfcorehdr_room_bytes is; silent. */
u64 machine_elfcorehdr_room(void);

/* The same for booting another kernel: looks for no crash region and counts no CPUs. */
int machine_init_for_boot(struct machine *machine);

/* Picks the regions out of the map; crash_size_bytes: what kexec_crash_size says.  Silent. */
void machine_find_regions(struct machine *machine, u64 crash_size_bytes);

/*
 * Old memory that the dump holds: System RAM (of any kind) without the crash regions
 * and without the first MiB, which Linux reserves (as the kernel's own elfcorehdr).
 * set->range is new memory.  -ENOMEM.
 */
int machine_old_ram(const struct machine *machine, struct memrange_set *set);

/*
 * Page-table pages that the kernel takes from the crash region for the jump; see
 * identity_map.h.  -ENOMEM.
 */
int machine_count_tables(const struct machine *machine, u64 *ret_pages);

#endif
