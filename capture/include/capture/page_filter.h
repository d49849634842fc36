/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which pages a dump can do without, told from their struct pages.  The levels are
 * makedumpfile's.  How a struct page looks is told by vmcoreinfo, never by a kernel version;
 * a level whose keys are missing is not used, and a page that can't be classified is kept.
 *
 * Each struct page is copied first and then looked at: memory may be bad, and a CPU that never
 * stopped may still change it.
 */
#ifndef CAPTURE_PAGE_FILTER_H
#define CAPTURE_PAGE_FILTER_H

#include "capture/mem_map.h"

#define LEVEL_ZERO		1u	/* pages of zeroes, which the writer tells by itself */
#define LEVEL_CACHE		2u	/* page cache without private data */
#define LEVEL_CACHE_PRIVATE	4u	/* page cache, all of it */
#define LEVEL_USER		8u	/* memory of processes, hugetlb */
#define LEVEL_FREE		16u
#define LEVEL_ALL		31u

enum page_kind {
	PAGE_KEPT,
	PAGE_UNKNOWN,		/* kept: its struct page can't be read or contradicts itself */
	PAGE_CACHE,
	PAGE_CACHE_PRIVATE,
	PAGE_USER,
	PAGE_FREE,		/* in the buddy lists */
	PAGE_FREE_PER_CPU,	/* in a CPU's list of free pages */
	PAGE_HWPOISON,		/* never read, whatever the level */
	PAGE_OFFLINE,		/* ballooned or unplugged; never read either */
	PAGE_KINDS,
};

struct page_filter {
	const struct mem_map *mem_map;
	unsigned level;		/* asked for, less what can't be told */
	const char *missing;	/* the first key that a level would have needed; NULL */

	/* Offsets in struct page; of those that are optional, -1. */
	int flags, mapping, mapcount, refcount, private, lru, compound_head;
	/* Numbers of bits in flags, -1. */
	int pg_lru, pg_private, pg_swapcache, pg_swapbacked, pg_slab, pg_hwpoison, pg_hugetlb;
	u64 head_mask;
	/* Values of _mapcount that are page types; 0: this kernel has none. */
	u32 type_buddy, type_offline, type_slab, type_hugetlb, type_unaccepted;
	u64 orders;		/* LENGTH(zone.free_area) */
	/* A compound page's order: a byte at this offset from the head's struct page. */
	int order_byte;
	int dtor_byte;		/* -1: hugetlb is told by flag or type */
	u8 dtor_hugetlb;
};

/* Rules out of vmcoreinfo, for a level of 0 to LEVEL_ALL. */
void page_filter_init(struct page_filter *filter, unsigned level, const struct mem_map *mem_map, const struct vmcoreinfo *info);

#define PAGE_FILTER_BATCH 256u		/* pages; struct pages of that many are copied at a time */
#define PAGE_FILTER_BUFFER_BYTES(filter) (PAGE_FILTER_BATCH * (filter)->mem_map->page_struct_bytes)

/* A walk over pages in ascending order; one for each CPU that filters. */
struct page_filter_walk {
	const struct page_filter *filter;
	u8 *buffer;		/* PAGE_FILTER_BUFFER_BYTES, the caller's */
	u64 pages[PAGE_KINDS];	/* how many of each kind there were */

	u64 block_end_pfn;	/* a block of one kind that has begun ends there */
	enum page_kind block_kind;
	u64 head_va;		/* of the compound page whose kind is known; 0: none */
	u64 head_bytes;		/* of its struct pages */
	enum page_kind head_kind;
};

/* Starts at any multiple of the largest free block (4 MiB), or where memory starts. */
void page_filter_walk_init(struct page_filter_walk *walk, const struct page_filter *filter, u8 *buffer);

/*
 * Kinds of the pages [pfn, pfn + count), count at most PAGE_FILTER_BATCH, not across a section:
 * ret_dropped's bit i (LSB first) says that page pfn + i is not for the dump.
 */
void page_filter_batch(struct page_filter_walk *walk, u64 pfn, u32 count, u8 ret_dropped[PAGE_FILTER_BATCH / 8]);

#endif
