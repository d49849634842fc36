/* SPDX-License-Identifier: GPL-2.0 */
/* Leaving this kernel for the one that is loaded.  Errors are said. */
#ifndef KEXEC_BOOT_EXEC_H
#define KEXEC_BOOT_EXEC_H

#include <stdbool.h>

struct boot_exec {
	bool no_sync;
	bool no_ifdown;		/* leave network interfaces up */
};

/* Starts the loaded kernel at once; returns only when that failed.  -ENOENT: none is loaded. */
int boot_exec_now(const struct boot_exec *request);

/* Runs `shutdown -r now`, whose last step starts the loaded kernel; returns only on failure. */
int boot_exec_shutdown(void);

#endif
