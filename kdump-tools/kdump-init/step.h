/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One step of the capture: work that is done by a process of its own, so that a step that
 * crashes, is killed for want of memory or hangs in a write is only that step's end.
 */
#ifndef KDUMP_INIT_STEP_H
#define KDUMP_INIT_STEP_H

#include "kdump-init/run.h"
#include "kdump-init/watchdog.h"

struct step {
	const char *name;		/* for messages: "saving to UUID=..." */
	int (*work)(void *context);	/* in the new process; 0, or a negative errno after it said why */
	void *context;
	u64 until_us;			/* env_clock_us() at which it is ended; 0: never */
	u64 stall_us;			/* it is ended when run->progress stands still so long; 0: never */
};

/*
 * Runs a step to its end, with SIGCHLD blocked in the caller; samples memory, kicks the
 * watchdog and reaps every child meanwhile.  0: the work returned 0; -ECANCELED: it failed,
 * or was ended by a signal; -ETIME: until_us; -ETIMEDOUT: stall_us; what fork(2) says.
 * run->reason tells why.  A process that can't be killed (it waits for a device) is left behind.
 */
int step_run(struct run *run, struct watchdog *watchdog, const struct step *step);

#endif
