/* SPDX-License-Identifier: GPL-2.0 */
/* What lies on a block device, by libblkid. */
#ifndef KDUMPCTL_FS_PROBE_H
#define KDUMPCTL_FS_PROBE_H

#include <limits.h>
#include <sys/types.h>

#include "capture/env.h"

struct fs_probe {
	char type[32];		/* "" when nothing known is there */
	char uuid[128];
	char journal[128];	/* of an ext file system whose journal is on another device */
	char part_uuid[128];	/* of the partition */
};

/* node: path of the device.  -EBUSY: more than one signature; open(2)'s errors; -EIO. */
int fs_probe_read(const char *node, struct fs_probe *ret_probe);

/*
 * UUID= of the content, else PARTUUID=, else /dev/NAME; name as sysfs has it; buf:
 * DEVICE_NAME_BYTES.  For struct device_world.  Errors as above.
 */
int fs_probe_identify(dev_t device, const char *name, char *buf);

/* /dev/NAME of a name in sysfs, where '/' is written '!'.  buf: PATH_MAX bytes. */
void fs_probe_node(const char *name, char *buf);

#endif
