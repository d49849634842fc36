// SPDX-License-Identifier: GPL-2.0
#include "initramfs/programs.h"

#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "initramfs/library.h"

#define PROGRAM_MAX_BYTES (256u << 20)
#define PROGRAM_MAX_DEPTH 4	/* a script's interpreter may be a script */
#define BUSYBOX "/bin/busybox"


int programs_fail(struct programs_search *search, int err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(search->reason, sizeof(search->reason), fmt, args);
	va_end(args);
	return err;
}

int programs_find(struct programs_search *search, const char *name, char *ret_path)
{
	static const char *const folders[] = {
		"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin",
	};
	char full[2 * PATH_MAX];

	for (size_t i = 0; i < (name[0] == '/' ? 1 : ARRAY_SIZE(folders)); i++) {
		char path[PATH_MAX];

		if (snprintf(path, sizeof(path), "%s%s%s", name[0] == '/' ? "" : folders[i], name[0] == '/' ? "" : "/",
			     name) >= (int)sizeof(path))
			return programs_fail(search, -ENAMETOOLONG, "the name %.64s... is too long", name);
		snprintf(full, sizeof(full), "%s%s", search->root, path);
		if (access(full, F_OK))
			continue;
		if (access(full, X_OK))
			return programs_fail(search, -EACCES, "%s is not executable", path);
		memcpy(ret_path, path, strlen(path) + 1);
		return 0;
	}
	return programs_fail(search, -ENOENT, "there is no program %s", name);
}

static int add_at_depth(struct programs_search *search, struct file_set *set, const char *path, int depth);

static int add_by_name(struct programs_search *search, struct file_set *set, const char *name, int depth)
{
	char path[PATH_MAX];
	int err = programs_find(search, name, path);

	return err ? err : add_at_depth(search, set, path, depth);
}

/* "#!/bin/sh -e" or "#!/usr/bin/env python3"; line is changed. */
static int add_interpreter(struct programs_search *search, struct file_set *set, const char *path, char *line, int depth)
{
	char *rest = line + 2, *interpreter, *argument;

	line[strcspn(line, "\n")] = 0;
	rest += strspn(rest, " \t");
	interpreter = strsep(&rest, " \t");
	argument = rest ? rest + strspn(rest, " \t") : "";
	if (!interpreter || interpreter[0] != '/')
		return programs_fail(search, -EINVAL, "%s: its first line names no interpreter", path);
	search->wants_busybox = true;
	/* Both are busybox there. */
	if (!strcmp(interpreter, "/bin/sh") || !strcmp(interpreter, BUSYBOX) || !strcmp(interpreter, "/usr/bin/sh"))
		return 0;
	if (!strcmp(interpreter, "/usr/bin/env") && argument[0]) {
		argument[strcspn(argument, " \t")] = 0;
		return strcmp(argument, "sh") ? add_by_name(search, set, argument, depth) : 0;
	}
	return add_by_name(search, set, interpreter, depth);
}

static int add_at_depth(struct programs_search *search, struct file_set *set, const char *path, int depth)
{
	char full[2 * PATH_MAX], *data;
	size_t bytes;
	int err;

	if (file_set_has(set, path))
		return 0;
	if (depth > PROGRAM_MAX_DEPTH)
		return programs_fail(search, -EINVAL, "%s: its interpreter needs an interpreter, and so on", path);
	snprintf(full, sizeof(full), "%s%s", search->root, path);
	err = file_read(full, PROGRAM_MAX_BYTES, &data, &bytes);
	if (err)
		return programs_fail(search, err, "cannot read %s: %s", path, strerror(-err));
	err = file_set_add_file(set, path, full, 0755);
	if (!err && bytes >= 2 && !memcmp(data, "#!", 2))
		err = add_interpreter(search, set, path, data, depth + 1);
	else if (!err && bytes >= SELFMAG && !memcmp(data, ELFMAG, SELFMAG))
		err = library_add_needed(search, set, path, data, bytes);
	else if (!err)
		err = programs_fail(search, -EINVAL, "%s is neither an ELF program nor a script with #! in its first line", path);
	free(data);
	return err;
}

int programs_add(struct programs_search *search, struct file_set *set, const char *path)
{
	return add_at_depth(search, set, path, 0);
}

/* Its own list of where its commands belong, "bin/sh" and so on. */
static int add_busybox_links(struct programs_search *search, struct file_set *set)
{
	FILE *list = popen(BUSYBOX " --list-full", "re");
	char line[PATH_MAX];
	int err = list ? 0 : -errno;

	while (!err && fgets(line, sizeof(line), list)) {
		line[strcspn(line, "\n")] = 0;
		if (line[0] && !file_set_has(set, line))
			err = file_set_add_link(set, line, BUSYBOX);
	}
	if (list && pclose(list) && !err)
		err = -EIO;
	if (!err)
		err = file_set_add_link(set, "bin/sh", BUSYBOX);
	return err ? programs_fail(search, err, BUSYBOX " --list-full does not tell its commands: %s", strerror(-err)) : 0;
}

int programs_add_busybox(struct programs_search *search, struct file_set *set)
{
	char path[PATH_MAX];
	int err;

	if (programs_find(search, BUSYBOX, path))
		return programs_fail(search, -ENOENT, "busybox is needed for it and is not installed; install busybox-static");
	err = programs_add(search, set, path);
	return err ? err : add_busybox_links(search, set);
}
