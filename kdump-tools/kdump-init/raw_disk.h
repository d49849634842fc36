/* SPDX-License-Identifier: GPL-2.0 */
/* A block device of this kernel as capture/'s struct dump_target. */
#ifndef KDUMP_INIT_RAW_DISK_H
#define KDUMP_INIT_RAW_DISK_H

#include "capture/dump_target.h"
#include "kdump-init/vmcore.h"

struct raw_disk {
	struct dump_target target;
	int fd;
	struct vmcore *vmcore;
	u8 *copy;		/* what is on its way from old memory to the disk */
	u8 *window;		/* addresses for old memory, window_bytes; nothing is mapped there */
	u64 window_bytes;
};

/*
 * Opens a block device, or a file, for direct and exclusive use.  Requests may point to
 * vmcore->mem.direct + pa: that is set to addresses which stand for old memory.
 * What open(2) says, -ENOMEM.
 */
int raw_disk_open(struct raw_disk *disk, const char *path, struct vmcore *vmcore);
void raw_disk_close(struct raw_disk *disk);

#endif
