// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/dumps.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/dump_dir.h"
#include "common/log.h"
#include "kdumpctl/capture_target.h"
#include "kdumpctl/sysfs.h"

/* --- which folders are dumps ------------------------------------------------------------------------ */

/* dump_dir_name()'s time, with colons or vfat's points, and perhaps a number behind it. */
static bool is_when(const char *text)
{
	static const char pattern[] = "0000-00-00-00:00:00";

	for (const char *at = pattern; *at; at++, text++)
		if (*at == '0' ? !isdigit((unsigned char)*text) : *at == ':' ? *text != ':' && *text != '.' : *text != *at)
			return false;
	return !*text || (*text == '-' && text[1] && !text[1 + strspn(text + 1, "0123456789")]);
}

/* hostname NULL: any. */
static bool is_named(const char *name, const char *hostname)
{
	size_t bytes = hostname ? strlen(hostname) : 0;

	if (hostname)
		return !strncmp(name, hostname, bytes) && name[bytes] == '-' && is_when(name + bytes + 1);
	for (const char *at = strchr(name, '-'); at; at = strchr(at + 1, '-'))
		if (is_when(at + 1))
			return true;
	return false;
}

struct search {
	const char *folder, *hostname;
	struct dumps dumps;
};

static int take(const char *name, void *context)
{
	struct search *search = context;
	struct dumps *dumps = &search->dumps;
	char **larger;

	if (!is_named(name, search->hostname) || !sysfs_exists(search->folder, "/%s/kdump.log", name))
		return 0;
	larger = realloc(dumps->name, (dumps->count + 1) * sizeof(*larger));
	if (!larger)
		return -ENOMEM;
	dumps->name = larger;
	larger[dumps->count] = strdup(name);
	return larger[dumps->count] ? (dumps->count++, 0) : -ENOMEM;
}

int dumps_find(const char *folder, const char *hostname, struct dumps *ret_dumps)
{
	char host[HOST_NAME_MAX + 1];
	struct search search = { .folder = folder, .hostname = hostname ? host : NULL };
	int err;

	if (hostname)
		dump_dir_host(hostname, host);
	/* In byte order: that of time. */
	err = sysfs_for_each(folder, "", take, &search);
	if (err)
		dumps_deinit(&search.dumps);
	else
		*ret_dumps = search.dumps;
	return err;
}

void dumps_deinit(struct dumps *dumps)
{
	for (size_t i = 0; i < dumps->count; i++)
		free(dumps->name[i]);
	free(dumps->name);
	*dumps = (struct dumps){ 0 };
}

/* --- old ones ------------------------------------------------------------------------------------------ */

/* kdump.log, by which a folder is known, goes last: a run that was interrupted is gone on with. */
static int remove_dump(const char *folder, const char *name)
{
	static const char *const files[] = { "vmcore", "vmcore-dmesg.txt", "phase-log.txt", "kexec-dmesg.log", "kdump.log" };
	char path[PATH_MAX], incomplete[64];
	int fd, err = 0;

	if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	for (size_t i = 0; !err && i < ARRAY_SIZE(files); i++) {
		snprintf(incomplete, sizeof(incomplete), "%s-incomplete", files[i]);
		if ((unlinkat(fd, incomplete, 0) && errno != ENOENT) || (unlinkat(fd, files[i], 0) && errno != ENOENT))
			err = -errno;
	}
	close(fd);
	if (!err && rmdir(path) && errno != ENOTEMPTY && errno != EEXIST)
		err = -errno;
	return err;
}

int dumps_trim(const char *folder, const char *hostname, unsigned int keep)
{
	struct dumps dumps;
	unsigned int whole = 0;
	int err = dumps_find(folder, hostname, &dumps);
	size_t old;

	if (err)
		return err;
	for (old = dumps.count; old && whole < keep; )
		whole += sysfs_exists(folder, "/%s/vmcore", dumps.name[--old]);
	for (size_t i = 0; !err && i < old; i++) {
		err = remove_dump(folder, dumps.name[i]);
		if (err)
			log_error("%s/%s can't be removed: %s; 'keep' asks for it", folder, dumps.name[i], strerror(-err));
		else
			log_info("removed the dump %s/%s: %u are kept", folder, dumps.name[i], keep);
	}
	dumps_deinit(&dumps);
	return err;
}

/* --- where they are ---------------------------------------------------------------------------------------- */

int dumps_for_each_folder(const struct conf *conf, int (*each)(const char *folder, void *context), void *context)
{
	struct capture_target *target = malloc(sizeof(*target));
	char seen[CONF_MAX_TARGETS + 1][PATH_MAX];
	unsigned int count = 0;
	int err = target ? 0 : -ENOMEM;

	for (unsigned int i = 0; !err && i <= conf->targets; i++) {
		const struct conf_target *configured = i < conf->targets ? &conf->target[i] : NULL;
		bool again = false;

		if (configured && conf_target_is_prepared(configured))
			continue;
		if (capture_target_locate(configured, conf->path, target) || !target->folder[0])
			continue;
		for (unsigned int j = 0; j < count; j++)
			again |= !strcmp(seen[j], target->folder);
		if (again)
			continue;
		memcpy(seen[count++], target->folder, sizeof(seen[0]));
		err = each(target->folder, context);
	}
	free(target);
	return err;
}
