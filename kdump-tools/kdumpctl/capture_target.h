/* SPDX-License-Identifier: GPL-2.0 */
/* The targets of Linux mode: from a configured line, or the path itself, to the plan's words. */
#ifndef KDUMPCTL_CAPTURE_TARGET_H
#define KDUMPCTL_CAPTURE_TARGET_H

#include "kdumpctl/conf.h"
#include "kdumpctl/device_use.h"

struct capture_target {
	char fstype[16];		/* "raw", "ext4" */
	char spec[PATH_MAX];		/* as configured */
	bool usable;
	char why[512];			/* it is not */
	u8 uuid[16];			/* of a raw target, with its generation */
	u64 generation;
	char node[PATH_MAX];		/* of the device now */
	dev_t device;
	char mounted_at[PATH_MAX];	/* empty: it is not mounted */
	char folder[PATH_MAX];		/* of the dumps on the running system; empty: it is not mounted */
};

/*
 * Adds a configured target's devices and file system to `use` and its line to use->plan;
 * fills target.  Errors as device_use_add(); -EINVAL when the device holds something else
 * or is not prepared; -EBUSY: something uses a raw target, or it holds a dump; with the
 * reason in use.
 */
int capture_target_add(struct device_use *use, const struct conf_target *configured, const char *path,
		       struct capture_target *target);

/* The same for the file system that holds path on the running system, as Fedora does without a target line. */
int capture_target_add_holder(struct device_use *use, const char *path, struct capture_target *target);

/* The file system mounted at /, as plan->rootfs, with the dump's folder path in it. */
int capture_target_add_rootfs(struct device_use *use, const char *path);

/*
 * Where the running system has the dumps of a configured target (NULL: of the holder of
 * path): fills ret_target alone.  -ENODEV: no such device; -ENOENT: it is not mounted.
 */
int capture_target_locate(const struct conf_target *configured, const char *path, struct capture_target *ret_target);

#endif
