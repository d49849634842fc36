/* SPDX-License-Identifier: GPL-2.0 */
/* The filter's one pass over all of memory, on all CPUs. */
#ifndef KDUMP_SAVE_FILTER_PASS_H
#define KDUMP_SAVE_FILTER_PASS_H

#include "capture/page_filter.h"
#include "kdump-save/source.h"

/*
 * ret_kept: a bit for each page frame up to the end of source->ram, zeroes; those of pages that are
 * kept are set.  ret_pages: how many there are of each kind.  -ENOMEM.
 */
int filter_pass_run(const struct source *source, const struct page_filter *filter, u32 threads, u8 *ret_kept, u64 ret_pages[PAGE_KINDS]);

#endif
