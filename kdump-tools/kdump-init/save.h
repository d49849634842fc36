/* SPDX-License-Identifier: GPL-2.0 */
/* The dump into a file system: folder, log, vmcore, report. */
#ifndef KDUMP_INIT_SAVE_H
#define KDUMP_INIT_SAVE_H

#include "common/capture_plan.h"
#include "kdump-init/run.h"

struct save {
	const struct capture_plan *plan;
	const struct capture_plan_target *target;
	struct run *run;
	unsigned int number;	/* of the try: each has a mount point of its own */
};

/*
 * Saves /proc/vmcore to a target and unmounts it; sets run->saved.  context: a struct save.
 * Negative errno after it said why; kdump.log there tells it, too.
 */
int save_to_files(void *context);

#endif
