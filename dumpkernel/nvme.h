/* SPDX-License-Identifier: GPL-2.0 */
/* NVMe behind struct dump_target: polled, one I/O queue, PRPs straight to the caller's memory. */
#ifndef DUMPKERNEL_NVME_H
#define DUMPKERNEL_NVME_H

#include "capture/dump_target.h"
#include "capture/handover.h"

/*
 * Stops the controller that the dead kernel left running: CC.EN = 0 and waits for
 * CSTS.RDY = 0.  Needs decoding, not bus mastering.  -ENODEV, -ETIMEDOUT.
 */
int nvme_quiesce(const struct config_target *config);

/*
 * Brings the controller up and opens the namespace.  Compares serial, NGUID, EUI64,
 * block size and size with config.  The target and its queues are allocated from
 * mem_alloc_pages() and live for ever.  Errors: -ENODEV not there, -ETIMEDOUT never
 * ready, -ENXIO not the disk we were armed for, -EOPNOTSUPP (metadata in the LBA
 * format, block size), -ENOMEM, -EIO.  *ret_target untouched on failure.
 */
int nvme_open(const struct config_target *config, struct dump_target **ret_target);

#endif
