// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/dumpfile.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "capture/target.h"
#include "kdumpctl/device_stack.h"
#include "kdumpctl/mounts.h"
#include "kdumpctl/sysfs.h"

/* Linux include/uapi/linux/fs.h lacks these of ext4's and others' flags. */
#define FLAG_INLINE_DATA 0x10000000u

#define file_fail(err, ...) (snprintf(reason, size, __VA_ARGS__), (err))

/* With data=journal the next mount writes old data over ours; without a journal fsck decides whose a block is. */
static int check_journal(dev_t device, char *reason, size_t size)
{
	char folder[PATH_MAX], *text;
	bool ordered, writeback;
	size_t bytes;

	if (sysfs_real_path("", folder, "/sys/dev/block/%u:%u", major(device), minor(device)) ||
	    sysfs_read_all("", &text, &bytes, "/proc/fs/ext4/%s/options", strrchr(folder, '/') + 1))
		return file_fail(-EOPNOTSUPP, "the options of its ext4 file system can't be read");
	ordered = strstr(text, "data=ordered\n");
	writeback = strstr(text, "data=writeback\n");
	free(text);
	if (!ordered && !writeback)
		return file_fail(-EOPNOTSUPP, "its ext4 file system is mounted with data=journal, or has no journal; supported are data=ordered and data=writeback");
	return 0;
}

static int check_attributes(int fd, char *reason, size_t size)
{
	static const struct {
		u32 flag;
		const char *name;
	} refused[] = {
		{ FS_JOURNAL_DATA_FL, "journalled data (chattr +j)" }, { FS_ENCRYPT_FL, "encrypted" },
		{ FS_COMPR_FL, "compressed" }, { FS_VERITY_FL, "fs-verity" }, { FS_APPEND_FL, "append-only" },
		{ FLAG_INLINE_DATA, "inline data" },
	};
	struct fsxattr extended = { 0 };
	unsigned int flags = 0;	/* an int, whatever the ioctl's name says */

	if (ioctl(fd, FS_IOC_GETFLAGS, &flags))
		return file_fail(-errno, "its attributes can't be read: %s", strerror(errno));
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		if (flags & refused[i].flag)
			return file_fail(-EOPNOTSUPP, "the file has the attribute '%s'", refused[i].name);
	if (!ioctl(fd, FS_IOC_FSGETXATTR, &extended) && extended.fsx_xflags & FS_XFLAG_REALTIME)
		return file_fail(-EOPNOTSUPP, "it lies on the realtime device of its xfs file system");
	return 0;
}

int dumpfile_check_fs(int fd, char *reason, size_t size)
{
	struct mount_point *mount = malloc(sizeof(*mount));
	struct statfs fs;
	struct stat st;
	int err = mount ? 0 : -ENOMEM;

	if (!err && (fstat(fd, &st) || fstatfs(fd, &fs)))
		err = -errno;
	if (err) {
		snprintf(reason, size, "%s", strerror(-err));
	} else if (mounts_find_device(st.st_dev, mount)) {
		/* btrfs and overlay have device numbers of their own. */
		err = file_fail(-EOPNOTSUPP, "its file system is not mounted from one block device; supported are ext4 and xfs");
	} else if (strcmp(mount->fstype, "ext4") && strcmp(mount->fstype, "xfs")) {
		err = file_fail(-EOPNOTSUPP, "its file system is %s; supported are ext4 and xfs", mount->fstype);
	} else if (fs.f_bsize % TARGET_BLOCK) {
		err = file_fail(-EOPNOTSUPP, "the blocks of its file system have %lu bytes; supported are %u and more",
				(unsigned long)fs.f_bsize, TARGET_BLOCK);
	} else if (!strcmp(mount->fstype, "ext4")) {
		err = check_journal(st.st_dev, reason, size);
	}
	if (!err)
		err = check_attributes(fd, reason, size);
	free(mount);
	return err;
}

/* Places on the partition become places on the disk. */
static int fill_config(struct target_probe *probe, struct file_extents *extents, char *reason, size_t size)
{
	struct config_target *config = &probe->config;
	u64 start_bytes = config->start_block * config->block_bytes;

	for (u32 i = 0; i < extents->count; i++)
		extents->list[i].disk_bytes += start_bytes;
	config->start_block = 0;
	config->block_count = extents->bytes / config->block_bytes;
	probe->size_bytes = extents->bytes;
	if (extent_list_check(extents->list, extents->count, extents->bytes, config->device_blocks * config->block_bytes,
			      config->block_bytes))
		return file_fail(-EINVAL, "the places that its file system tells can't be: they overlap or leave the disk");
	return 0;
}

static int probe_open_file(int fd, struct target_probe *ret_probe, struct file_extents *ret_extents, char *reason, size_t size)
{
	dev_t device;
	struct stat st;
	int err;

	if (fstat(fd, &st))
		return file_fail(-errno, "%s", strerror(errno));
	if (!S_ISREG(st.st_mode))
		return file_fail(-EINVAL, "it is not a file");
	err = dumpfile_check_fs(fd, reason, size);
	if (!err && fsync(fd))	/* that it lies there must be true after a crash, too */
		err = file_fail(-errno, "%s", strerror(errno));
	if (!err)
		err = file_extents_read(fd, st.st_size, ret_extents, reason, size);
	if (!err)
		err = device_stack_resolve(&device_stack_running, st.st_dev, ret_extents, &device, reason, size);
	if (!err)
		err = target_probe_sysfs("", major(device), minor(device), ret_probe, reason, size);
	return err ? err : fill_config(ret_probe, ret_extents, reason, size);
}

int dumpfile_probe(const char *path, struct target_probe *ret_probe, struct file_extents *ret_extents,
		   char *reason, size_t size)
{
	struct target_probe *probe = calloc(1, sizeof(*probe));
	char real[PATH_MAX];
	int fd = -1, err = probe ? 0 : -ENOMEM;

	if (!err && (!realpath(path, real) || (fd = open(real, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)) < 0))
		err = -errno;
	if (err) {
		snprintf(reason, size, "%s%s%s", strerror(-err), err == -ENOENT ? "; make it: kdumpctl mkdump --file " : "",
			 err == -ENOENT ? path : "");
		free(probe);
		return err;
	}
	err = probe_open_file(fd, probe, ret_extents, reason, size);
	close(fd);
	if (!err) {
		memcpy(probe->device, real, sizeof(real));
		snprintf(probe->config.name, sizeof(probe->config.name), "%.*s", (int)sizeof(probe->config.name) - 1, path);
		*ret_probe = *probe;
	}
	free(probe);
	return err;
}

int dumpfile_is_locked(int fd)
{
	unsigned int flags = 0;

	if (ioctl(fd, FS_IOC_GETFLAGS, &flags))
		return -errno;
	return flags & FS_IMMUTABLE_FL ? 1 : 0;
}

int dumpfile_lock(int fd, bool locked)
{
	unsigned int flags = 0;

	if (ioctl(fd, FS_IOC_GETFLAGS, &flags))
		return -errno;
	flags = locked ? flags | FS_IMMUTABLE_FL : flags & ~FS_IMMUTABLE_FL;
	return ioctl(fd, FS_IOC_SETFLAGS, &flags) ? -errno : 0;
}
