// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/sysfs.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>

#include "common/file.h"

#define SYSFS_MAX_BYTES (16u << 20)

/* Formats the path after root into path[PATH_MAX]; on overflow the path is one that can't exist. */
#define SYSFS_PATH(path, root, fmt) do { \
	va_list args; \
	int head_ = snprintf(path, PATH_MAX, "%s", root); \
	va_start(args, fmt); \
	if (head_ < PATH_MAX && vsnprintf(path + head_, PATH_MAX - head_, fmt, args) >= PATH_MAX - head_) \
		path[0] = 0; \
	va_end(args); \
} while (0)

int sysfs_read_line(const char *root, char *buf, size_t size, const char *fmt, ...)
{
	char path[PATH_MAX];

	SYSFS_PATH(path, root, fmt);
	return file_read_line(path, buf, size);
}

int sysfs_read_u64(const char *root, int base, u64 *ret_value, const char *fmt, ...)
{
	char path[PATH_MAX];

	SYSFS_PATH(path, root, fmt);
	return file_read_u64(path, base, ret_value);
}

int sysfs_read_all(const char *root, char **ret_data, size_t *ret_bytes, const char *fmt, ...)
{
	char path[PATH_MAX];

	SYSFS_PATH(path, root, fmt);
	return file_read(path, SYSFS_MAX_BYTES, ret_data, ret_bytes);
}

int sysfs_link_name(const char *root, char *buf, size_t size, const char *fmt, ...)
{
	char path[PATH_MAX], link[PATH_MAX];
	const char *name;
	ssize_t bytes;

	SYSFS_PATH(path, root, fmt);
	bytes = readlink(path, link, sizeof(link) - 1);
	if (bytes < 0)
		return -errno;
	link[bytes] = 0;
	name = strrchr(link, '/');
	name = name ? name + 1 : link;
	if (strlen(name) >= size)
		return -ENAMETOOLONG;
	memcpy(buf, name, strlen(name) + 1);
	return 0;
}

int sysfs_real_path(const char *root, char *buf, const char *fmt, ...)
{
	char path[PATH_MAX], real[PATH_MAX], real_root[PATH_MAX] = "";
	size_t skip;

	SYSFS_PATH(path, root, fmt);
	if (!realpath(path, real) || (root[0] && !realpath(root, real_root)))
		return -errno;
	skip = strlen(real_root);
	if (strncmp(real, real_root, skip))
		return -ENOENT;
	memcpy(buf, real + skip, strlen(real + skip) + 1);
	return 0;
}

bool sysfs_exists(const char *root, const char *fmt, ...)
{
	char path[PATH_MAX];

	SYSFS_PATH(path, root, fmt);
	return !access(path, F_OK);
}

int sysfs_for_each(const char *root, const char *folder, int (*each)(const char *name, void *context),
		   void *context)
{
	char path[PATH_MAX];
	struct dirent **entries;
	int count, err = 0;

	if (snprintf(path, sizeof(path), "%s%s", root, folder) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	count = scandir(path, &entries, NULL, alphasort);
	if (count < 0)
		return -errno;
	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;

		if (!err && strcmp(name, ".") && strcmp(name, ".."))
			err = each(name, context);
		free(entries[i]);
	}
	free(entries);
	return err;
}
