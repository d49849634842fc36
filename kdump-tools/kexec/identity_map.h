/* SPDX-License-Identifier: GPL-2.0 */
/* How many page-table pages Linux puts into the crash region for the jump to the image. */
#ifndef KEXEC_IDENTITY_MAP_H
#define KEXEC_IDENTITY_MAP_H

#include "capture/memrange.h"

struct identity_map {
	const struct memrange *ranges;	/* in the order in which they are mapped */
	size_t count;
	bool gb_pages;			/* the kernel uses 1 GiB pages */
	bool five_level;
};

/*
 * Pages below the top-level table that mapping the ranges takes, as Linux 6.1 does it
 * (arch/x86/mm/ident_map.c): 1 GiB pages only for a GiB that one range covers, else a
 * table of 2 MiB pages per GiB.  -ENOMEM.
 */
int identity_map_count(const struct identity_map *map, u64 *ret_pages);

#endif
