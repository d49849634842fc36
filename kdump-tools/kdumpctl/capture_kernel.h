/* SPDX-License-Identifier: GPL-2.0 */
/* The Linux kernel that captures: which file, which modules, what it can unpack. */
#ifndef KDUMPCTL_CAPTURE_KERNEL_H
#define KDUMPCTL_CAPTURE_KERNEL_H

#include <limits.h>

#include "capture/env.h"
#include "initramfs/pack.h"

struct capture_kernel {
	char path[PATH_MAX];
	char release[128];
	char modules[PATH_MAX];	/* folder of its modules; empty: it has none */
	bool is_running;	/* the same release as the running kernel's */
	bool is_signed;
	enum pack_format pack;	/* of the initramfs */
	bool can_lock_down;	/* it knows lockdown= */
	u64 memory_bytes;	/* that it needs where it is loaded, to unpack itself (init_size) */
};

/*
 * wanted: path of a bzImage, "" for the running kernel's own.  root as in sysfs.h.
 * reason receives why not: -ENOENT, -ENOEXEC, read(2)'s errors.
 */
int capture_kernel_find(const char *root, const char *wanted, struct capture_kernel *ret_kernel, char *reason, size_t size);

#endif
