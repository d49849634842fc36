/* SPDX-License-Identifier: GPL-2.0 */
/* The running kernel's own vmcoreinfo, as a note of /proc/kcore (Linux 4.19 and later). */
#ifndef KDUMPCTL_LIVE_VMCOREINFO_H
#define KDUMPCTL_LIVE_VMCOREINFO_H

#include "capture/env.h"

/*
 * Reads it into new memory, NUL terminated; the caller frees.  -ENOENT: no such note;
 * -EBADMSG: not a core file; and what open(2) and pread(2) say (lockdown: -EPERM).
 */
int live_vmcoreinfo_read(const char *root, char **ret_text, u32 *ret_bytes);

#endif
