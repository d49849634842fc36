/* SPDX-License-Identifier: GPL-2.0 */
/* The CPUs that look at pages and compress them. */
#ifndef DUMPKERNEL_WORKERS_H
#define DUMPKERNEL_WORKERS_H

#include "capture/kdump_dump.h"

/*
 * codec: NULL: none.  *ret_jobs: how many jobs keep them busy.  Memory for good, from
 * mem_alloc_pages(); NULL: there is too little of it.  Call it once.
 */
struct page_workers *workers_open(const struct codec *codec, u32 *ret_jobs);

#endif
