/* SPDX-License-Identifier: GPL-2.0 */
/* The end of a dump that can't be: said on every console, kept on the target if there is one. */
#ifndef DUMPKERNEL_FAIL_H
#define DUMPKERNEL_FAIL_H

#include "capture/dump.h"
#include "capture/handover.h"

/* What to do after a failure; reboot until this is called. */
void fail_init(const struct config_policy *policy);

/* From now on a failure is recorded in this dump's target; it was opened and matched. */
void fail_keep_in(struct dump *dump);

/* "LB-<code>: <text>" and the record; what follows is the caller's, who may try another target. */
void fail_report(enum dump_error error);

/* When nothing is left to try: the fallback kernel, without one the failure action. */
void fail_end(void) __attribute__((noreturn));

/* Both. */
void fail(enum dump_error error) __attribute__((noreturn));

/* The same for an exception, whose registers were printed. */
void fail_trap(u32 vector) __attribute__((noreturn));

#endif
