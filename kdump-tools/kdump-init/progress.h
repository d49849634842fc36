/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KDUMP_INIT_PROGRESS_H
#define KDUMP_INIT_PROGRESS_H

#include "kdump-init/run.h"

/* Progress of a copy, told at most every two seconds. */
struct progress {
	struct run *run;
	u64 start_us, said_us;
};

struct progress progress_start(struct run *run);

/* context: a struct progress. */
void progress_show(void *context, u64 done_bytes, u64 total_bytes);

/* Whole MB/s since the start. */
u64 progress_rate(const struct progress *progress, u64 bytes);

#endif
