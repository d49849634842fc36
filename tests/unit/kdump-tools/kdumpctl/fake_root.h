/* SPDX-License-Identifier: GPL-2.0 */
/* A made-up /sys and /proc in a temporary folder; each test makes what it needs of it. */
#ifndef FAKE_ROOT_H
#define FAKE_ROOT_H

#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char fake_root[] = "/tmp/lifeboat-unit-XXXXXX";

static inline void fake_parents(const char *path)
{
	char part[PATH_MAX];

	for (const char *at = path + 1; (at = strchr(at, '/')); at++) {
		snprintf(part, sizeof(part), "%.*s", (int)(at - path), path);
		mkdir(part, 0755);
	}
}

static inline const char *fake_path(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s%s", fake_root, name);
	fake_parents(path);
	return path;
}

static inline void fake_data(const char *name, const void *data, size_t bytes)
{
	FILE *file = fopen(fake_path(name), "w");

	if (!file || fwrite(data, 1, bytes, file) != bytes || fclose(file))
		abort();
}

static inline void fake_file(const char *name, const char *text)
{
	fake_data(name, text, strlen(text));
}

/* A link at name to the place `to`, both below the root. */
static inline void fake_link(const char *name, const char *to)
{
	char target[PATH_MAX];

	snprintf(target, sizeof(target), "%s%s", fake_root, to);
	unlink(fake_path(name));
	if (symlink(target, fake_path(name)))
		abort();
}

static inline int fake_remove(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	return remove(path);
}

static inline int fake_root_setup(void **state)
{
	strcpy(fake_root, "/tmp/lifeboat-unit-XXXXXX");
	return mkdtemp(fake_root) ? 0 : -1;
}

static inline int fake_root_teardown(void **state)
{
	return nftw(fake_root, fake_remove, 16, FTW_DEPTH | FTW_PHYS);
}

#endif
