// SPDX-License-Identifier: GPL-2.0
#include "capture/page_filter.h"

#define MAPPING_ANON 1ull	/* Linux include/linux/page-flags.h, PAGE_MAPPING_ANON */
#define COMPOUND_TAIL 1ull	/* same file: bit 0 of compound_head */
#define NO_MAPCOUNT 0xffffffffu
#define MAX_COMPOUND_ORDER 18u	/* 1 GiB, the largest page of x86_64 */

static u64 get64(const u8 *page, int offset)
{
	u64 value;

	memcpy(&value, page + offset, sizeof(value));
	return value;
}

static u32 get32(const u8 *page, int offset)
{
	u32 value;

	memcpy(&value, page + offset, sizeof(value));
	return value;
}

static bool flag(u64 flags, int bit)
{
	return bit >= 0 && flags >> bit & 1;
}

static bool has_type(const u8 *page, const struct page_filter *filter, u32 type)
{
	return type && get32(page, filter->mapcount) == type;
}

static bool is_slab(const struct page_filter *filter, const u8 *page, u64 flags)
{
	return filter->pg_slab >= 0 ? flag(flags, filter->pg_slab) : has_type(page, filter, filter->type_slab);
}

static bool is_never_read(const struct page_filter *filter, const u8 *page, u64 flags, enum page_kind *ret_kind)
{
	if (flag(flags, filter->pg_hwpoison))
		*ret_kind = PAGE_HWPOISON;
	else if (!is_slab(filter, page, flags) && has_type(page, filter, filter->type_offline))
		*ret_kind = PAGE_OFFLINE;
	else
		return false;
	return true;
}

/* --- free ------------------------------------------------------------------------------- */

/* The list_head at va links to `me` backwards (place 8) or forwards (place 0). */
static bool links_to(const struct page_filter *filter, u64 va, u64 place, u64 me)
{
	u64 link;

	return va % 8 == 0 && !kernel_map_read(filter->mem_map->map, va + place, &link, sizeof(link)) && link == me;
}

/*
 * Without references, type, mapping or flags, and in a list that its neighbours confirm: a list
 * of free pages.  A tail of a larger allocation that is not compound has no references either,
 * but it is in no list; such a page and what follows the first of a larger block stay in the dump.
 */
static bool is_free_per_cpu(const struct page_filter *filter, const u8 *page, u64 page_va, u64 flags)
{
	u64 lru_va = page_va + (u64)filter->lru;

	return filter->refcount >= 0 && filter->lru >= 0 && filter->mapping >= 0 &&
	       !get32(page, filter->refcount) && get32(page, filter->mapcount) == NO_MAPCOUNT &&
	       !get64(page, filter->mapping) && !(flags & filter->head_mask) && !is_slab(filter, page, flags) &&
	       !flag(flags, filter->pg_lru) && !flag(flags, filter->pg_private) && !flag(flags, filter->pg_swapcache) &&
	       get64(page, filter->lru) != lru_va &&
	       links_to(filter, get64(page, filter->lru), 8, lru_va) && links_to(filter, get64(page, filter->lru + 8), 0, lru_va);
}

/* The free block that starts at pfn: its order; false if none does. */
static bool free_block(const struct page_filter *filter, const u8 *page, u64 pfn, u64 flags, u64 *ret_order)
{
	if (has_type(page, filter, filter->type_unaccepted))
		*ret_order = filter->orders - 1;
	else if (has_type(page, filter, filter->type_buddy) && !is_slab(filter, page, flags))
		*ret_order = get64(page, filter->private);
	else
		return false;
	return *ret_order < filter->orders && pfn % (1ull << *ret_order) == 0;
}

/* --- in use ------------------------------------------------------------------------------- */

static bool is_hugetlb(const struct page_filter *filter, const u8 *head)
{
	if (filter->dtor_byte >= 0)
		return head[filter->dtor_byte] == filter->dtor_hugetlb;
	if (filter->type_hugetlb)
		return has_type(head, filter, filter->type_hugetlb);
	return flag(get64(head, (int)filter->mem_map->page_struct_bytes + filter->flags), filter->pg_hugetlb);
}

/* Of a page by itself, or of a compound page by its head (with the first tail behind it). */
static enum page_kind kind_in_use(const struct page_filter *filter, const u8 *page, u64 flags, bool compound)
{
	bool anon, cache;

	if (!(filter->level & (LEVEL_CACHE | LEVEL_CACHE_PRIVATE | LEVEL_USER)))
		return PAGE_KEPT;
	anon = get64(page, filter->mapping) & MAPPING_ANON && !is_slab(filter, page, flags);
	/* Before Linux 4.10 PG_swapcache meant something else in pages that swap does not back. */
	cache = flag(flags, filter->pg_lru) ||
		(flag(flags, filter->pg_swapcache) && (filter->pg_swapbacked < 0 || flag(flags, filter->pg_swapbacked)));
	if (cache && !anon && filter->level & LEVEL_CACHE_PRIVATE)
		return flag(flags, filter->pg_private) ? PAGE_CACHE_PRIVATE : PAGE_CACHE;
	if (cache && !anon && filter->level & LEVEL_CACHE && !flag(flags, filter->pg_private))
		return PAGE_CACHE;
	if (filter->level & LEVEL_USER && (anon || (compound && is_hugetlb(filter, page))))
		return PAGE_USER;
	return PAGE_KEPT;
}

/* The compound page whose head stands at head_va, copied to head[2 struct pages]; remembers it. */
static void look_at_head(struct page_filter_walk *walk, u64 head_va, const u8 *head)
{
	const struct page_filter *filter = walk->filter;
	u64 flags = get64(head, filter->flags);
	u8 order = head[filter->order_byte];

	walk->head_va = head_va;
	walk->head_bytes = (u64)filter->mem_map->page_struct_bytes << (order <= MAX_COMPOUND_ORDER ? order : 0);
	walk->head_kind = flags & filter->head_mask && order && order <= MAX_COMPOUND_ORDER ?
			  kind_in_use(filter, head, flags, true) : PAGE_UNKNOWN;
}

static enum page_kind kind_of_tail(struct page_filter_walk *walk, u64 page_va, u64 head_va)
{
	u32 struct_bytes = walk->filter->mem_map->page_struct_bytes;

	if (head_va != walk->head_va) {
		u8 head[2 * 256];

		if (kernel_map_read(walk->filter->mem_map->map, head_va, head, 2 * struct_bytes))
			return PAGE_UNKNOWN;
		look_at_head(walk, head_va, head);
	}
	/* It must lie in the page that it says it belongs to. */
	return page_va > head_va && page_va - head_va < walk->head_bytes ? walk->head_kind : PAGE_UNKNOWN;
}

/* --- pages in a row -------------------------------------------------------------------------- */

/* page: a copy of the struct page of pfn, with the next one behind it unless last. */
static enum page_kind kind_of(struct page_filter_walk *walk, u64 pfn, u64 page_va, const u8 *page, bool last)
{
	const struct page_filter *filter = walk->filter;
	u64 flags = get64(page, filter->flags), head = get64(page, filter->compound_head), order;
	enum page_kind kind;

	if (is_never_read(filter, page, flags, &kind))
		return kind;
	if (head & COMPOUND_TAIL)
		return filter->head_mask ? kind_of_tail(walk, page_va, head & ~COMPOUND_TAIL) : PAGE_KEPT;
	if (filter->level & LEVEL_FREE) {
		if (free_block(filter, page, pfn, flags, &order)) {
			walk->block_end_pfn = pfn + (1ull << order);
			walk->block_kind = PAGE_FREE;
			return PAGE_FREE;
		}
		if (is_free_per_cpu(filter, page, page_va, flags))
			return PAGE_FREE_PER_CPU;
	}
	if (flags & filter->head_mask && filter->level & (LEVEL_CACHE | LEVEL_CACHE_PRIVATE | LEVEL_USER)) {
		if (last)
			return PAGE_UNKNOWN;
		look_at_head(walk, page_va, page);
		return walk->head_kind;
	}
	return kind_in_use(filter, page, flags, false);
}

void page_filter_walk_init(struct page_filter_walk *walk, const struct page_filter *filter, u8 *buffer)
{
	memset(walk, 0, sizeof(*walk));
	walk->filter = filter;
	walk->buffer = buffer;
}

static bool is_dropped(enum page_kind kind)
{
	return kind != PAGE_KEPT && kind != PAGE_UNKNOWN;
}

void page_filter_batch(struct page_filter_walk *walk, u64 pfn, u32 count, u8 ret_dropped[PAGE_FILTER_BATCH / 8])
{
	const struct mem_map *mem_map = walk->filter->mem_map;
	u64 first_va;

	memset(ret_dropped, 0, PAGE_FILTER_BATCH / 8);
	if (walk->filter->flags < 0 || walk->filter->mapcount < 0 || walk->filter->compound_head < 0 ||
	    mem_map_page_va(mem_map, pfn, &first_va) ||
	    kernel_map_read(mem_map->map, first_va, walk->buffer, (size_t)count * mem_map->page_struct_bytes)) {
		walk->pages[PAGE_UNKNOWN] += count;
		return;
	}
	for (u32 i = 0; i < count; i++) {
		u64 at = (u64)i * mem_map->page_struct_bytes;
		enum page_kind kind = pfn + i < walk->block_end_pfn ? walk->block_kind :
				      kind_of(walk, pfn + i, first_va + at, walk->buffer + at, i + 1 == count);

		walk->pages[kind]++;
		if (is_dropped(kind))
			ret_dropped[i / 8] |= (u8)(1u << (i % 8));
	}
}
