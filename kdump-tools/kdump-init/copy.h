/* SPDX-License-Identifier: GPL-2.0 */
/* The plain copy of a vmcore to a file: pages of zeros become holes, unreadable ones a pattern. */
#ifndef KDUMP_INIT_COPY_H
#define KDUMP_INIT_COPY_H

#include "capture/env.h"

struct copy {
	int from, to;			/* files; `to` is empty */
	u64 bytes;
	void (*progress)(void *context, u64 done_bytes, u64 total_bytes);
	void *context;

	u64 written_bytes;		/* of these that are no holes */
	u64 unreadable_pages;
};

/*
 * Copies.  Dirty memory stays bounded: what was written is sent to the disk at once and
 * waited for a little later.  What write(2) says; `to` is then as long as was copied.
 */
int copy_run(struct copy *copy);

#endif
