/* SPDX-License-Identifier: GPL-2.0 */
/* The dump kernel's own page tables: identity, of the depth found at entry. */
#ifndef DUMPKERNEL_PAGING_H
#define DUMPKERNEL_PAGING_H

#include "capture/env.h"

/*
 * Makes device registers [pa, pa + bytes) accessible, uncached, wherever they lie.
 * Returns their address (= pa), or NULL: no page for a table, beyond the CPU's
 * physical address width, or the range is already mapped as RAM.
 */
volatile void *paging_map_mmio(u64 pa, u64 bytes);

#endif
