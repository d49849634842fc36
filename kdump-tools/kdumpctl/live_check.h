/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Does the page filter understand this kernel?  It is run over samples of the running kernel's own
 * memory, and what it says of each page is compared with what the kernel says (/proc/kpageflags;
 * in all, /proc/meminfo).  Nothing is changed, nothing but struct pages and what leads to them is
 * read, and it takes a third of a second.
 */
#ifndef KDUMPCTL_LIVE_CHECK_H
#define KDUMPCTL_LIVE_CHECK_H

#include "capture/env.h"

#define LIVE_CHECK_WHY_BYTES 256

/*
 * A level is not trusted when the filter would leave out, of the pages that it leaves out at that
 * level, more than this share that the kernel says are something else: memory changes meanwhile,
 * so that none would be too much to ask.
 */
#define LIVE_CHECK_WRONG_PER_MILLE 2u
#define LIVE_CHECK_WRONG_PAGES 16u	/* that never matter */

/* In all of memory: that the filter finds more than the kernel counts, of all RAM. */
#define LIVE_CHECK_MORE_PERCENT 20u

/*
 * root: "" or a folder that stands for it.  0: *ret_level is `level` less what the filter is not
 * to be trusted with; why says why, and is empty when they are the same.  Negative errno: it could
 * not be checked; why says why; *ret_level is left alone.  Silent.
 */
int live_check(const char *root, unsigned level, unsigned *ret_level, char why[LIVE_CHECK_WHY_BYTES]);

#endif
