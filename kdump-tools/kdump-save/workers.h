/* SPDX-License-Identifier: GPL-2.0 */
/* Threads that compress.  The one that writes the dump is one of them while it waits. */
#ifndef KDUMP_SAVE_WORKERS_H
#define KDUMP_SAVE_WORKERS_H

#include "capture/kdump_dump.h"
#include "kdump-save/codecs.h"

struct workers;

/*
 * threads: with the caller's, at least 1; with fewer, if the system gives no more.  codec: NULL:
 * none.  NULL: out of memory.
 */
struct workers *workers_start(u32 threads, const struct page_codec *codec);
void workers_stop(struct workers *workers);

struct page_workers *workers_seam(struct workers *workers);

/* How many jobs keep that many threads busy. */
u32 workers_jobs(u32 threads);

#endif
