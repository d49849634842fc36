// SPDX-License-Identifier: GPL-2.0
/* What vmcoreinfo tells of struct page, and which levels that is enough for. */
#include "capture/page_filter.h"

struct key {
	const char *name;
	int *value;
	int most;
	unsigned levels;	/* that can't do without it */
};

static void want(struct page_filter *filter, unsigned levels, const char *key)
{
	if (!(filter->level & levels))
		return;
	filter->level &= ~levels;
	if (!filter->missing)
		filter->missing = key;
}

static void read_keys(struct page_filter *filter, const struct vmcoreinfo *info, const struct key *keys, u32 count)
{
	for (u32 i = 0; i < count; i++) {
		u64 value;

		*keys[i].value = -1;
		if (!vmcoreinfo_number(info, keys[i].name, 10, &value) && value <= (u64)keys[i].most)
			*keys[i].value = (int)value;
		else
			want(filter, keys[i].levels, keys[i].name);
	}
}

/* Printed as a signed long where it is a negative int: the low 32 bits count. */
static u32 page_type(const struct vmcoreinfo *info, const char *key)
{
	u64 value;

	return vmcoreinfo_number(info, key, 10, &value) ? 0 : (u32)value;
}

static u64 number_or_0(const struct vmcoreinfo *info, const char *key)
{
	u64 value;

	return vmcoreinfo_number(info, key, 10, &value) ? 0 : value;
}

/* Linux to 6.2 has order and destructor in the first tail page, 6.3 to 6.5 in struct folio, 6.6 on the order in the tail's flags. */
static bool find_order(struct page_filter *filter, const struct vmcoreinfo *info)
{
	int page_bytes = (int)filter->mem_map->page_struct_bytes;
	u64 order, dtor;

	filter->dtor_byte = -1;
	filter->dtor_hugetlb = (u8)number_or_0(info, "NUMBER(HUGETLB_PAGE_DTOR)");
	if (!vmcoreinfo_number(info, "OFFSET(page.compound_order)", 10, &order) &&
	    !vmcoreinfo_number(info, "OFFSET(page.compound_dtor)", 10, &dtor) &&
	    order < (u64)page_bytes && dtor < (u64)page_bytes) {
		filter->order_byte = page_bytes + (int)order;
		filter->dtor_byte = page_bytes + (int)dtor;
		return filter->dtor_hugetlb;
	}
	if (!vmcoreinfo_number(info, "OFFSET(folio._folio_order)", 10, &order) &&
	    !vmcoreinfo_number(info, "OFFSET(folio._folio_dtor)", 10, &dtor) &&
	    order < 2 * (u64)page_bytes && dtor < 2 * (u64)page_bytes) {
		filter->order_byte = (int)order;
		filter->dtor_byte = (int)dtor;
		return filter->dtor_hugetlb;
	}
	filter->order_byte = page_bytes + filter->flags;	/* little endian: bits 0 to 7 */
	return filter->pg_hugetlb >= 0 || filter->type_hugetlb;
}

void page_filter_init(struct page_filter *filter, unsigned level, const struct mem_map *mem_map, const struct vmcoreinfo *info)
{
	int struct_end = (int)mem_map->page_struct_bytes;
	unsigned cache = LEVEL_CACHE | LEVEL_CACHE_PRIVATE, all = cache | LEVEL_USER | LEVEL_FREE;
	const struct key keys[] = {
		{ "OFFSET(page.flags)", &filter->flags, struct_end - 8, all },
		{ "OFFSET(page._mapcount)", &filter->mapcount, struct_end - 4, all },
		{ "OFFSET(page.compound_head)", &filter->compound_head, struct_end - 8, all },
		{ "OFFSET(page.private)", &filter->private, struct_end - 8, LEVEL_FREE },
		{ "OFFSET(page.mapping)", &filter->mapping, struct_end - 8, cache | LEVEL_USER },
		{ "OFFSET(page._refcount)", &filter->refcount, struct_end - 4, 0 },
		{ "OFFSET(page.lru)", &filter->lru, struct_end - 16, 0 },
		{ "NUMBER(PG_lru)", &filter->pg_lru, 63, cache },
		{ "NUMBER(PG_private)", &filter->pg_private, 63, cache },
		{ "NUMBER(PG_swapcache)", &filter->pg_swapcache, 63, cache },
		{ "NUMBER(PG_swapbacked)", &filter->pg_swapbacked, 63, 0 },
		{ "NUMBER(PG_slab)", &filter->pg_slab, 63, 0 },
		{ "NUMBER(PG_hwpoison)", &filter->pg_hwpoison, 63, 0 },
		{ "NUMBER(PG_hugetlb)", &filter->pg_hugetlb, 63, 0 },
	};

	memset(filter, 0, sizeof(*filter));
	filter->mem_map = mem_map;
	/* Level 4 drops what level 2 drops, too. */
	filter->level = level & LEVEL_CACHE_PRIVATE ? level | LEVEL_CACHE : level;
	read_keys(filter, info, keys, ARRAY_SIZE(keys));

	filter->type_buddy = page_type(info, "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)");
	filter->type_offline = page_type(info, "NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)");
	filter->type_slab = page_type(info, "NUMBER(PAGE_SLAB_MAPCOUNT_VALUE)");
	filter->type_hugetlb = page_type(info, "NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)");
	filter->type_unaccepted = page_type(info, "NUMBER(PAGE_UNACCEPTED_MAPCOUNT_VALUE)");
	filter->orders = number_or_0(info, "LENGTH(zone.free_area)");
	filter->head_mask = number_or_0(info, "NUMBER(PG_head_mask)");

	if (!filter->type_buddy)
		want(filter, LEVEL_FREE, "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)");
	if (!filter->orders || filter->orders > 32)
		want(filter, LEVEL_FREE, "LENGTH(zone.free_area)");
	/* A slab's struct page has other things where mapping is: it must be told apart. */
	if (filter->pg_slab < 0 && !filter->type_slab)
		want(filter, cache | LEVEL_USER, "NUMBER(PG_slab) or NUMBER(PAGE_SLAB_MAPCOUNT_VALUE)");
	if (!filter->head_mask)
		want(filter, cache | LEVEL_USER, "NUMBER(PG_head_mask)");
	else if (!find_order(filter, info))
		want(filter, cache | LEVEL_USER, "where a compound page has its order");
}
