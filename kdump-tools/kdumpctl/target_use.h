/* SPDX-License-Identifier: GPL-2.0 */
/* Whether something on the running system uses a block device. */
#ifndef KDUMPCTL_TARGET_USE_H
#define KDUMPCTL_TARGET_USE_H

#include <sys/types.h>

#include "capture/env.h"

/*
 * Looks at mounts, swap and holders (device mapper, RAID) of the device and of every
 * partition in it, and at last tries to open it exclusively, which finds users in other
 * mount namespaces, too.  -EBUSY with the user in reason; -ENODEV: no such device.
 */
int target_check_unused(const char *device, dev_t rdev, char *reason, size_t size);

#endif
