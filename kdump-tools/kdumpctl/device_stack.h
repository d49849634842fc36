/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From a device that a file system is on down to the disk or partition below it.  Only
 * linear device-mapper tables are walked: everything else changes what is written, keeps
 * copies, or moves it.
 */
#ifndef KDUMPCTL_DEVICE_STACK_H
#define KDUMPCTL_DEVICE_STACK_H

#include <sys/types.h>

#include "kdumpctl/dm_table.h"
#include "kdumpctl/file_extents.h"

/* The running system, or a made-up one in tests. */
struct device_stack {
	const char *root;	/* "", or in front of /sys */
	int (*read_table)(dev_t device, struct dm_table *ret_table);
};

extern const struct device_stack device_stack_running;

/*
 * Moves extents, whose places are on `device`, to those on the one disk or partition that
 * holds all of them.  -EOPNOTSUPP: another kind of device, or several disks; -E2BIG: more
 * than EXTENT_MAX pieces; -ENODEV; with the reason.  On failure extents may be changed.
 */
int device_stack_resolve(const struct device_stack *stack, dev_t device, struct file_extents *extents,
			 dev_t *ret_device, char *reason, size_t size);

#endif
