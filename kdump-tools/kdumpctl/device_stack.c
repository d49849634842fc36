// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/device_stack.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "kdumpctl/sysfs.h"

#define SECTOR_BYTES 512u
#define MAX_DEPTH 8	/* of tables on tables; LVM on a partition is 1 */

const struct device_stack device_stack_running = { .root = "", .read_table = dm_table_read };

#define stack_fail(err, ...) (snprintf(reason, size, __VA_ARGS__), (err))

/* The name in sysfs; "dm-0", "vda1". */
static int device_name(const struct device_stack *stack, dev_t device, char *buf, size_t buf_size, char *reason, size_t size)
{
	char folder[PATH_MAX];

	if (sysfs_real_path(stack->root, folder, "/sys/dev/block/%u:%u", major(device), minor(device)))
		return stack_fail(-ENODEV, "its file system is not on a block device that sysfs knows (%u:%u)",
				  major(device), minor(device));
	snprintf(buf, buf_size, "%s", strrchr(folder, '/') + 1);
	return 0;
}

static const struct dm_piece *find_piece(const struct dm_table *table, u64 at)
{
	for (size_t i = 0; i < table->count; i++) {
		u64 start = table->piece[i].start * SECTOR_BYTES;

		if (at >= start && at - start < table->piece[i].sectors * SECTOR_BYTES)
			return &table->piece[i];
	}
	return NULL;
}

/* One extent through the table: where it crosses a piece of it, it becomes two. */
static int move_extent(const struct dm_table *table, const char *name, struct extent extent,
		       struct file_extents *moved, dev_t *device, char *reason, size_t size)
{
	int err = 0;

	while (!err && extent.bytes) {
		const struct dm_piece *piece = find_piece(table, extent.disk_bytes);
		u64 inside, room;
		struct fiemap_extent part = { .fe_logical = moved->bytes };

		if (!piece)
			return stack_fail(-ENODEV, "%s (%s) ends before the file does", name, table->name);
		if (strcmp(piece->type, "linear"))
			return stack_fail(-EOPNOTSUPP, "it lies on %s (%s), a device-mapper target of type %s; supported is linear, as plain LVM volumes are",
					  name, table->name, piece->type);
		if (*device && *device != piece->device)
			return stack_fail(-EOPNOTSUPP, "%s (%s) puts its parts on several disks or partitions; supported is one",
					  name, table->name);
		*device = piece->device;
		inside = extent.disk_bytes - piece->start * SECTOR_BYTES;
		room = piece->sectors * SECTOR_BYTES - inside;
		part.fe_length = min_u64(extent.bytes, room);
		part.fe_physical = piece->offset * SECTOR_BYTES + inside;
		err = file_extents_add(moved, &part, reason, size);
		extent.disk_bytes += part.fe_length;
		extent.bytes -= part.fe_length;
	}
	return err;
}

static int move_all(const struct device_stack *stack, const char *name, dev_t *device, struct file_extents *extents,
		    char *reason, size_t size)
{
	struct file_extents *moved = calloc(1, sizeof(*moved));
	struct dm_table table = { 0 };
	dev_t below = 0;
	int err = moved ? stack->read_table(*device, &table) : -ENOMEM;

	if (err)
		snprintf(reason, size, "the table of %s can't be read: %s", name, strerror(-err));
	for (u32 i = 0; !err && i < extents->count; i++)
		err = move_extent(&table, name, extents->list[i], moved, &below, reason, size);
	dm_table_deinit(&table);
	if (!err) {
		*extents = *moved;
		*device = below;
	}
	free(moved);
	return err;
}

int device_stack_resolve(const struct device_stack *stack, dev_t device, struct file_extents *extents,
			 dev_t *ret_device, char *reason, size_t size)
{
	for (int depth = 0; depth <= MAX_DEPTH; depth++) {
		char name[64];
		int err = device_name(stack, device, name, sizeof(name), reason, size);

		if (err)
			return err;
		if (strncmp(name, "dm-", 3)) {
			/* md, loop, nbd and the like are refused where the disk's driver is looked for. */
			*ret_device = device;
			return 0;
		}
		err = move_all(stack, name, &device, extents, reason, size);
		if (err)
			return err;
	}
	return stack_fail(-EOPNOTSUPP, "more than %d device-mapper devices lie below each other", MAX_DEPTH);
}
