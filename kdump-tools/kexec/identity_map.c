// SPDX-License-Identifier: GPL-2.0
#include "kexec/identity_map.h"

#include <errno.h>
#include <stdlib.h>

#define GIB_SHIFT 30			/* reach of one entry of a third-level table */
#define PUD_TABLE_SHIFT 39		/* reach of a third-level table */
#define P4D_TABLE_SHIFT 48		/* reach of a fourth-level table, 5-level paging only */

/* Number of distinct values of (pa >> shift) over the sorted, disjoint GiB list. */
static u64 identity_map_count_tables(const u64 *gib, size_t count, u32 shift)
{
	u64 tables = 0;

	for (size_t i = 0; i < count; i++)
		if (!i || gib[i] >> (shift - GIB_SHIFT) != gib[i - 1] >> (shift - GIB_SHIFT))
			tables++;
	return tables;
}

static int identity_map_compare(const void *a, const void *b)
{
	u64 left = *(const u64 *)a, right = *(const u64 *)b;

	return left < right ? -1 : left > right;
}

/*
 * Lists every GiB that a range touches, and counts those that get a table of 2 MiB
 * pages.  A GiB that an earlier range has mapped in either way keeps what it has.
 */
static size_t identity_map_list(const struct identity_map *map, u64 *gib, u64 *ret_tables)
{
	size_t count = 0;

	for (size_t i = 0; i < map->count; i++) {
		const struct memrange *range = &map->ranges[i];

		for (u64 at = range->start >> GIB_SHIFT; at << GIB_SHIFT < range->end; at++) {
			bool whole = range->start <= at << GIB_SHIFT && (at + 1) << GIB_SHIFT <= range->end;
			size_t seen = 0;

			while (seen < count && gib[seen] != at)
				seen++;
			if (seen < count)
				continue;
			gib[count++] = at;
			if (!whole || !map->gb_pages)
				++*ret_tables;
		}
	}
	return count;
}

int identity_map_count(const struct identity_map *map, u64 *ret_pages)
{
	size_t room = 1, count;
	u64 pages = 0;
	u64 *gib;

	for (size_t i = 0; i < map->count; i++)
		room += ((map->ranges[i].end - map->ranges[i].start) >> GIB_SHIFT) + 2;
	gib = calloc(room, sizeof(*gib));
	if (!gib)
		return -ENOMEM;
	count = identity_map_list(map, gib, &pages);
	qsort(gib, count, sizeof(*gib), identity_map_compare);
	pages += identity_map_count_tables(gib, count, PUD_TABLE_SHIFT);
	if (map->five_level)
		pages += identity_map_count_tables(gib, count, P4D_TABLE_SHIFT);
	free(gib);
	*ret_pages = pages;
	return 0;
}
