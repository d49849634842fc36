/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the pieces of a crash image go inside the crash region.  Pure arithmetic:
 * it serves our kexec_load loader, and it foresees what kexec_file_load would do.
 */
#ifndef KEXEC_PLACEMENT_H
#define KEXEC_PLACEMENT_H

#include "capture/env.h"
#include "capture/memrange.h"

struct placement_piece {
	const char *name;	/* for messages */
	u64 bytes;		/* whole pages */
	u64 align_bytes;	/* power of 2, at least a page */
	u64 min_pa;
	bool bottom_up;		/* lowest free place, else the highest */
	u64 pa;			/* out */
};

/*
 * Linux takes pages for itself from the holes that the segments leave, lowest first:
 * an 8 KiB aligned pair (top-level page table and switch code), then one at a time
 * page tables and a copy of vmcoreinfo (kernel/kexec_core.c, 6.1).  Ours needs no pair,
 * and does the same otherwise.
 */
struct placement_request {
	struct placement_piece *pieces;	/* placed in this order */
	size_t count;
	struct memrange_set taken;	/* where nothing can lie: another image */
	u64 control_pages;	/* single pages, after the pair */
	u64 top_unused_bytes;	/* at the region's end that pieces may not use */
};

/*
 * Sets pa of every piece.  -ENOSPC: the pieces or the kernel's own pages do not fit
 * into region; pa values are then meaningless.
 */
int placement_place(const struct placement_request *request, const struct memrange *region);

/* Size of the smallest region at `start` that placement_place() accepts; changes pa values. */
u64 placement_need(const struct placement_request *request, u64 start);

#endif
