/* SPDX-License-Identifier: GPL-2.0 */
/* What is mounted where (proc(5), /proc/PID/mountinfo). */
#ifndef KDUMPCTL_MOUNTS_H
#define KDUMPCTL_MOUNTS_H

#include <limits.h>
#include <sys/types.h>

#include "capture/env.h"

struct mount_point {
	dev_t device;
	char root[PATH_MAX];	/* which folder of the file system is mounted */
	char point[PATH_MAX];	/* where */
	char fstype[64];
	char options[1024];	/* of the file system */
};

/* The mount that holds an absolute path without links.  -ENOENT; -EINVAL: mountinfo makes no sense. */
int mounts_parse_holder(const char *mountinfo, const char *path, struct mount_point *ret_mount);

/* A mount of this device, the one of its whole tree if there is one.  -ENOENT, -EINVAL. */
int mounts_parse_device(const char *mountinfo, dev_t device, struct mount_point *ret_mount);

/* The same of the running system; what reading says. */
int mounts_find_holder(const char *path, struct mount_point *ret_mount);
int mounts_find_device(dev_t device, struct mount_point *ret_mount);

/*
 * path as the mounted file system knows it: without the mount point, after the mounted
 * folder.  path lies below mount->point.  -ENAMETOOLONG.
 */
int mounts_inner_path(const struct mount_point *mount, const char *path, char *buf, size_t size);

#endif
