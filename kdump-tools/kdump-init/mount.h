/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KDUMP_INIT_MOUNT_H
#define KDUMP_INIT_MOUNT_H

#include <stddef.h>

#include "common/capture_plan.h"

/*
 * Options as in fstab into mount(2)'s flags and data; what only user space understands
 * (defaults, nofail, x-...) is left out.  -ENAMETOOLONG.
 */
int mount_options(const char *options, unsigned long *ret_flags, char *data, size_t size);

/* Mounts device as the target says on the folder, which is made.  Says why it failed. */
int mount_target(const struct capture_plan_target *target, const char *device, const char *folder);

/* Writes everything to the disk and unmounts; says why it failed. */
int mount_end(const char *folder, const char *name);

#endif
