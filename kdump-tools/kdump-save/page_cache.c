// SPDX-License-Identifier: GPL-2.0
#include "kdump-save/page_cache.h"

#include <errno.h>
#include <stdlib.h>

#define PAGES 16u

struct cache {
	const struct source *of[PAGES];
	u64 pfn[PAGES];
	u8 page[PAGES][PAGE_BYTES];
};

static __thread struct cache *cache;

void page_cache_end_thread(void)
{
	free(cache);
	cache = NULL;
}

int page_cache_read(const struct source *source, u64 pa, void *buf, size_t bytes,
		    int (*read_page)(const struct source *source, u64 pfn, u8 page[PAGE_BYTES]))
{
	u64 pfn = pa / PAGE_BYTES;
	u32 at = pfn % PAGES;

	if (!cache)
		cache = calloc(1, sizeof(*cache));
	if (!cache)
		return -EIO;
	if (cache->of[at] != source || cache->pfn[at] != pfn) {
		int err;

		cache->of[at] = NULL;
		err = read_page(source, pfn, cache->page[at]);
		if (err)
			return err;
		cache->of[at] = source;
		cache->pfn[at] = pfn;
	}
	memcpy(buf, cache->page[at] + pa % PAGE_BYTES, bytes);
	return 0;
}
