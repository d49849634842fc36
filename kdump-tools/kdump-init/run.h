/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What init and the processes that do its work know together: memory that they share, so
 * that init sees progress, and what one of them found out outlives it.
 */
#ifndef KDUMP_INIT_RUN_H
#define KDUMP_INIT_RUN_H

#include "capture/env.h"

struct run {
	u64 start_us;			/* env_clock_us() of init's start */
	u64 devices_until_us;		/* no device is waited for longer */
	volatile u64 progress;		/* counts whatever gets done */
	u64 region_bytes;		/* of the crash region, as the command line tells */
	u64 memory_bytes;		/* MemTotal */
	u64 least_available_bytes;	/* the smallest MemAvailable that was seen */
	char reason[256];		/* first error of the running step, "" for none */
	bool saved;			/* a whole dump is durable */
};

/* Shared memory, zeroed but for start_us; NULL without memory. */
struct run *run_create(void);

/* Reads /proc/cmdline. */
void run_read_region(struct run *run);

/* Reads /proc/meminfo once more. */
void run_sample_memory(struct run *run);

#endif
