// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/fs_probe.h"

#include <blkid/blkid.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kdumpctl/device_use.h"

static void copy_value(blkid_probe probe, const char *name, char *buf, size_t size)
{
	const char *value;

	if (!blkid_probe_lookup_value(probe, name, &value, NULL))
		snprintf(buf, size, "%s", value);
}

static int probe_fd(blkid_probe probe, int fd, struct fs_probe *ret_probe)
{
	struct fs_probe found = { 0 };
	int result;

	if (blkid_probe_set_device(probe, fd, 0, 0))
		return -EIO;
	blkid_probe_enable_superblocks(probe, 1);
	blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_UUID | BLKID_SUBLKS_USAGE);
	blkid_probe_enable_partitions(probe, 1);
	blkid_probe_set_partitions_flags(probe, BLKID_PARTS_ENTRY_DETAILS);
	result = blkid_do_safeprobe(probe);
	if (result == -2)
		return -EBUSY;
	if (result < 0)
		return -EIO;
	copy_value(probe, "TYPE", found.type, sizeof(found.type));
	copy_value(probe, "UUID", found.uuid, sizeof(found.uuid));
	copy_value(probe, "EXT_JOURNAL", found.journal, sizeof(found.journal));
	copy_value(probe, "PART_ENTRY_UUID", found.part_uuid, sizeof(found.part_uuid));
	*ret_probe = found;
	return 0;
}

int fs_probe_read(const char *node, struct fs_probe *ret_probe)
{
	int fd = open(node, O_RDONLY | O_CLOEXEC), err;
	blkid_probe probe;

	if (fd < 0)
		return -errno;
	probe = blkid_new_probe();
	err = probe ? probe_fd(probe, fd, ret_probe) : -ENOMEM;
	blkid_free_probe(probe);
	close(fd);
	return err;
}

void fs_probe_node(const char *name, char *buf)
{
	snprintf(buf, PATH_MAX, "/dev/%s", name);
	for (char *bang = buf; (bang = strchr(bang, '!')); )
		*bang = '/';
}

int fs_probe_identify(dev_t device, const char *name, char *buf)
{
	struct fs_probe probe;
	char node[PATH_MAX];
	int err;

	fs_probe_node(name, node);
	err = fs_probe_read(node, &probe);
	if (err)
		return err;
	if (probe.uuid[0])
		snprintf(buf, DEVICE_NAME_BYTES, "UUID=%s", probe.uuid);
	else if (probe.part_uuid[0])
		snprintf(buf, DEVICE_NAME_BYTES, "PARTUUID=%s", probe.part_uuid);
	else
		snprintf(buf, DEVICE_NAME_BYTES, "%.*s", (int)DEVICE_NAME_BYTES - 1, node);
	return 0;
}
