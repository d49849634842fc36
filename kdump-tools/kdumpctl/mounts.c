// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/mounts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "common/file.h"

#define MOUNTINFO "/proc/self/mountinfo"
#define MOUNTINFO_MAX_BYTES (16u << 20)

/* "\040" is a space, in place. */
static void decode(char *text)
{
	char *to = text;

	for (const char *at = text; *at; to++) {
		if (at[0] == '\\' && at[1] >= '0' && at[1] <= '3' && at[2] >= '0' && at[2] <= '7' && at[3] >= '0' && at[3] <= '7') {
			*to = (at[1] - '0') << 6 | (at[2] - '0') << 3 | (at[3] - '0');
			at += 4;
		} else {
			*to = *at++;
		}
	}
	*to = 0;
}

/* id, parent, major:minor, root, mount point, options, ..., "-", type, source, options */
static int parse_line(char *line, struct mount_point *ret_mount)
{
	unsigned int major_number, minor_number;
	char *tail = strstr(line, " - ");

	if (!tail ||
	    sscanf(line, "%*u %*u %u:%u %4095s %4095s", &major_number, &minor_number, ret_mount->root, ret_mount->point) != 4 ||
	    sscanf(tail, " - %63s %*s %1023s", ret_mount->fstype, ret_mount->options) != 2)
		return -EINVAL;
	decode(ret_mount->root);
	decode(ret_mount->point);
	ret_mount->device = makedev(major_number, minor_number);
	return 0;
}

static bool holds(const char *point, const char *path)
{
	size_t length = strlen(point);

	return !strcmp(point, "/") || (!strncmp(point, path, length) && (path[length] == '/' || !path[length]));
}

struct mount_search {
	const char *path;	/* or NULL: by device */
	dev_t device;
};

/* The deepest mount point wins, and of several on one the last. */
static bool is_better(const struct mount_search *search, const struct mount_point *mount, const struct mount_point *best)
{
	if (search->path)
		return holds(mount->point, search->path) && strlen(mount->point) >= strlen(best->point);
	return mount->device == search->device && (!best->point[0] || (strcmp(best->root, "/") && !strcmp(mount->root, "/")));
}

static int search_text(const char *mountinfo, const struct mount_search *search, struct mount_point *ret_mount)
{
	struct mount_point *both = calloc(2, sizeof(*both)), *best = both, *mount = both + 1;
	char *copy = strdup(mountinfo), *rest = copy;
	int err = both && copy ? 0 : -ENOMEM;

	for (char *line; !err && (line = strsep(&rest, "\n")) && *line; ) {
		err = parse_line(line, mount);
		if (!err && is_better(search, mount, best))
			*best = *mount;
	}
	if (!err && !best->point[0])
		err = -ENOENT;
	if (!err)
		*ret_mount = *best;
	free(copy);
	free(both);
	return err;
}

int mounts_parse_holder(const char *mountinfo, const char *path, struct mount_point *ret_mount)
{
	struct mount_search search = { .path = path };

	return search_text(mountinfo, &search, ret_mount);
}

int mounts_parse_device(const char *mountinfo, dev_t device, struct mount_point *ret_mount)
{
	struct mount_search search = { .device = device };

	return search_text(mountinfo, &search, ret_mount);
}

static int search_running(const struct mount_search *search, struct mount_point *ret_mount)
{
	size_t bytes;
	char *text;
	int err = file_read(MOUNTINFO, MOUNTINFO_MAX_BYTES, &text, &bytes);

	if (err)
		return err;
	err = search_text(text, search, ret_mount);
	free(text);
	return err;
}

int mounts_find_holder(const char *path, struct mount_point *ret_mount)
{
	struct mount_search search = { .path = path };

	return search_running(&search, ret_mount);
}

int mounts_find_device(dev_t device, struct mount_point *ret_mount)
{
	struct mount_search search = { .device = device };

	return search_running(&search, ret_mount);
}

int mounts_inner_path(const struct mount_point *mount, const char *path, char *buf, size_t size)
{
	const char *below = strcmp(mount->point, "/") ? path + strlen(mount->point) : path;
	const char *root = strcmp(mount->root, "/") ? mount->root : "";
	int length = snprintf(buf, size, "%s%s%s", root, below, root[0] || below[0] ? "" : "/");

	return length < (int)size ? 0 : -ENAMETOOLONG;
}
