/* SPDX-License-Identifier: GPL-2.0 */
/* Brings disks up behind a running machine that has just died: the safe order. */
#ifndef DUMPKERNEL_DISKS_H
#define DUMPKERNEL_DISKS_H

#include "capture/config.h"
#include "capture/dump_error.h"
#include "capture/dump_target.h"

/* First, once: stops every DMA that the dead kernel started.  DUMP_OK or DUMP_IOMMU. */
enum dump_error disks_stop(const struct config *config);

/*
 * Opens a target's disk.  One is open at a time: the one before is closed, or given again
 * when both targets are on it.
 */
enum dump_error disks_open(const struct config_target *target, struct dump_target **ret_disk);

#endif
