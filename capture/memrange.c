// SPDX-License-Identifier: GPL-2.0
#include "capture/memrange.h"

/* Replaces `removed` ranges from position `at` on by `added` ranges, to be filled by the caller. */
static int resize_gap(struct memrange_set *set, u32 at, u32 removed, u32 added)
{
	if (set->count - removed + added > set->capacity)
		return -ENOSPC;
	memmove(&set->range[at + added], &set->range[at + removed],
		(set->count - at - removed) * sizeof(set->range[0]));
	set->count += added - removed;
	return 0;
}

int memrange_add(struct memrange_set *set, u64 start, u64 end)
{
	u32 first, past;

	if (end < start)
		return -EINVAL;
	if (end == start)
		return 0;
	for (first = 0; first < set->count && set->range[first].end < start; first++)
		;
	for (past = first; past < set->count && set->range[past].start <= end; past++) {
		if (set->range[past].start < start)
			start = set->range[past].start;
		if (set->range[past].end > end)
			end = set->range[past].end;
	}
	if (resize_gap(set, first, past - first, 1))
		return -ENOSPC;
	set->range[first] = (struct memrange){ start, end };
	return 0;
}

int memrange_subtract(struct memrange_set *set, u64 start, u64 end)
{
	struct memrange rest[2];
	u32 first, past, rests = 0;

	if (end < start)
		return -EINVAL;
	if (end == start)
		return 0;
	for (first = 0; first < set->count && set->range[first].end <= start; first++)
		;
	for (past = first; past < set->count && set->range[past].start < end; past++)
		;
	if (first == past)
		return 0;
	if (set->range[first].start < start)
		rest[rests++] = (struct memrange){ set->range[first].start, start };
	if (set->range[past - 1].end > end)
		rest[rests++] = (struct memrange){ end, set->range[past - 1].end };
	if (resize_gap(set, first, past - first, rests))
		return -ENOSPC;
	memcpy(&set->range[first], rest, rests * sizeof(rest[0]));
	return 0;
}

bool memrange_contains(const struct memrange_set *set, u64 start, u64 end)
{
	if (end <= start)
		return end == start;
	for (u32 i = 0; i < set->count; i++)
		if (set->range[i].start <= start && end <= set->range[i].end)
			return true;
	return false;
}
