/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KDUMP_INIT_MODULES_H
#define KDUMP_INIT_MODULES_H

#include "common/capture_plan.h"
#include "kdump-init/run.h"

/* Loads the plan's modules in their order.  Every failure is said; the others are still loaded. */
void modules_load(const struct capture_plan *plan, struct run *run);

#endif
