// SPDX-License-Identifier: GPL-2.0
#include "common/dump_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/file.h"

void dump_dir_host(const char *hostname, char *buf)
{
	/* A name must not lead anywhere else; "(none)" is a kernel that nobody gave one. */
	bool usable = hostname[0] && hostname[0] != '.' && !strchr(hostname, '/') && strcmp(hostname, "(none)");

	snprintf(buf, HOST_NAME_MAX + 1, "%s", usable ? hostname : "localhost");
}

int dump_dir_name(const char *hostname, const struct dump_id *id, char *buf, size_t size)
{
	char host[HOST_NAME_MAX + 1], when[64];
	time_t crash_time = id->crash_time;
	struct tm tm;

	dump_dir_host(hostname, host);
	if (!id->crash_time || !gmtime_r(&crash_time, &tm) ||
	    !strftime(when, sizeof(when), "%Y-%m-%d-%H:%M:%S", &tm))
		snprintf(when, sizeof(when), "unknown-time-%llu", (unsigned long long)id->number);
	return snprintf(buf, size, "%s-%s", host, when) < (int)size ? 0 : -ENAMETOOLONG;
}

static int fsync_path(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return -errno;
	if (fsync(fd))
		err = -errno;
	close(fd);
	return err;
}

/* The folder that holds path's last part. */
static void parent_of(const char *path, char *buf)
{
	size_t length = strlen(path);

	memcpy(buf, path, length + 1);
	while (length > 1 && buf[length - 1] == '/')
		buf[--length] = 0;
	*strrchr(buf, '/') = 0;
	if (!buf[0])
		strcpy(buf, "/");
}

static int make_folder(const char *path, mode_t mode)
{
	char parent[PATH_MAX];

	if (mkdir(path, mode) && errno != EEXIST)
		return -errno;
	/* Also when it was there: a run before us may have died before this. */
	parent_of(path, parent);
	return fsync_path(parent);
}

static int make_folders(const char *path)
{
	char part[PATH_MAX];
	int err = 0;

	for (const char *end = path; !err && *end; ) {
		end += strspn(end, "/");
		end += strcspn(end, "/");
		memcpy(part, path, end - path);
		part[end - path] = 0;
		if (access(part, F_OK))
			err = make_folder(part, 0755);
	}
	return err;
}

/* True when the folder is not there, empty of a log, or begun for this very dump. */
static bool is_ours(const char *path, const struct dump_id *id)
{
	char found[sizeof(id->line)] = "", log[PATH_MAX];
	size_t length;
	int fd;

	if (snprintf(log, sizeof(log), "%s/kdump.log", path) >= (int)sizeof(log))
		return false;
	fd = open(log, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		/* No log yet: ours unless somebody else's dump is in it. */
		snprintf(log, sizeof(log), "%.*s/vmcore", (int)sizeof(log) - 16, path);
		return access(log, F_OK);
	}
	length = strlen(id->line);
	if (read(fd, found, length) != (ssize_t)length)
		found[0] = 0;
	close(fd);
	return !memcmp(found, id->line, length);
}

/* -EEXIST: another dump is in it. */
static int open_named(struct dump_dir *dir, const char *path, const char *name, const struct dump_id *id)
{
	int err;

	if (snprintf(dir->path, sizeof(dir->path), "%s/%s", path, name) >= (int)sizeof(dir->path))
		return -ENAMETOOLONG;
	if (!is_ours(dir->path, id))
		return -EEXIST;
	err = make_folder(dir->path, 0700);
	if (err)
		return err;
	dir->fd = open(dir->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir->fd < 0 ? -errno : 0;
}

int dump_dir_open(struct dump_dir *dir, const char *path, const char *hostname, const struct dump_id *id)
{
	char name[NAME_MAX + 1];
	size_t bytes;
	int err = dump_dir_name(hostname, id, name, sizeof(name));

	if (!err)
		err = make_folders(path);
	if (err)
		return err;
	err = open_named(dir, path, name, id);
	if (err == -EINVAL) {	/* vfat takes no colons */
		for (char *at = name; *at; at++)
			*at = *at == ':' ? '.' : *at;
		err = open_named(dir, path, name, id);
	}
	if (err == -EEXIST) {
		bytes = strlen(name);
		snprintf(name + bytes, sizeof(name) - bytes, "-%llu", (unsigned long long)id->number);
		err = open_named(dir, path, name, id);
	}
	return err;
}

void dump_dir_close(struct dump_dir *dir)
{
	close(dir->fd);
	dir->fd = -1;
}

int dump_dir_create(const struct dump_dir *dir, const char *name)
{
	char incomplete[NAME_MAX + 1];
	int fd;

	snprintf(incomplete, sizeof(incomplete), "%s-incomplete", name);
	fd = openat(dir->fd, incomplete, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	return fd < 0 ? -errno : fd;
}

int dump_dir_finish(const struct dump_dir *dir, const char *name, int fd)
{
	char incomplete[NAME_MAX + 1];
	int err = fsync(fd) ? -errno : 0;

	snprintf(incomplete, sizeof(incomplete), "%s-incomplete", name);
	if (close(fd) && !err)
		err = -errno;
	if (!err && renameat(dir->fd, incomplete, dir->fd, name))
		err = -errno;
	if (!err && fsync(dir->fd))
		err = -errno;
	return err;
}

int dump_dir_write_file(const struct dump_dir *dir, const char *name, const void *data, size_t bytes)
{
	int fd = dump_dir_create(dir, name), err;

	if (fd < 0)
		return fd;
	err = file_pwrite_all(fd, data, bytes, 0);
	if (err) {
		close(fd);
		return err;
	}
	return dump_dir_finish(dir, name, fd);
}
