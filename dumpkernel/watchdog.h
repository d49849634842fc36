/* SPDX-License-Identifier: GPL-2.0 */
/* Kicks the hardware watchdog that the dead kernel left running. */
#ifndef DUMPKERNEL_WATCHDOG_H
#define DUMPKERNEL_WATCHDOG_H

#include "capture/handover.h"

/* steps: one kick, in order; the array must stay.  Maps what the steps need; -ENOMEM, -EINVAL. */
int watchdog_init(const struct config_kick *steps, u32 count);

/*
 * Cheap to call often: kicks at most twice a second.  Does nothing without watchdog_init().
 * The disk drivers call it wherever they may wait for more than a second.
 */
void watchdog_kick(void);

#endif
