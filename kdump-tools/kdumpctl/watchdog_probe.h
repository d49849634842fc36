/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hardware watchdogs that run now and would cut a dump off, and how to kick them:
 * Intel TCO (ICH9 datasheet 316972, 13.9), i6300ESB (Intel 300641-003, chapter 16), ACPI WDAT.
 */
#ifndef KDUMPCTL_WATCHDOG_PROBE_H
#define KDUMPCTL_WATCHDOG_PROBE_H

#include "kdumpctl/platform.h"

/* Fills kicks, kick_count, watchdog and watchdog_problem of platform. */
void watchdog_probe(const char *root, struct platform *platform);

/*
 * First I/O port of the TCO registers in /proc/ioports' text: the range of 32 ports that
 * iTCO_wdt holds.  0 when there is none.
 */
u32 watchdog_find_tco(const char *ioports);

#endif
