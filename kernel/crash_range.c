// SPDX-License-Identifier: GPL-2.0
/*
 * The search for a range that can be emptied.  alloc_contig_range() does the work; it fails
 * quickly where something lies that can't move, so most ranges cost little.
 */
#include <linux/gfp.h>
#include <linux/jiffies.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/pfn.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>

#include "crash_range.h"

#ifdef CONFIG_CONTIG_ALLOC

/* A machine in which nothing moves is not held up for longer: tries below and tries above 4 GiB, in this time. */
#define MAX_TRIES 64
#define MAX_SECONDS 20

static unsigned long end_of_ram(void)
{
	unsigned long end_pfn = 0;
	int node;

	for_each_online_node(node)
		end_pfn = max(end_pfn, node_end_pfn(node));
	return end_pfn;
}

/*
 * One zone of the right node, all of it there.  Not a zone that was set aside for pages that can
 * move: it shall stay empty enough to be unplugged.
 */
static bool may_lie_at(unsigned long pfn, unsigned long end_pfn, int node)
{
	struct zone *zone = NULL;

	for (; pfn < end_pfn; pfn = ALIGN(pfn + 1, pageblock_nr_pages)) {
		struct page *page = pfn_to_online_page(pfn);

		if (!page || PageReserved(page))
			return false;
		if (!zone)
			zone = page_zone(page);
		if (page_zone(page) != zone || zone_idx(zone) == ZONE_MOVABLE)
			return false;
		if (node != NUMA_NO_NODE && page_to_nid(page) != node)
			return false;
	}
	return true;
}

static void look_reserved(unsigned long pfn, unsigned long end_pfn)
{
	for (; pfn < end_pfn; pfn++)
		mark_page_reserved(pfn_to_page(pfn));
}

/* From above: what DMA of old devices needs is low. */
static int alloc_between(unsigned long low_pfn, unsigned long high_pfn, unsigned long pages, int node,
			 unsigned long end_jiffies, phys_addr_t *ret_start)
{
	unsigned long step = PFN_DOWN(CRASH_RANGE_ALIGN), pfn;
	unsigned int tries = 0;

	if (high_pfn < pages)
		return -ENOMEM;
	for (pfn = rounddown(high_pfn - pages, step); pfn && pfn >= low_pfn; pfn -= step) {
		cond_resched();
		if (fatal_signal_pending(current))
			return -EINTR;
		if (!may_lie_at(pfn, pfn + pages, node))
			continue;
		if (tries++ == MAX_TRIES || time_after(jiffies, end_jiffies))
			return -ENOMEM;
		if (alloc_contig_range(pfn, pfn + pages, MIGRATE_MOVABLE, GFP_KERNEL | __GFP_NOWARN))
			continue;
		look_reserved(pfn, pfn + pages);
		*ret_start = PFN_PHYS(pfn);
		return 0;
	}
	return -ENOMEM;
}

int crash_range_alloc(unsigned long bytes, int node, phys_addr_t limit, phys_addr_t *ret_start)
{
	unsigned long end_pfn = end_of_ram(), low_end_pfn, pages = PFN_DOWN(bytes);
	unsigned long end_jiffies = jiffies + MAX_SECONDS * HZ;
	int ret;

	if (limit)
		end_pfn = min_t(u64, end_pfn, PHYS_PFN(limit));
	low_end_pfn = min_t(u64, end_pfn, PHYS_PFN(SZ_4G));
	ret = alloc_between(0, low_end_pfn, pages, node, end_jiffies, ret_start);
	if (ret == -ENOMEM && end_pfn > low_end_pfn)
		ret = alloc_between(low_end_pfn, end_pfn, pages, node, end_jiffies, ret_start);
	return ret;
}

#endif

void crash_range_free(phys_addr_t start, phys_addr_t end)
{
	unsigned long pfn;

	for (pfn = PHYS_PFN(start); pfn < PHYS_PFN(end); pfn++)
		free_reserved_page(pfn_to_page(pfn));
}
