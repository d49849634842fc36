/* SPDX-License-Identifier: GPL-2.0 */
/* A Serial ATA disk at an AHCI controller behind struct dump_target: polled, no queueing in the disk. */
#ifndef DUMPKERNEL_AHCI_H
#define DUMPKERNEL_AHCI_H

#include "capture/dump_target.h"
#include "capture/handover.h"

/* Stops every port and resets the controller.  Needs decoding, not bus mastering.  -ENODEV, -ETIMEDOUT. */
int ahci_quiesce(const struct config_target *config);

/*
 * As nvme_open(): looks for the disk at the port that it had when it was armed, then at
 * all others; compares serial, WWN, block size and size.  -EOPNOTSUPP also for a disk
 * without 48-bit addresses, for ATAPI, and for a controller that can't reach our memory.
 */
int ahci_open(const struct config_target *config, struct dump_target **ret_target);

#endif
