/* SPDX-License-Identifier: GPL-2.0 */
/* The other CPUs: stopped for good before a disk is touched. */
#ifndef DUMPKERNEL_SMP_H
#define DUMPKERNEL_SMP_H

#include "capture/elfcore.h"
#include "capture/handover.h"

/*
 * Sends INIT to every CPU but this one and the boot CPU (whose INIT restarts firmware),
 * so that one that never answered the crash NMI can't ring a doorbell.  Tells of the
 * CPUs that left no registers.  cpus: NULL stops none.
 */
void smp_stop_others(const struct config_cpus *cpus, const struct elfcore *core, const struct oldmem *mem);

#endif
