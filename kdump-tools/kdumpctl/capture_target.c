// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/capture_target.h"

#include <blkid/blkid.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "kdumpctl/collect.h"
#include "kdumpctl/fs_probe.h"
#include "kdumpctl/mounts.h"
#include "kdumpctl/ram.h"
#include "kdumpctl/sysfs.h"
#include "kdumpctl/target_probe.h"
#include "kdumpctl/target_use.h"

#define MIB(bytes) ((unsigned long long)(bytes) >> 20)
#define use_fail(use, err, ...) (snprintf((use)->reason, sizeof((use)->reason), __VA_ARGS__), (err))

/* --- from names to a device --------------------------------------------------------------------- */

/* A file system's device by path or blkid's tags. */
static int resolve_fs(const char *spec, struct capture_target *target)
{
	char *device = spec[0] == '/' ? strdup(spec) : blkid_evaluate_spec(spec, NULL);
	struct stat st;
	int err = device && realpath(device, target->node) && !stat(target->node, &st) ? 0 : -ENODEV;

	free(device);
	if (!err && !S_ISBLK(st.st_mode))
		err = -ENOTBLK;
	if (!err)
		target->device = st.st_rdev;
	return err;
}

static int resolve(const struct conf_target *configured, struct capture_target *target)
{
	return strcmp(configured->fstype, "raw") ? resolve_fs(configured->spec, target) :
						   target_resolve(configured->spec, target->node, &target->device);
}

/* path with its links followed as far as it exists. */
static int real_path(const char *path, char *ret_path)
{
	char head[PATH_MAX], real[PATH_MAX];
	size_t length = strlen(path);

	memcpy(head, path, length + 1);
	while (!realpath(head, real)) {
		while (length && path[length - 1] == '/')
			length--;
		while (length && path[length - 1] != '/')
			length--;
		memcpy(head, path, length);
		strcpy(head + length, length ? "" : "/");
	}
	/* real is "/" or has no slash at its end */
	while (path[length] == '/')
		length++;
	return snprintf(ret_path, PATH_MAX, "%s%s%s", real, !path[length] || !strcmp(real, "/") ? "" : "/", path + length) <
	       PATH_MAX ? 0 : -ENAMETOOLONG;
}

/* --- file systems ----------------------------------------------------------------------------------- */

static const struct {
	const char *fstype, *why;
} refused[] = {
	{ "btrfs", "btrfs is not supported" },
	{ "zfs", "ZFS is not supported" },
	{ "nfs", "it is on a network, which the capture initramfs does not set up" },
	{ "nfs4", "it is on a network, which the capture initramfs does not set up" },
	{ "cifs", "it is on a network, which the capture initramfs does not set up" },
	{ "tmpfs", "it is in memory, which is gone after a crash" },
	{ "ramfs", "it is in memory, which is gone after a crash" },
	{ "rootfs", "it is in memory, which is gone after a crash" },
	{ "overlay", "an overlay is not supported; set path to a folder of the file system below it, or name a target" },
};

static int check_fstype(struct device_use *use, const char *fstype)
{
	static const char *const supported[] = { "ext4", "xfs", "vfat", "ext3", "ext2" };

	for (size_t i = 0; i < ARRAY_SIZE(supported); i++)
		if (!strcmp(fstype, supported[i]))
			return 0;
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		if (!strcmp(fstype, refused[i].fstype))
			return use_fail(use, -EOPNOTSUPP, "%s", refused[i].why);
	return use_fail(use, -EOPNOTSUPP, "its file system is %s; supported are ext2, ext3, ext4, xfs and vfat", fstype);
}

/* Code pages are modules of their own: those of the mounted one, or the kernel's defaults. */
static int add_vfat_tables(struct device_use *use, const char *mount_options)
{
	static const char *const names[] = { "codepage=", "iocharset=" };
	static const char *const usual[] = { "nls_cp437", "nls_ascii" };
	char module[64];
	int err = 0;

	for (size_t i = 0; !err && i < ARRAY_SIZE(names); i++) {
		const char *value = strstr(mount_options, names[i]);

		if (value) {
			value += strlen(names[i]);
			snprintf(module, sizeof(module), "nls_%s%.*s", i ? "" : "cp", (int)strcspn(value, ","), value);
		}
		err = device_use_add_module(use, value ? module : usual[i]);
	}
	return err;
}

static int add_fs_modules(struct device_use *use, const char *fstype, const char *mount_options)
{
	char alias[64];
	int err;

	if (strstr(mount_options, "logdev=") || strstr(mount_options, "rtdev="))
		return use_fail(use, -EOPNOTSUPP, "its log or real-time section is on another device, which is not supported");
	snprintf(alias, sizeof(alias), "fs-%s", fstype);
	err = device_use_add_module(use, alias);
	return !err && !strcmp(fstype, "vfat") ? add_vfat_tables(use, mount_options) : err;
}

/* --- into the plan --------------------------------------------------------------------------------------- */

static int fill_place(struct device_use *use, struct capture_plan_target *place, const char *fstype, const char *device,
		      const char *path)
{
	*place = (struct capture_plan_target){
		.fstype = strdup(fstype), .device = strdup(device), .path = strdup(path), .options = strdup(""),
	};
	return place->fstype && place->device && place->path && place->options ? 0 : use_fail(use, -ENOMEM, "out of memory");
}

static int add_target_line(struct device_use *use, const char *fstype, const char *device, const char *path)
{
	struct capture_plan *plan = use->plan;

	if (plan->targets == CAPTURE_PLAN_MAX_TARGETS)
		return use_fail(use, -ENOSPC, "there are too many targets");
	return fill_place(use, &plan->target[plan->targets++], fstype, device, path);
}

/* What is on the device against what the configuration calls it. */
static int check_content(struct device_use *use, const struct conf_target *configured, const char *node)
{
	struct fs_probe probe;
	int err = fs_probe_read(node, &probe);

	if (err)
		return use_fail(use, err, err == -EBUSY ? "it carries the signatures of two things at once; wipefs shows them" :
				"what it holds can't be read: %s", strerror(-err));
	if (!strcmp(probe.type, "crypto_LUKS"))
		return use_fail(use, -EOPNOTSUPP, "it is encrypted (LUKS): the capture kernel has no key");
	if (strcmp(probe.type, configured->fstype))
		return use_fail(use, -EINVAL, "it holds %s, not %s", probe.type[0] ? probe.type : "no file system that is known",
				configured->fstype);
	if (probe.journal[0])
		return use_fail(use, -EOPNOTSUPP, "its journal is on another device, which is not supported");
	return 0;
}

static void note_mount(struct capture_target *target, const struct mount_point *mount, const char *path)
{
	const char *root = strcmp(mount->root, "/") ? mount->root : "";
	size_t skip = strlen(root);

	snprintf(target->mounted_at, sizeof(target->mounted_at), "%s", mount->point);
	/* A mount that shows only a part of the file system may not show the folder. */
	if (!strncmp(path, root, skip) && (!path[skip] || path[skip] == '/' || !skip) &&
	    snprintf(target->folder, sizeof(target->folder), "%s%s", strcmp(mount->point, "/") ? mount->point : "",
		     path + skip) >= (int)sizeof(target->folder))
		target->folder[0] = 0;
}

/* A raw target: prepared, nobody else's, empty. */
static int check_raw(struct device_use *use, struct capture_target *target)
{
	struct target_header header;
	struct target_disk disk;
	char reason[256];
	u64 room, need;
	int err = target_check_unused(target->node, target->device, reason, sizeof(reason));

	if (err)
		return use_fail(use, err, "it is in use: %s; a dump would destroy it, choose another target", reason);
	err = target_disk_open(&disk, target->node, TARGET_DISK_READ);
	if (err)
		return use_fail(use, err, "it can't be opened: %s", strerror(-err));
	err = target_disk_read_header(&disk, &header);
	target_disk_close(&disk);
	if (err)
		return use_fail(use, err, "%s; prepare it with 'kdumpctl mkdump'", target_disk_strerror(err));
	if (collect_is_needed(&header))
		return use_fail(use, -EBUSY, "it holds a dump that was not collected (%s); run 'kdumpctl collect'",
				target_state_name(header.state));
	room = header.payload_limit - TARGET_PAYLOAD_OFFSET;
	if (!ram_dump_bytes(&need) && room < need)
		return use_fail(use, -ENOSPC, "it has room for %llu MiB, a dump of this machine's memory needs %llu MiB; use a larger device",
				MIB(room), MIB(need + (1 << 20) - 1));
	memcpy(target->uuid, header.uuid, sizeof(header.uuid));
	target->generation = header.generation;
	return 0;
}

static int add_raw(struct device_use *use, struct capture_target *target)
{
	char name[DEVICE_NAME_BYTES];
	int err = check_raw(use, target);

	if (!err)
		err = device_use_add(use, target->device, name);
	return err ? err : add_target_line(use, "raw", name, "-");
}

static int add_fs(struct device_use *use, const struct conf_target *configured, const char *path, struct capture_target *target)
{
	struct mount_point *mount = calloc(1, sizeof(*mount));
	char name[DEVICE_NAME_BYTES];
	int err = mount ? check_content(use, configured, target->node) : use_fail(use, -ENOMEM, "out of memory");

	if (!err)
		err = device_use_add(use, target->device, name);
	if (!err && !mounts_find_device(target->device, mount))
		note_mount(target, mount, path);
	if (!err)
		err = add_fs_modules(use, configured->fstype, mount->options);
	if (!err)
		err = add_target_line(use, configured->fstype, name, path);
	free(mount);
	return err;
}

int capture_target_add(struct device_use *use, const struct conf_target *configured, const char *path,
		       struct capture_target *target)
{
	int err;

	*target = (struct capture_target){ 0 };
	snprintf(target->fstype, sizeof(target->fstype), "%s", configured->fstype);
	snprintf(target->spec, sizeof(target->spec), "%s", configured->spec);
	if (conf_target_is_file(configured))
		return use_fail(use, -EOPNOTSUPP, "only the standalone dump kernel writes a dump file; name its file system instead");
	err = resolve(configured, target);
	if (err)
		return use_fail(use, err, "%s", err == -ENOTBLK ? "it is not a block device" :
				"there is no such device; is its driver loaded and the name right?");
	return strcmp(configured->fstype, "raw") ? add_fs(use, configured, path, target) : add_raw(use, target);
}

/* --- what is mounted ---------------------------------------------------------------------------------- */

static int find_holder(const char *path, struct mount_point *ret_mount, char *ret_real, struct capture_target *target)
{
	int err = real_path(path, ret_real);

	if (!err)
		err = mounts_find_holder(ret_real, ret_mount);
	if (err)
		return err;
	target->device = ret_mount->device;
	memcpy(target->mounted_at, ret_mount->point, sizeof(target->mounted_at));
	memcpy(target->folder, ret_real, sizeof(target->folder));
	return 0;
}

/* Of the holder of path; ret_inner: path as the file system knows it. */
static int use_holder(struct device_use *use, const char *path, struct mount_point *mount, char *ret_name, char *ret_inner,
		      struct capture_target *target)
{
	char real[PATH_MAX], link[PATH_MAX];
	int err = find_holder(path, mount, real, target);

	if (err)
		return use_fail(use, err, "which file system holds it can't be told: %s", strerror(-err));
	err = check_fstype(use, mount->fstype);
	if (!err)
		err = device_use_add(use, mount->device, ret_name);
	if (!err)
		err = add_fs_modules(use, mount->fstype, mount->options);
	if (!err && mounts_inner_path(mount, real, ret_inner, PATH_MAX))
		err = use_fail(use, -ENAMETOOLONG, "the path is too long");
	if (!err && !sysfs_real_path("", link, "/sys/dev/block/%u:%u", major(mount->device), minor(mount->device)))
		fs_probe_node(strrchr(link, '/') + 1, target->node);
	return err;
}

int capture_target_add_holder(struct device_use *use, const char *path, struct capture_target *target)
{
	struct mount_point *mount = malloc(sizeof(*mount));
	char name[DEVICE_NAME_BYTES], inner[PATH_MAX];
	int err;

	*target = (struct capture_target){ 0 };
	snprintf(target->spec, sizeof(target->spec), "%s", path);
	err = mount ? use_holder(use, path, mount, name, inner, target) : use_fail(use, -ENOMEM, "out of memory");
	if (!err) {
		snprintf(target->fstype, sizeof(target->fstype), "%.15s", mount->fstype);
		err = add_target_line(use, mount->fstype, name, inner);
	}
	free(mount);
	return err;
}

int capture_target_add_rootfs(struct device_use *use, const char *path)
{
	struct mount_point *mount = malloc(sizeof(*mount));
	struct capture_target target = { 0 };
	char name[DEVICE_NAME_BYTES], inner[PATH_MAX];
	int err = mount ? use_holder(use, "/", mount, name, inner, &target) : use_fail(use, -ENOMEM, "out of memory");

	if (!err)
		err = fill_place(use, &use->plan->rootfs, mount->fstype, name, path);
	free(mount);
	return err;
}

int capture_target_locate(const struct conf_target *configured, const char *path, struct capture_target *ret_target)
{
	struct mount_point *mount = malloc(sizeof(*mount));
	struct capture_target target = { 0 };
	char real[PATH_MAX];
	int err = mount ? 0 : -ENOMEM;

	if (!err && configured) {
		err = resolve(configured, &target);
		if (!err)
			err = mounts_find_device(target.device, mount);
		if (!err)
			note_mount(&target, mount, path);
	} else if (!err) {
		err = find_holder(path, mount, real, &target);
	}
	if (!err)
		*ret_target = target;
	free(mount);
	return err;
}
