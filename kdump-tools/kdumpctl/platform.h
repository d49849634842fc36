/* SPDX-License-Identifier: GPL-2.0 */
/* The facts about the running machine that the config block carries to the dump kernel. */
#ifndef KDUMPCTL_PLATFORM_H
#define KDUMPCTL_PLATFORM_H

#include "capture/handover.h"

#define PLATFORM_MAX_PCI_ROOTS 64
#define PLATFORM_MAX_VTD_UNITS 32
#define PLATFORM_MAX_CPUS 4096
#define PLATFORM_MAX_KICKS 32

struct platform {
	struct config_clock clock;
	struct config_reset reset;
	u32 boot_apic_id;
	u32 cpu_count;
	u32 offline_cpus;		/* present but offline: their APIC ids are unknown */
	u32 apic_ids[PLATFORM_MAX_CPUS];
	u32 pci_root_count;
	u8 pci_roots[PLATFORM_MAX_PCI_ROOTS];
	u32 vtd_unit_count;
	u64 vtd_units[PLATFORM_MAX_VTD_UNITS];
	u32 kick_count;
	struct config_kick kicks[PLATFORM_MAX_KICKS];
	char watchdog[160];		/* what runs, "" when none does */
	char watchdog_problem[160];	/* why it can't be kicked, "" when it can */
};

/*
 * Fills all of it from root/sys and root/proc.  reason receives what is wrong.
 * Errors: -EINVAL: a table or file that makes no sense; -ENOSPC: more of something than
 * there is room for; -ENODEV: the CPUs are not told.  A missing clock or reset register
 * is none: the dump kernel has other means.
 */
int platform_probe(const char *root, struct platform *platform, char *reason, size_t reason_size);

/*
 * APIC ids of /proc/cpuinfo's processors in its order.  -EINVAL: a processor without
 * one; -ENODEV: the first is not CPU 0; -ENOSPC.  Silent.
 */
int platform_parse_cpuinfo(const char *text, u32 *apic_ids, u32 capacity, u32 *ret_count);

/* Of what must not change between arming and a crash, unless the kernel tells the dump kernel. */
struct platform_fingerprint {
	u32 cpus;		/* those that are online */
	u32 memory;		/* where RAM is */
};

/* Negative errno when they can't be read. */
int platform_fingerprint(struct platform_fingerprint *ret_fingerprint);

#endif
