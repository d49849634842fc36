/* SPDX-License-Identifier: GPL-2.0 */
/* What libblkid finds on a device: file systems, RAID, LVM, LUKS, swap, partition tables. */
#ifndef KDUMPCTL_SIGNATURES_H
#define KDUMPCTL_SIGNATURES_H

#include "capture/env.h"

#define SIGNATURES_MAX 16

struct signatures {
	u32 count;
	char name[SIGNATURES_MAX][32];	/* libblkid's names: "ext4", "swap", "gpt" ... */
};

/*
 * Lists everything on fd.  -EIO: libblkid could not read it; -E2BIG: more than
 * SIGNATURES_MAX different ones.
 */
int signatures_find(int fd, struct signatures *ret_found);

/* The first one that the comma-separated list `allowed` (or NULL) does not name, or NULL. */
const char *signatures_first_not_in(const struct signatures *found, const char *allowed);

/* Whether the comma-separated list, or NULL, has the name. */
bool signatures_list_has(const char *list, const char *name);

#endif
