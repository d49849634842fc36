/* SPDX-License-Identifier: GPL-2.0 */
/* Kernel command lines: strings of options, where quotes protect spaces. */
#ifndef KEXEC_CMDLINE_H
#define KEXEC_CMDLINE_H

#include "capture/env.h"

/*
 * The running kernel's command line for a capture kernel: without BOOT_IMAGE=..., and
 * every crashkernel=....  New memory, NULL when there is none.
 */
char *cmdline_reuse(const char *running);

/* first, a space, second; either may be "" or NULL.  New memory, NULL when there is none. */
char *cmdline_join(const char *first, const char *second);

#endif
