/* SPDX-License-Identifier: GPL-2.0 */
/* What a first process owes its system: the kernel's file systems, and its end. */
#ifndef KDUMP_INIT_SYSTEM_H
#define KDUMP_INIT_SYSTEM_H

#include "common/capture_plan.h"

/* Mounts /proc, /sys, /dev, /run and /tmp; opens the console as stdin, stdout, stderr. */
void system_begin(void);

/*
 * Reboots, halts or powers off (the other actions count as reboot).  A reboot that a hanging
 * device keeps from happening is forced a little later.  Does not return.
 */
void system_end(enum capture_action action) __attribute__((noreturn));

/* For a step: runs /bin/sh on the console; context is not used. */
int system_shell(void *context);

/* For a step: writes out what is dirty; context is not used. */
int system_sync(void *context);

#endif
