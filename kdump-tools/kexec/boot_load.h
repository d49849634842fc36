/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Loading the kernel that the next reboot(LINUX_REBOOT_CMD_KEXEC) starts.  Every function
 * says its errors through log_error() and returns 0 or a negative errno.
 */
#ifndef KEXEC_BOOT_LOAD_H
#define KEXEC_BOOT_LOAD_H

#include "kexec/boot_kernel.h"
#include "kexec/crash_load.h"

struct boot_load {
	const char *kernel;	/* path */
	const char *initrd;	/* path, or NULL */
	const char *cmdline;	/* "" allowed */
	enum load_syscall syscall;
	enum boot_kernel_type type;
	bool entry_32bit;	/* of a bzImage */
	u64 min_pa;		/* pieces lie in [min_pa, end_pa) */
	u64 end_pa;		/* UINT64_MAX: anywhere */
};

/* Replaces the image; on failure the old one may be unloaded. */
int boot_load(const struct boot_load *request);

#endif
