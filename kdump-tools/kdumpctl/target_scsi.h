/* SPDX-License-Identifier: GPL-2.0 */
/* Disks that Linux drives as SCSI disks (sd): which controller they hang at, and what they say of themselves. */
#ifndef KDUMPCTL_TARGET_SCSI_H
#define KDUMPCTL_TARGET_SCSI_H

#include "capture/handover.h"

/*
 * Fills driver, unit, serial and ids of config from the disk's sysfs folder below root.
 * -EOPNOTSUPP: a controller that the dump kernel can't drive; -ENODEV: sysfs lacks what
 * is needed; both with the reason.
 */
int target_scsi_probe(const char *root, const char *folder, struct config_target *config, char *reason, size_t size);

#endif
