/* SPDX-License-Identifier: GPL-2.0 */
/* Reads a config block (handover.h); everything in it is checked here, once. */
#ifndef CAPTURE_CONFIG_H
#define CAPTURE_CONFIG_H

#include "capture/handover.h"

#define CONFIG_MAX_TARGETS 8

/* Pointers into the block; NULL or 0 for what it does not have. */
struct config {
	const struct config_target *target[CONFIG_MAX_TARGETS];
	const struct extent *extent[CONFIG_MAX_TARGETS];	/* of a dump file; NULL: a disk or partition */
	u32 extents[CONFIG_MAX_TARGETS];
	u32 targets;
	const struct config_cpus *cpus;
	const struct config_clock *clock;
	const struct config_reset *reset;
	const struct config_policy *policy;
	const struct config_dump *dump;
	const u8 *pci_roots;
	u32 pci_root_count;
	const u64 *vtd_units;
	u32 vtd_unit_count;
	const struct config_kick *kicks;
	u32 kick_count;
};

/*
 * block: 8-byte aligned, `bytes` long.  -ENOMEDIUM: not a config block; -EBADMSG: cut off
 * or CRC wrong; -EPROTONOSUPPORT: version, or a critical entry that we do not know;
 * -EINVAL: an entry whose size or contents can't be.
 */
int config_open(const void *block, u64 bytes, struct config *ret_config);

#endif
