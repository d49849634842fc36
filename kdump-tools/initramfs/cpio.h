/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The archive format of an initramfs, "newc" (Linux
 * Documentation/driver-api/early-userspace/buffer-format.rst).  The same calls give the
 * same bytes: times, owners and device numbers are 0.
 */
#ifndef INITRAMFS_CPIO_H
#define INITRAMFS_CPIO_H

#include <sys/stat.h>

#include "initramfs/buffer.h"

/*
 * Appends a file, folder (data: none) or symbolic link (data: where to).  A folder comes
 * before what is in it.  name: without a slash in front.  number: of this entry, from 1
 * on.  -ENOMEM; -EFBIG: more than the format's 4 GiB.
 */
int cpio_add(struct buffer *archive, u32 number, const char *name, mode_t mode, const void *data, size_t bytes);

/* What ends the archive. */
int cpio_end(struct buffer *archive);

#endif
