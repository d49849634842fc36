/* SPDX-License-Identifier: GPL-2.0 */
/* Device-mapper devices of linear pieces, as LVM's plain volumes are. */
#ifndef KDUMP_INIT_DM_H
#define KDUMP_INIT_DM_H

#include <stddef.h>

#include "common/capture_plan.h"

/*
 * Makes /dev/mapper/NAME for each of the plan's that is not there yet and whose devices all
 * are.  Says what could not be made when this is the last try.
 */
void dm_build(const struct capture_plan *plan, bool last_try);

/*
 * The ioctl argument that loads the table of the `count` pieces at dm; major_minor: their
 * devices as "8:1".  New memory, *ret_bytes long; NULL without memory.  (For tests.)
 */
void *dm_table(const struct capture_plan_dm *dm, unsigned int count, char (*major_minor)[32], size_t *ret_bytes);

#endif
