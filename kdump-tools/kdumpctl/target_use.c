// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/target_use.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "kdumpctl/sysfs.h"

struct use_search {
	dev_t rdev;		/* looked for */
	const char *name;	/* of rdev in sysfs */
	const char *folder;	/* sysfs folder of the device */
	char *reason;
	size_t size;
};

static bool path_is_device(const char *path, dev_t rdev)
{
	struct stat st;

	return path[0] == '/' && !stat(path, &st) && S_ISBLK(st.st_mode) && st.st_rdev == rdev;
}

/* mountinfo (proc(5)): id, parent, major:minor, root, mount point, ..., "-", type, source, options. */
static int check_mounts(const struct use_search *search)
{
	char *text, *rest;
	size_t bytes;
	int err = 0;

	if (sysfs_read_all("", &text, &bytes, "/proc/self/mountinfo"))
		return 0;
	rest = text;
	for (char *line; !err && (line = strsep(&rest, "\n")) && *line; ) {
		unsigned major_number, minor_number;
		char point[PATH_MAX], source[PATH_MAX] = "";
		char *tail = strstr(line, " - ");

		if (!tail || sscanf(line, "%*u %*u %u:%u %*s %4095s", &major_number, &minor_number, point) != 3)
			continue;
		sscanf(tail, " - %*s %4095s", source);
		if (makedev(major_number, minor_number) == search->rdev || path_is_device(source, search->rdev)) {
			snprintf(search->reason, search->size, "%s is mounted on %s", search->name, point);
			err = -EBUSY;
		}
	}
	free(text);
	return err;
}

static int check_swaps(const struct use_search *search)
{
	char *text, *rest;
	size_t bytes;
	int err = 0;

	if (sysfs_read_all("", &text, &bytes, "/proc/swaps"))
		return 0;
	rest = text;
	for (char *line; !err && (line = strsep(&rest, "\n")) && *line; ) {
		line[strcspn(line, " \t")] = 0;
		if (path_is_device(line, search->rdev)) {
			snprintf(search->reason, search->size, "%s is in use as swap", search->name);
			err = -EBUSY;
		}
	}
	free(text);
	return err;
}

static int found_holder(const char *name, void *context)
{
	const struct use_search *search = context;

	snprintf(search->reason, search->size, "%s is held by %s (device mapper, RAID or the like)", search->name, name);
	return -EBUSY;
}

static int check_node(struct use_search *search)
{
	char holders[PATH_MAX];
	int err = check_mounts(search);

	if (!err)
		err = check_swaps(search);
	if (!err && snprintf(holders, sizeof(holders), "%s/holders", search->folder) < (int)sizeof(holders))
		err = sysfs_for_each("", holders, found_holder, search);
	return err == -EBUSY ? err : 0;
}

/* A partition's folder below the disk's. */
static int check_partition(const char *name, void *context)
{
	struct use_search search = *(struct use_search *)context;
	char folder[PATH_MAX], numbers[32];
	unsigned major_number, minor_number;

	if (!sysfs_exists("", "%s/%s/partition", search.folder, name) ||
	    sysfs_read_line("", numbers, sizeof(numbers), "%s/%s/dev", search.folder, name) ||
	    sscanf(numbers, "%u:%u", &major_number, &minor_number) != 2 ||
	    snprintf(folder, sizeof(folder), "%s/%s", search.folder, name) >= (int)sizeof(folder))
		return 0;
	search.folder = folder;
	search.name = name;
	search.rdev = makedev(major_number, minor_number);
	return check_node(&search);
}

int target_check_unused(const char *device, dev_t rdev, char *reason, size_t size)
{
	struct use_search search = { .rdev = rdev, .reason = reason, .size = size };
	char folder[PATH_MAX];
	int fd, err;

	if (sysfs_real_path("", folder, "/sys/dev/block/%u:%u", major(rdev), minor(rdev))) {
		snprintf(reason, size, "sysfs does not know it");
		return -ENODEV;
	}
	search.folder = folder;
	search.name = strrchr(folder, '/') + 1;
	err = check_node(&search);
	if (!err)
		err = sysfs_for_each("", folder, check_partition, &search);
	if (err)
		return err;
	fd = open(device, O_RDONLY | O_EXCL | O_CLOEXEC);
	if (fd < 0) {
		err = -errno;
		snprintf(reason, size, "%s", err == -EBUSY ?
			 "something holds it (mounted in another namespace, or a driver)" : strerror(-err));
		return err;
	}
	close(fd);
	return 0;
}
