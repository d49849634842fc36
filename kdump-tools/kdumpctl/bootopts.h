/* SPDX-License-Identifier: GPL-2.0 */
/* What the running kernel was booted with, and what the dump kernel is. */
#ifndef KDUMPCTL_BOOTOPTS_H
#define KDUMPCTL_BOOTOPTS_H

#include "capture/env.h"

/*
 * Whether option (such as "intel_iommu=") is given with value in its comma-separated
 * list; value NULL: given at all.  Options are words; quotes are not looked at.
 */
bool bootopts_has(const char *cmdline, const char *option, const char *value);

/*
 * The dump kernel's command line: the serial consoles (console=ttyS*) of cmdline, in
 * order.  -E2BIG when they do not fit into buf[size].
 */
int bootopts_for_dump(const char *cmdline, char *buf, size_t size);

#endif
