/* SPDX-License-Identifier: GPL-2.0 */
/* A few pages of a source, for each thread: page tables and links are read word by word, again and again. */
#ifndef KDUMP_SAVE_PAGE_CACHE_H
#define KDUMP_SAVE_PAGE_CACHE_H

#include "kdump-save/source.h"

/*
 * Copies bytes that lie in one page.  read_page: what is called for a page that is not here; its
 * error is returned.
 */
int page_cache_read(const struct source *source, u64 pa, void *buf, size_t bytes,
		    int (*read_page)(const struct source *source, u64 pfn, u8 page[PAGE_BYTES]));

/* The calling thread's goes. */
void page_cache_end_thread(void);

#endif
