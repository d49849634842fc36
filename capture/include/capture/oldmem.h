/* SPDX-License-Identifier: GPL-2.0 */
/* The seam between capture/ and the dead kernel's memory. */
#ifndef CAPTURE_OLDMEM_H
#define CAPTURE_OLDMEM_H

#include "capture/env.h"

struct oldmem {
	/*
	 * Copies bytes at physical address pa to buf.  0; -EFAULT: not old RAM;
	 * -EIO: the memory itself is bad.  buf may be partly written on failure.
	 */
	int (*read)(const struct oldmem *mem, u64 pa, void *buf, size_t bytes);

	/*
	 * Where old memory stands as it is: physical address pa is readable, by the
	 * CPU and by the disk, at direct + pa.
	 */
	u8 *direct;
};

/* What stands in a dump for a page that can't be read: this 32-bit word, repeated. */
#define OLDMEM_BAD_PATTERN 0xdeadbad0u

void oldmem_fill_pattern(void *buf, size_t bytes);

#endif
