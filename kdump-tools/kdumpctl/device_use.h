/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the running system uses to reach a block device: drivers of everything above it
 * in sysfs, device-mapper tables, and a name that another kernel finds it by.
 */
#ifndef KDUMPCTL_DEVICE_USE_H
#define KDUMPCTL_DEVICE_USE_H

#include <sys/types.h>

#include "common/capture_plan.h"
#include "initramfs/buffer.h"
#include "kdumpctl/dm_table.h"

#define DEVICE_NAME_BYTES 512u

/* The running system, or a made-up one in tests. */
struct device_world {
	const char *root;	/* "", or in front of /sys */
	int (*read_table)(dev_t device, struct dm_table *ret_table);
	/* A name such as UUID=... for what lies on the device, buf: DEVICE_NAME_BYTES. */
	int (*identify)(dev_t device, const char *node, char *buf);
};

extern const struct device_world device_world_running;

struct device_use {
	const struct device_world *world;
	struct capture_plan *plan;	/* dm lines are added to it */
	struct buffer modules;		/* names, in order, each with a NUL after it */
	char reason[512];		/* why a call failed */
};

/*
 * Adds what is needed for a device; ret_name (DEVICE_NAME_BYTES) is how the capture
 * kernel finds it.  -EOPNOTSUPP: a kind that the capture side can't set up (RAID, LUKS,
 * network, a file), -ENODEV, -ENOMEM, with the reason.
 */
int device_use_add(struct device_use *use, dev_t device, char *ret_name);

/* Adds the drivers of a folder below /sys/devices and of all above it; for what is no block device. */
int device_use_add_drivers(struct device_use *use, const char *folder);

/* Adds one module's name, once. */
int device_use_add_module(struct device_use *use, const char *name);

void device_use_deinit(struct device_use *use);

#endif
