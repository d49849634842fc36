/* SPDX-License-Identifier: GPL-2.0 */
/* The last thing: reboot, halt or poweroff. */
#ifndef DUMPKERNEL_RESET_H
#define DUMPKERNEL_RESET_H

#include "capture/handover.h"

/* How to reset and power off; NULL: 0xCF9, keyboard controller, triple fault only. */
void reset_init(const struct config_reset *config);

/*
 * Reboot: ACPI reset register, 0xCF9, keyboard controller, triple fault, each given
 * time to work.  Poweroff: PM1 control; reboots when that is not possible or does
 * nothing.  Halt: stops this CPU for ever.  Never returns.
 */
void reset_machine(enum config_action action) __attribute__((noreturn));

#endif
