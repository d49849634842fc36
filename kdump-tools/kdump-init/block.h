/* SPDX-License-Identifier: GPL-2.0 */
/* Block devices by what they hold: their names may differ from those before the crash. */
#ifndef KDUMP_INIT_BLOCK_H
#define KDUMP_INIT_BLOCK_H

#include "common/capture_plan.h"
#include "kdump-init/run.h"

/*
 * Finds the device that is there now with this identity: UUID=, LABEL=, PARTUUID=, PARTLABEL=
 * or /dev/NAME.  -ENOENT: none; -ENOTBLK: /dev/NAME is something else; -EINVAL: no such tag.
 */
int block_find(const char *identity, char *ret_path, size_t size);

/*
 * The same, but waits for it until run->devices_until_us and builds the plan's device-mapper
 * devices as soon as what they lie on is there.  Looks at least once.  Says why it failed.
 */
int block_wait(const struct capture_plan *plan, struct run *run, const char *identity, char *ret_path, size_t size);

#endif
