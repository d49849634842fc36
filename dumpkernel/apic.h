/* SPDX-License-Identifier: GPL-2.0 */
/* The local APIC, as far as one CPU needs it to stop and to start another. */
#ifndef DUMPKERNEL_APIC_H
#define DUMPKERNEL_APIC_H

#include "capture/env.h"

struct apic {
	volatile void *base;	/* NULL: x2APIC, reached by MSRs */
	u32 own_id;
	bool is_boot_cpu;	/* this CPU is the one that firmware started */
};

/* Of this CPU, in the mode that it was left in.  -ENODEV: it is off; -ENOMEM: no page to map it with. */
int apic_open(struct apic *apic);

/* The id of the CPU that asks, which need not be the one that opened. */
u32 apic_id(const struct apic *apic);

/* Whether an interrupt can be sent to this id, and to it alone. */
bool apic_reaches(const struct apic *apic, u32 id);

/*
 * INIT: wherever the CPU is, it stops and waits for a start-up interrupt.  Never to the
 * boot CPU: that one goes to the firmware instead.  id: one that apic_reaches().
 */
void apic_send_init(const struct apic *apic, u32 id);

/* A CPU that waits after INIT begins at start_pa, in real mode; any other ignores it.  start_pa: of a page below 640 KiB. */
void apic_send_startup(const struct apic *apic, u32 id, u64 start_pa);

#endif
