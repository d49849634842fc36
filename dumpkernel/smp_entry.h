/* SPDX-License-Identifier: GPL-2.0 */
/* What the coordinator leaves beside smp_entry.S for the CPUs that begin there. */
#ifndef DUMPKERNEL_SMP_ENTRY_H
#define DUMPKERNEL_SMP_ENTRY_H

#define SMP_ENTRY_BYTES 0x100	/* the code; struct smp_entry_data follows */

#define SMP_DATA_LOW_ROOT 0x00
#define SMP_DATA_CR4 0x04
#define SMP_DATA_EFER 0x08
#define SMP_DATA_CR0 0x0c
#define SMP_DATA_CR3 0x10
#define SMP_DATA_CPUS 0x18
#define SMP_DATA_MAIN 0x20
#define SMP_DATA_COUNT 0x28
#define SMP_DATA_ARRIVED 0x2c

#ifndef __ASSEMBLER__
#include "capture/env.h"

struct smp_entry_data {
	u32 low_root;		/* of page tables, below 4 GiB: a copy of that at cr3 */
	u32 cr4, efer, cr0;	/* as the coordinator has them */
	u64 cr3;
	u64 cpus;		/* count blocks of SMP_CPU_BYTES */
	u64 main;		/* smp_main() */
	u32 count;
	u32 arrived;		/* CPUs, each takes the next block */
};
_Static_assert(offsetof(struct smp_entry_data, low_root) == SMP_DATA_LOW_ROOT &&
	       offsetof(struct smp_entry_data, cr4) == SMP_DATA_CR4 &&
	       offsetof(struct smp_entry_data, efer) == SMP_DATA_EFER &&
	       offsetof(struct smp_entry_data, cr0) == SMP_DATA_CR0 &&
	       offsetof(struct smp_entry_data, cr3) == SMP_DATA_CR3 &&
	       offsetof(struct smp_entry_data, cpus) == SMP_DATA_CPUS &&
	       offsetof(struct smp_entry_data, main) == SMP_DATA_MAIN &&
	       offsetof(struct smp_entry_data, count) == SMP_DATA_COUNT &&
	       offsetof(struct smp_entry_data, arrived) == SMP_DATA_ARRIVED, "smp_entry.S reads it");

extern const u8 smp_entry[SMP_ENTRY_BYTES];
#endif

#endif
