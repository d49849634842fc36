/* SPDX-License-Identifier: GPL-2.0 */
/* Pages of the crash region that nothing else uses; given out once, never taken back. */
#ifndef DUMPKERNEL_MEM_H
#define DUMPKERNEL_MEM_H

#include "capture/memrange.h"

/* free: page-aligned ranges, mapped and writable; the set stays the allocator's. */
void mem_init(struct memrange_set *free);

/*
 * Zeroed, physically contiguous pages; address = physical address.
 * NULL when the region has no such run left.  The CPU's caches are coherent
 * with DMA, so the same call serves queues and buffers.
 */
void *mem_alloc_pages(u32 pages);

/* Pages left in all runs, for messages. */
u32 mem_free_pages(void);

#endif
