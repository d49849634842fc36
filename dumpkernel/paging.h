/* SPDX-License-Identifier: GPL-2.0 */
/* The dump kernel's own page tables: identity, of the depth found at entry. */
#ifndef DUMPKERNEL_PAGING_H
#define DUMPKERNEL_PAGING_H

#include "capture/env.h"
#include "capture/memrange.h"

enum paging_kind {
	PAGING_TEXT,	/* read-only, executable */
	PAGING_OWN,	/* the dump kernel's memory: writable, not executable */
	PAGING_OLD,	/* the dead kernel's memory: read-only, not executable */
	PAGING_MMIO,	/* writable, uncached */
	PAGING_FLAT,	/* writable and executable */
};

/* Starts empty tables; nothing is used until paging_switch(). */
void paging_init(void);

/*
 * Maps whole pages around [start, end) with the largest pages that fit.  What is mapped
 * already stays as it is.  -EINVAL: beyond the CPU's addresses; -ENOMEM: no page for a
 * table (of a few static ones before mem_init(), then from mem_alloc_pages()).
 */
int paging_map(u64 start, u64 end, enum paging_kind kind);

/*
 * Other tables of the same depth, for another kernel to start from: whole 2 MiB pages
 * around the ranges, identity, writable and executable.  ret_root: for CR3.  As paging_map().
 */
int paging_build_flat(const struct memrange *ranges, u32 count, u64 *ret_root);

/* Goes over to the tables. */
void paging_switch(void);

/*
 * Makes device registers [pa, pa + bytes) accessible, uncached, wherever they lie.
 * Returns their address (= pa), or NULL: no page for a table, beyond the CPU's
 * physical address width, or the range is already mapped as RAM.
 */
volatile void *paging_map_mmio(u64 pa, u64 bytes);

#endif
