/* SPDX-License-Identifier: GPL-2.0 */
/* Intel VT-d left translating by the dead kernel (VT-d spec 4.1, chapter 11). */
#ifndef DUMPKERNEL_VTD_H
#define DUMPKERNEL_VTD_H

#include "capture/env.h"

/* True when the unit at base is translating. */
bool vtd_is_translating(u64 base);

/*
 * Turns DMA translation off and waits for it.  Only after every bus master is off
 * and the target's queues are dead: what is in flight would hit physical memory.
 * -ENODEV (registers read as ones or can't be mapped), -ETIMEDOUT.
 */
int vtd_stop_translation(u64 base);

#endif
