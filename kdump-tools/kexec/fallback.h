/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fallback: a second crash image, which the kernel starts when the first is damaged.
 * Only kernels with Lifeboat's kernel/ keep one (kernel/README.md).
 */
#ifndef KEXEC_FALLBACK_H
#define KEXEC_FALLBACK_H

#include "capture/memrange.h"

/* 0, or -EOPNOTSUPP (said). */
int fallback_check_support(void);

/*
 * What the first image and the kernel's own pages for it occupy of the crash region; empty when
 * none is loaded.  ret_taken->range is new memory.  Says its errors: -EOPNOTSUPP, -EBUSY,
 * -EINVAL, -ENOMEM.
 */
int fallback_read_taken(struct memrange_set *ret_taken);

/* The same from the text that the kernel gives; silent. */
int fallback_parse_taken(const char *text, struct memrange_set *ret_taken);

#endif
