/* SPDX-License-Identifier: GPL-2.0 */
/* Marking targets as armed, and what is left in /run/lifeboat for status, stop and collect. */
#ifndef KDUMPCTL_ARMING_H
#define KDUMPCTL_ARMING_H

#include "kdumpctl/armed.h"
#include "kdumpctl/preflight.h"

/* Fills armed from a finished preflight.  Says its errors. */
int arming_describe(const struct preflight *preflight, struct armed *armed);

/*
 * Leaves the config block or the plan in /run/lifeboat, marks the prepared targets as armed
 * and locks dump files in their places.  Says its errors.
 */
int arming_arm(const struct preflight *preflight, const struct armed *armed);

/* Takes the mark off the targets that `still` (NULL: none) does not have; tell: of those that are not as they were. */
void arming_disarm(const struct armed *armed, const struct armed *still, bool tell);

/* "/dev/nvme0n1p3, else to /var/crash/lifeboat.dump" */
void arming_list_targets(const struct armed *armed, char *buf, size_t size);

#endif
