/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the pieces of an image to boot go in free RAM.  Pure arithmetic.  What the
 * running kernel has in a place does not matter: it copies the pieces there at the very
 * end, and keeps their pages elsewhere until then.
 */
#ifndef KEXEC_RAM_PLACEMENT_H
#define KEXEC_RAM_PLACEMENT_H

#include "capture/memrange.h"

enum ram_place {
	RAM_PLACE_HIGH,		/* highest free place */
	RAM_PLACE_LOW,		/* lowest */
	RAM_PLACE_FIXED,	/* at pa, nowhere else */
};

struct ram_piece {
	const char *name;	/* for messages */
	enum ram_place place;
	u64 bytes;		/* whole pages */
	u64 align_bytes;	/* power of 2, at least a page; not for FIXED */
	u64 min_pa;		/* not for FIXED */
	u64 end_pa;		/* the piece ends there at the latest; 0: anywhere; not for FIXED */
	u64 pa;			/* out; in for FIXED */
};

/*
 * Sets pa of every piece and takes the pieces out of holes, which needs room for `count`
 * ranges more.  Fixed pieces are served first, then the others in their order.
 * -ENOSPC: no hole fits; -EADDRNOTAVAIL: a fixed piece is not all in RAM, or on another
 * one; *ret_failed is then that piece's index, and pa values and holes are meaningless.
 */
int ram_placement_place(struct memrange_set *holes, struct ram_piece *pieces, size_t count, size_t *ret_failed);

#endif
