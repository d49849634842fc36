/* SPDX-License-Identifier: GPL-2.0 */
/* A KDUMP file on a target, which may have been cut off while it was written. */
#ifndef KDUMPCTL_KDUMP_CUT_H
#define KDUMPCTL_KDUMP_CUT_H

#include "kdumpctl/target_disk.h"

/*
 * Bytes of the payload up to the last page that it tells of; 0: it tells of none, or is no KDUMP
 * file.  Pages behind limit_bytes are not counted.  -ENOMEM, what reading says.
 */
int kdump_cut_find_end(const struct target_disk *disk, u64 limit_bytes, u64 *ret_bytes);

#endif
