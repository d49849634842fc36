/* SPDX-License-Identifier: GPL-2.0 */
/* Time since entry, by the ACPI PM timer; read it with env_clock_us(). */
#ifndef DUMPKERNEL_CLOCK_H
#define DUMPKERNEL_CLOCK_H

#include "capture/env.h"
#include "capture/handover.h"

/*
 * Chooses the counter.  Until then, env_clock_us() counts writes to port 0x80, about
 * one microsecond each.  config: NULL keeps that.
 */
void clock_init(const struct config_clock *config);

/* Waits at least us microseconds. */
void clock_delay_us(u64 us);

#endif
