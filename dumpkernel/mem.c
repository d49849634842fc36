// SPDX-License-Identifier: GPL-2.0
#include "mem.h"

static struct memrange_set *mem_free;

void mem_init(struct memrange_set *free)
{
	mem_free = free;
}

/* From the end of the first run that is long enough, so that no range is ever split. */
void *mem_alloc_pages(u32 pages)
{
	u64 bytes = (u64)pages * PAGE_BYTES;

	for (u32 i = 0; mem_free && i < mem_free->count; i++) {
		struct memrange *range = &mem_free->range[i];

		if (range->end - range->start < bytes)
			continue;
		range->end -= bytes;
		return memset((void *)range->end, 0, bytes);
	}
	return NULL;
}

u32 mem_free_pages(void)
{
	u64 bytes = 0;

	for (u32 i = 0; mem_free && i < mem_free->count; i++)
		bytes += mem_free->range[i].end - mem_free->range[i].start;
	return (u32)(bytes / PAGE_BYTES);
}
