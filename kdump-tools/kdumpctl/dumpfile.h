/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A dump file: a preallocated file on a mounted ext4 or xfs, whose blocks the dump kernel
 * writes by itself.  The immutable flag (chattr +i) keeps the file system from moving,
 * sharing or giving away its blocks for as long as nobody takes the flag off.
 */
#ifndef KDUMPCTL_DUMPFILE_H
#define KDUMPCTL_DUMPFILE_H

#include "kdumpctl/file_extents.h"
#include "kdumpctl/target_probe.h"

/*
 * Whether the file system of an open file, and the file's own attributes, allow that its
 * blocks are written directly.  -EOPNOTSUPP with the reason; what the system calls say.
 */
int dumpfile_check_fs(int fd, char *reason, size_t size);

/*
 * Finds out on which disk the file lies and where.  ret_probe: of that disk, device is the
 * file's real path, config covers the file alone; ret_extents: on the whole disk.  Errors as
 * dumpfile_check_fs(), file_extents_read(), device_stack_resolve() and target_probe_sysfs(),
 * and -ENOENT.
 */
int dumpfile_probe(const char *path, struct target_probe *ret_probe, struct file_extents *ret_extents,
		   char *reason, size_t size);

/* The immutable flag: 1, 0; negative errno, -ENOTTY where the file system has none. */
int dumpfile_is_locked(int fd);
int dumpfile_lock(int fd, bool locked);

#endif
