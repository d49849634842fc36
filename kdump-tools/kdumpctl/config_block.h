/* SPDX-License-Identifier: GPL-2.0 */
/* Builds the config block of handover.h; capture/config.h is its reader. */
#ifndef KDUMPCTL_CONFIG_BLOCK_H
#define KDUMPCTL_CONFIG_BLOCK_H

#include "kdumpctl/platform.h"

/* One target, in the order of trial. */
struct config_block_target {
	const struct config_target *target;
	const struct extent *extent;	/* of a dump file, else NULL */
	u32 extents;
};

/*
 * Writes the block into buf[CONFIG_MAX_BYTES], 8-byte aligned, and its length into
 * *ret_bytes.  -ENOSPC when it does not fit.
 */
int config_block_build(const struct platform *platform, const struct config_block_target *targets, u32 count,
		       const struct config_policy *policy, const struct config_dump *dump, void *buf, u32 *ret_bytes);

#endif
