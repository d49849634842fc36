// SPDX-License-Identifier: GPL-2.0
/* Names of a dump target: device paths, libblkid's tags, and the UUID of a prepared target. */
#include "kdumpctl/target_probe.h"

#include <blkid/blkid.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "kdumpctl/sysfs.h"
#include "kdumpctl/target_disk.h"
#include "kdumpctl/uuid.h"

struct uuid_search {
	u8 uuid[16];
	char *ret_device;
	bool found;
};

/* A block device by its name in sysfs, where '/' is written '!'. */
static int match_uuid(const char *name, void *context)
{
	struct uuid_search *search = context;
	struct target_disk disk;
	struct target_header header;
	char device[PATH_MAX];

	if (snprintf(device, sizeof(device), "/dev/%s", name) >= (int)sizeof(device))
		return 0;
	for (char *bang = device; (bang = strchr(bang, '!')); )
		*bang = '/';
	if (target_disk_open(&disk, device, TARGET_DISK_READ))
		return 0;
	if (!target_disk_read_header(&disk, &header) && !memcmp(header.uuid, search->uuid, sizeof(header.uuid))) {
		memcpy(search->ret_device, device, sizeof(device));
		search->found = true;
	}
	target_disk_close(&disk);
	return search->found;
}

static int resolve_tag(const char *spec, char *ret_device)
{
	char *device;

	if (!strncmp(spec, "UUID=", 5)) {
		struct uuid_search search = { .ret_device = ret_device };

		if (!uuid_parse_text(spec + 5, search.uuid))
			return -ENODEV;
		sysfs_for_each("", "/sys/class/block", match_uuid, &search);
		return search.found ? 0 : -ENODEV;
	}
	device = blkid_evaluate_spec(spec, NULL);
	if (!device || strlen(device) >= PATH_MAX) {
		free(device);
		return -ENODEV;
	}
	memcpy(ret_device, device, strlen(device) + 1);
	free(device);
	return 0;
}

int target_resolve(const char *spec, char *ret_device, dev_t *ret_rdev)
{
	char named[PATH_MAX], real[PATH_MAX];
	struct stat st;
	int err = 0;

	if (spec[0] == '/')
		snprintf(named, sizeof(named), "%s", spec);
	else
		err = resolve_tag(spec, named);
	if (err)
		return err;
	if (!realpath(named, real) || stat(real, &st))
		return -ENODEV;
	if (!S_ISBLK(st.st_mode))
		return -ENOTBLK;
	memcpy(ret_device, real, sizeof(real));
	*ret_rdev = st.st_rdev;
	return 0;
}
