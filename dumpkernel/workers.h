/* SPDX-License-Identifier: GPL-2.0 */
/* The CPUs that compress: the coordinator, and as many others as there is memory for. */
#ifndef DUMPKERNEL_WORKERS_H
#define DUMPKERNEL_WORKERS_H

#include "capture/kdump_dump.h"

struct workers_plan {
	const struct codec *codec;	/* NULL: none */
	u32 cpus_max;			/* 0: as many as there are */
	u32 pages_left;			/* that must be left when all is ready */
	u32 pages_per_job;		/* that each job will take of the rest */
};

/*
 * Takes memory, and starts other CPUs; once.  Says how many there are.  Returns the CPUs that work,
 * this one among them; 0: there is no memory for even one.
 */
u32 workers_open(const struct workers_plan *plan);

/* How many jobs keep them busy. */
u32 workers_jobs(void);

/* For struct kdump_dump; at most workers_jobs() jobs between start and finish. */
struct page_workers *workers_seam(void);

#endif
