/* SPDX-License-Identifier: GPL-2.0 */
/* Preparing a block device as a dump target: `kdumpctl mkdump`. */
#ifndef KDUMPCTL_MKDUMP_H
#define KDUMPCTL_MKDUMP_H

#include "kdumpctl/target_disk.h"

/*
 * `kdumpctl mkdump DEVICE [--force=NAME,...]`: checks, prepares, reads back.  force names
 * what may be destroyed ("ext4", "dump" for an uncollected dump), or is NULL.
 * Says its errors.
 */
int mkdump_command(const char *spec, const char *force);

/*
 * Whether disk may be prepared, as far as its contents tell: -EEXIST with what it carries
 * in reason (what must be forced); -EFBIG: too small; -EIO.  *ret_generation: for the new
 * header, above any that the disk has seen.
 */
int mkdump_check(const struct target_disk *disk, const char *force, u64 *ret_generation, char *reason, size_t size);

/* Whether the target with this header may be prepared again: -EEXIST as above. */
int mkdump_check_old(const struct target_header *old, const char *force, char *reason, size_t size);

/*
 * Writes header and stamps and reads all of it back.  Whatever was at either end of the
 * device is zeroed, the header comes last.  -EBADMSG: it reads back otherwise.
 */
int mkdump_write(const struct target_disk *disk, const u8 *uuid, u64 generation);

#endif
