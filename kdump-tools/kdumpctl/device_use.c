// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/device_use.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "kdumpctl/fs_probe.h"
#include "kdumpctl/sysfs.h"

#define MAX_DEPTH 4	/* of devices that are made of devices */

const struct device_world device_world_running = {
	.root = "", .read_table = dm_table_read, .identify = fs_probe_identify,
};

#define use_fail(use, err, ...) (snprintf((use)->reason, sizeof((use)->reason), __VA_ARGS__), (err))

static int add_at_depth(struct device_use *use, dev_t device, char *ret_name, int depth);

void device_use_deinit(struct device_use *use)
{
	buffer_deinit(&use->modules);
}

int device_use_add_module(struct device_use *use, const char *name)
{
	const struct buffer *names = &use->modules;

	for (size_t at = 0; at < names->bytes; at += strlen(names->data + at) + 1)
		if (!strcmp(names->data + at, name))
			return 0;
	return buffer_add(&use->modules, name, strlen(name) + 1) ? use_fail(use, -ENOMEM, "out of memory") : 0;
}

/* --- drivers -------------------------------------------------------------------------------------- */

/* From the root down: a bus before what is on it. */
int device_use_add_drivers(struct device_use *use, const char *folder)
{
	char part[PATH_MAX], module[64];

	for (const char *slash = folder + 1; ; slash++) {
		size_t length;
		int err;

		slash += strcspn(slash, "/");
		length = slash - folder;
		memcpy(part, folder, length);
		part[length] = 0;
		if (!sysfs_link_name(use->world->root, module, sizeof(module), "%s/driver/module", part)) {
			err = device_use_add_module(use, module);
			if (err)
				return err;
		}
		if (!*slash)
			return 0;
	}
}

#define NVME_SUBSYSTEMS "/nvme-subsystem/"	/* then nvme-subsys0/nvme0n1 */

struct nvme_search {
	struct device_use *use;
	const char *folder;	/* of the subsystem */
	unsigned int controllers;
};

static int check_nvme_transport(struct device_use *use, const char *controller)
{
	char transport[32] = "pcie";

	sysfs_read_line(use->world->root, transport, sizeof(transport), "%s/transport", controller);
	if (strcmp(transport, "pcie"))
		return use_fail(use, -EOPNOTSUPP, "it is reached over a network (NVMe over %s), which the capture initramfs does not set up",
				transport);
	return 0;
}

/* An entry of nvme-subsysN: links to the controllers are named nvmeN. */
static int add_nvme_controller(const char *name, void *context)
{
	struct nvme_search *search = context;
	struct device_use *use = search->use;
	char controller[PATH_MAX];
	unsigned int number;
	int used = 0, err;

	if (sscanf(name, "nvme%u%n", &number, &used) != 1 || name[used] ||
	    sysfs_real_path(use->world->root, controller, "%s/%s", search->folder, name))
		return 0;
	search->controllers++;
	err = check_nvme_transport(use, controller);
	return err ? err : device_use_add_drivers(use, controller);
}

/* With multipath an NVMe disk lies below its subsystem, beside links to its controllers. */
static int add_nvme_subsystem(struct device_use *use, const char *node)
{
	char folder[PATH_MAX];
	struct nvme_search search = { .use = use, .folder = folder };
	const char *name = strstr(node, NVME_SUBSYSTEMS) + strlen(NVME_SUBSYSTEMS);
	int err;

	snprintf(folder, sizeof(folder), "%.*s", (int)(name + strcspn(name, "/") - node), node);
	err = sysfs_for_each(use->world->root, folder, add_nvme_controller, &search);
	if (!err && !search.controllers)
		err = use_fail(use, -ENODEV, "sysfs shows no controller for it");
	return err;
}

static const struct {
	const char *prefix, *what;
} refused[] = {
	{ "md", "software RAID (md)" },
	{ "bcache", "bcache" },
	{ "loop", "a loop device, a file in another file system" },
	{ "nbd", "reached over a network (nbd)" },
	{ "rbd", "reached over a network (rbd)" },
	{ "drbd", "reached over a network (drbd)" },
	{ "zram", "memory (zram), which is gone after a crash" },
	{ "ram", "memory (ram disk), which is gone after a crash" },
};

static int check_kind(struct device_use *use, const char *node)
{
	const char *name = strrchr(node, '/') + 1;

	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		size_t length = strlen(refused[i].prefix);

		if (!strncmp(name, refused[i].prefix, length) && name[length] >= '0' && name[length] <= '9')
			return use_fail(use, -EOPNOTSUPP, "it is %s", refused[i].what);
	}
	if (strstr(node, "/session"))
		return use_fail(use, -EOPNOTSUPP, "it is reached over a network (iSCSI), which the capture initramfs does not set up");
	return 0;
}

static int add_disk(struct device_use *use, const char *node)
{
	const char *nvme = strstr(node, "/nvme/nvme");
	char controller[PATH_MAX];
	int err = check_kind(use, node);

	if (err)
		return err;
	if (strstr(node, NVME_SUBSYSTEMS))
		return add_nvme_subsystem(use, node);
	if (!strncmp(node, "/sys/devices/virtual/", 21))
		return use_fail(use, -EOPNOTSUPP, "it is a virtual device (%s), not a disk", strrchr(node, '/') + 1);
	if (nvme) {
		snprintf(controller, sizeof(controller), "%.*s",
			 (int)(nvme + 6 + strcspn(nvme + 6, "/") - node), node);
		err = check_nvme_transport(use, controller);
	}
	return err ? err : device_use_add_drivers(use, node);
}

/* --- device mapper ------------------------------------------------------------------------------------ */

static bool is_in_plan(const struct capture_plan *plan, const char *name)
{
	for (unsigned int i = 0; i < plan->dms; i++)
		if (!strcmp(plan->dm[i].name, name))
			return true;
	return false;
}

static int append_piece(struct device_use *use, const char *name, const struct dm_piece *piece, const char *device)
{
	struct capture_plan *plan = use->plan;
	struct capture_plan_dm *larger = realloc(plan->dm, (plan->dms + 1) * sizeof(*larger)), *dm;

	if (!larger)
		return use_fail(use, -ENOMEM, "out of memory");
	plan->dm = larger;
	dm = &larger[plan->dms++];
	*dm = (struct capture_plan_dm){
		.name = strdup(name), .start = piece->start, .sectors = piece->sectors,
		.device = strdup(device), .offset = piece->offset,
	};
	return dm->name && dm->device ? 0 : use_fail(use, -ENOMEM, "out of memory");
}

static int check_pieces(struct device_use *use, const struct dm_table *table)
{
	if (!table->count)
		return use_fail(use, -EOPNOTSUPP, "the device-mapper device %s has no table", table->name);
	for (size_t i = 0; i < table->count; i++) {
		const char *type = table->piece[i].type;

		if (!strcmp(type, "crypt"))
			return use_fail(use, -EOPNOTSUPP, "%s is encrypted (LUKS, dm-crypt): the capture kernel has no key", table->name);
		if (strcmp(type, "linear"))
			return use_fail(use, -EOPNOTSUPP, "%s is a device-mapper device of type %s; supported is linear (plain LVM)",
					table->name, type);
	}
	return 0;
}

/* The devices below first: their lines must stand before ours, and ours together. */
static int add_pieces(struct device_use *use, const struct dm_table *table, int depth)
{
	char (*below)[DEVICE_NAME_BYTES] = calloc(table->count, sizeof(*below));
	int err = below ? 0 : use_fail(use, -ENOMEM, "out of memory");

	for (size_t i = 0; !err && i < table->count; i++)
		err = add_at_depth(use, table->piece[i].device, below[i], depth + 1);
	for (size_t i = 0; !err && i < table->count; i++)
		err = append_piece(use, table->name, &table->piece[i], below[i]);
	free(below);
	return err;
}

static int add_dm(struct device_use *use, dev_t device, char *ret_name, int depth)
{
	struct dm_table table;
	int err = use->world->read_table(device, &table);

	if (err)
		return use_fail(use, err, "its device-mapper table can't be read: %s", strerror(-err));
	snprintf(ret_name, DEVICE_NAME_BYTES, "/dev/mapper/%s", table.name);
	err = check_pieces(use, &table);
	if (!err && !is_in_plan(use->plan, table.name)) {
		err = add_pieces(use, &table, depth);
		if (!err)
			err = device_use_add_module(use, "dm_mod");
	}
	dm_table_deinit(&table);
	return err;
}

/* --- both ------------------------------------------------------------------------------------------------ */

static int add_at_depth(struct device_use *use, dev_t device, char *ret_name, int depth)
{
	const char *root = use->world->root;
	char node[PATH_MAX];
	u64 read_only = 0;
	int err;

	if (depth > MAX_DEPTH)
		return use_fail(use, -EOPNOTSUPP, "it is made of devices that are made of devices, and so on");
	if (sysfs_real_path(root, node, "/sys/dev/block/%u:%u", major(device), minor(device)))
		return use_fail(use, -ENODEV, "sysfs does not know block device %u:%u", major(device), minor(device));
	sysfs_read_u64(root, 10, &read_only, "%s/ro", node);
	if (read_only)
		return use_fail(use, -EROFS, "the device is read-only");
	if (sysfs_exists(root, "%s/dm", node))
		return add_dm(use, device, ret_name, depth);
	err = add_disk(use, node);
	if (err)
		return err;
	err = use->world->identify(device, strrchr(node, '/') + 1, ret_name);
	return err ? use_fail(use, err, "it can't be looked at: %s", strerror(-err)) : 0;
}

int device_use_add(struct device_use *use, dev_t device, char *ret_name)
{
	return add_at_depth(use, device, ret_name, 0);
}
