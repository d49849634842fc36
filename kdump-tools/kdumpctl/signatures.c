// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/signatures.h"

#include <blkid/blkid.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int add_name(struct signatures *found, const char *name)
{
	for (u32 i = 0; i < found->count; i++)
		if (!strcmp(found->name[i], name))
			return 0;
	if (found->count == SIGNATURES_MAX)
		return -E2BIG;
	snprintf(found->name[found->count++], sizeof(found->name[0]), "%s", name);
	return 0;
}

static int find_buffered(int fd, struct signatures *ret_found)
{
	struct signatures found = { 0 };
	blkid_probe probe = blkid_new_probe();
	int state, err = 0;

	if (!probe)
		return -ENOMEM;
	if (blkid_probe_set_device(probe, fd, 0, 0) ||
	    blkid_probe_enable_superblocks(probe, 1) ||
	    blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_TYPE) ||
	    blkid_probe_enable_partitions(probe, 1))
		err = -EIO;
	/* 0: found one more, 1: nothing more */
	while (!err && !(state = blkid_do_probe(probe))) {
		const char *name;

		if (!blkid_probe_lookup_value(probe, "TYPE", &name, NULL) ||
		    !blkid_probe_lookup_value(probe, "PTTYPE", &name, NULL))
			err = add_name(&found, name);
	}
	if (!err && state < 0)
		err = -EIO;
	blkid_free_probe(probe);
	if (!err)
		*ret_found = found;
	return err;
}

/* libblkid reads at any offset, which a descriptor for direct I/O does not allow. */
int signatures_find(int fd, struct signatures *ret_found)
{
	char path[64];
	int buffered, err;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	buffered = open(path, O_RDONLY | O_CLOEXEC);
	if (buffered < 0)
		return -errno;
	err = find_buffered(buffered, ret_found);
	close(buffered);
	return err;
}

bool signatures_list_has(const char *list, const char *name)
{
	size_t length = strlen(name);

	while (list && *list) {
		if (!strncmp(list, name, length) && (!list[length] || list[length] == ','))
			return true;
		list = strchr(list, ',');
		list = list ? list + 1 : NULL;
	}
	return false;
}

const char *signatures_first_not_in(const struct signatures *found, const char *allowed)
{
	for (u32 i = 0; i < found->count; i++)
		if (!signatures_list_has(allowed, found->name[i]))
			return found->name[i];
	return NULL;
}
