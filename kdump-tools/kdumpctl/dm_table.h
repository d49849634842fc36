/* SPDX-License-Identifier: GPL-2.0 */
/* A device-mapper device's table, as the running kernel has it (Linux uapi/linux/dm-ioctl.h). */
#ifndef KDUMPCTL_DM_TABLE_H
#define KDUMPCTL_DM_TABLE_H

#include <sys/types.h>

#include "capture/env.h"

/* One target of the table; 512-byte sectors. */
struct dm_piece {
	u64 start, sectors;
	char type[16];		/* "linear" */
	dev_t device;		/* of a linear one */
	u64 offset;
};

struct dm_table {
	char name[128];
	struct dm_piece *piece;
	size_t count;
};

/*
 * Reads the live table.  piece is new memory, dm_table_deinit() frees it.  -ENODEV: no
 * such device; -EINVAL: a linear target whose parameters make no sense; -ENOMEM; what
 * /dev/mapper/control says.
 */
int dm_table_read(dev_t device, struct dm_table *ret_table);

/* Parameters of a linear target: "254:0 2048".  -EINVAL. */
int dm_table_parse_linear(const char *parameters, struct dm_piece *piece);

void dm_table_deinit(struct dm_table *table);

#endif
