/* SPDX-License-Identifier: GPL-2.0 */
/* Brings a disk up behind a running machine that has just died: the safe order. */
#ifndef DUMPKERNEL_DISKS_H
#define DUMPKERNEL_DISKS_H

#include "capture/config.h"
#include "capture/dump_error.h"
#include "capture/dump_target.h"

/*
 * Stops every DMA that the dead kernel started, then opens the first of the config
 * block's targets that can be opened.  DUMP_OK, or the first target's error.
 */
enum dump_error disks_open(const struct config *config, const struct config_target **ret_target,
			   struct dump_target **ret_disk);

#endif
