/* SPDX-License-Identifier: GPL-2.0 */
/* Kernel command lines: strings of options, where quotes protect spaces. */
#ifndef KEXEC_CMDLINE_H
#define KEXEC_CMDLINE_H

#include "capture/env.h"

/*
 * The running kernel's command line for another kernel: without BOOT_IMAGE=..., and for
 * a crash kernel without every crashkernel=....  New memory, NULL when there is none.
 */
char *cmdline_reuse(const char *running, bool for_crash);

/* first, a space, second; either may be "" or NULL.  New memory, NULL when there is none. */
char *cmdline_join(const char *first, const char *second);

#endif
