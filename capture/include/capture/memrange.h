/* SPDX-License-Identifier: GPL-2.0 */
/* A small set of half-open physical ranges [start, end), sorted and disjoint, in the caller's memory. */
#ifndef CAPTURE_MEMRANGE_H
#define CAPTURE_MEMRANGE_H

#include "capture/env.h"

struct memrange {
	u64 start;
	u64 end;
};

struct memrange_set {
	struct memrange *range;
	u32 count;
	u32 capacity;
};

/*
 * Adds [start, end), joined with what it touches.  -EINVAL: end < start.  -ENOSPC: no
 * room, set unchanged.
 */
int memrange_add(struct memrange_set *set, u64 start, u64 end);

/* Takes [start, end) out; -EINVAL and -ENOSPC (a split needs one more range) as above. */
int memrange_subtract(struct memrange_set *set, u64 start, u64 end);

/* True when every byte of [start, end) is in the set; an empty range always is. */
bool memrange_contains(const struct memrange_set *set, u64 start, u64 end);

#endif
