/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The hardware watchdog (Documentation/watchdog/watchdog-api.rst): opened when its device
 * appears, kicked several times in its period.  It is never closed: what resets a machine
 * whose init is dead is the watchdog.
 */
#ifndef KDUMP_INIT_WATCHDOG_H
#define KDUMP_INIT_WATCHDOG_H

#include "capture/env.h"

struct watchdog {
	bool wanted;
	int fd;			/* -1: not open */
	u64 period_us;		/* between kicks */
	u64 next_us;
};

void watchdog_init(struct watchdog *watchdog, bool wanted);

/* Call it often: it does something when a kick is due. */
void watchdog_kick(struct watchdog *watchdog);

#endif
