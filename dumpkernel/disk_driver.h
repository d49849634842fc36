/* SPDX-License-Identifier: GPL-2.0 */
/* The driver that a target names. */
#ifndef DUMPKERNEL_DISK_DRIVER_H
#define DUMPKERNEL_DISK_DRIVER_H

#include "capture/dump_target.h"
#include "capture/handover.h"

/* Stops the controller that the dead kernel left running; after this it does no DMA.  Errors as the driver's. */
int disk_driver_quiesce(const struct config_target *config);

/* Brings the controller up and opens the disk, once it is the armed one.  Errors as the driver's. */
int disk_driver_open(const struct config_target *config, struct dump_target **ret_target);

#endif
