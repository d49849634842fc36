/* SPDX-License-Identifier: GPL-2.0 */
/* vmcoreinfo: the KEY=VALUE lines that a kernel leaves for its dump's readers. */
#ifndef CAPTURE_VMCOREINFO_H
#define CAPTURE_VMCOREINFO_H

#include "capture/env.h"

struct vmcoreinfo {
	const char *text;	/* not NUL terminated */
	u32 bytes;
};

/* The value of a key such as "OSRELEASE", up to its newline.  -ENOENT. */
int vmcoreinfo_find(const struct vmcoreinfo *info, const char *key, const char **ret_value, u32 *ret_bytes);

/* Value as a number; base 10 (a minus sign allowed) or 16.  -ENOENT, -EINVAL. */
int vmcoreinfo_number(const struct vmcoreinfo *info, const char *key, unsigned base, u64 *ret_value);

#endif
