// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/mkdump_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "common/log.h"
#include "kdumpctl/dumpfile.h"
#include "kdumpctl/mkdump.h"
#include "kdumpctl/ram.h"
#include "kdumpctl/uuid.h"

#define MIB(bytes) ((unsigned long long)(bytes) >> 20)

int mkdump_file_next_name(const char *path, char *buf)
{
	return snprintf(buf, PATH_MAX, "%s.next", path) < PATH_MAX ? 0 : -ENAMETOOLONG;
}

static int sync_folder_of(const char *path)
{
	char folder[PATH_MAX], *slash;
	int fd, err;

	snprintf(folder, sizeof(folder), "%s", path);
	slash = strrchr(folder, '/');
	slash[slash == folder] = 0;
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = fsync(fd) ? -errno : 0;
	close(fd);
	return err;
}

static int check_room(int fd, u64 bytes, char *reason, size_t size)
{
	struct statvfs fs;
	u64 have;

	if (fstatvfs(fd, &fs)) {
		snprintf(reason, size, "%s", strerror(errno));
		return -errno;
	}
	have = (u64)fs.f_bavail * fs.f_frsize;
	if (have >= bytes)
		return 0;
	snprintf(reason, size, "its file system has %llu MiB free, %llu MiB are needed", MIB(have), MIB(bytes));
	return -ENOSPC;
}

/* Writes all blocks and reads them back. */
static int write_file(const struct target_disk *disk, const u8 *uuid, u64 generation)
{
	struct target_header header = {
		.magic = TARGET_MAGIC, .version = TARGET_VERSION, .state = TARGET_EMPTY, .generation = generation,
		.flags = TARGET_SEALED, .first_error_offset = -1,
	}, again;
	u64 offset;
	int err;

	header.size_bytes = target_size_bytes(disk->device_bytes);
	header.payload_limit = target_payload_limit(header.size_bytes);
	memcpy(header.uuid, uuid, sizeof(header.uuid));
	if ((err = target_disk_write_stamps(disk, &header)) ||
	    (err = target_disk_write_header(disk, &header)) ||
	    (err = target_disk_read_header(disk, &again)) ||
	    (err = target_disk_check_stamps(disk, &again, 0, &offset)))
		return err;
	return target_disk_check_seals(disk, &again, 0, &offset);
}

static int fill_file(const char *next, const u8 *uuid, u64 generation, char *reason, size_t size)
{
	struct file_extents *extents = malloc(sizeof(*extents));
	struct target_probe *probe = malloc(sizeof(*probe));
	struct target_disk disk;
	int err = extents && probe ? target_disk_open(&disk, next, TARGET_DISK_WRITE) : -ENOMEM;

	if (!err) {
		err = write_file(&disk, uuid, generation);
		target_disk_close(&disk);
	}
	if (err)
		snprintf(reason, size, "writing it failed: %s",
			 err == -EBADMSG ? "what was read back differs from what was written" : strerror(-err));
	else
		err = dumpfile_probe(next, probe, extents, reason, size);
	free(extents);
	free(probe);
	return err;
}

int mkdump_file_create(const char *path, u64 bytes, const u8 *uuid, u64 generation, char *reason, size_t size)
{
	char next[PATH_MAX];
	int fd, err = mkdump_file_next_name(path, next);

	bytes = align_down(bytes, TARGET_BLOCK);
	if (!err) {
		unlink(next);	/* of a run that was interrupted */
		fd = open(next, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		err = fd < 0 ? -errno : 0;
	}
	if (err) {
		snprintf(reason, size, "cannot create %s: %s", next, strerror(-err));
		return err;
	}
	/* What is not supported is said before gigabytes are written. */
	err = dumpfile_check_fs(fd, reason, size);
	if (!err)
		err = check_room(fd, bytes, reason, size);
	if (!err && fallocate(fd, 0, 0, bytes)) {
		err = -errno;
		snprintf(reason, size, "its file system can't preallocate %llu MiB: %s", MIB(bytes), strerror(-err));
	}
	close(fd);
	if (!err)
		err = fill_file(next, uuid, generation, reason, size);
	if (err)
		unlink(next);
	return err;
}

int mkdump_file_install(const char *path)
{
	char next[PATH_MAX];
	int err = mkdump_file_next_name(path, next), fd;

	if (!err && rename(next, path))
		err = -errno;
	if (!err)
		err = sync_folder_of(path);
	if (err)
		return err;
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = dumpfile_lock(fd, true);
	if (!err && fsync(fd))
		err = -errno;
	close(fd);
	return err;
}

/* --- the command --------------------------------------------------------------------------- */

static int parse_size(const char *text, u64 *ret_bytes)
{
	static const char units[] = "KMGT";
	const char *unit;
	char *end;
	u64 value;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno || end == text || text[0] == '-')
		return -EINVAL;
	unit = *end ? strchr(units, *end & ~0x20) : NULL;
	if (*end && (!unit || end[1]))
		return -EINVAL;
	if (unit && value >> (64 - 10 * (unit - units + 1)))
		return -ERANGE;
	*ret_bytes = unit ? value << 10 * (unit - units + 1) : value;
	return 0;
}

/* With something to spare: firmware and kernel of another day may leave a little more memory. */
static int default_size(u64 *ret_bytes)
{
	u64 ram;
	int err = ram_dump_bytes(&ram);

	if (!err)
		*ret_bytes = align_up(ram + ram / 64 + TARGET_PAYLOAD_OFFSET + TARGET_TAIL_BYTES, TARGET_PIECE_BYTES);
	return err;
}

/* What has the name may be replaced: nothing, or a dump file without a dump. */
static int check_old(const char *path, const char *force, u64 *ret_generation, char *reason, size_t size)
{
	struct target_header old;
	struct target_disk disk;
	struct stat st;
	int err;

	*ret_generation = 1;
	if (lstat(path, &st)) {
		if (errno == ENOENT)
			return 0;
		snprintf(reason, size, "%s", strerror(errno));
		return -errno;
	}
	err = S_ISREG(st.st_mode) ? target_disk_open(&disk, path, TARGET_DISK_READ) : -EEXIST;
	if (!err) {
		err = target_disk_read_header(&disk, &old);
		target_disk_close(&disk);
	}
	if (err || !(old.flags & TARGET_SEALED)) {
		snprintf(reason, size, "it exists and is not a dump file; take another name, or remove it");
		return -EEXIST;
	}
	*ret_generation = old.generation + 1;
	return mkdump_check_old(&old, force, reason, size);
}

static int replace(const char *path)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), err = 0;

	if (fd >= 0) {
		err = dumpfile_lock(fd, false);
		close(fd);
	}
	return err && err != -ENOTTY ? err : mkdump_file_install(path);
}

static int make(const char *path, u64 bytes, const char *force, char *reason, size_t size)
{
	u64 generation;
	u8 uuid[16];
	int err;

	if (bytes < TARGET_MIN_BYTES) {
		snprintf(reason, size, "%llu bytes are too few; a target needs %llu at the very least, and as much as the memory to dump",
			 (unsigned long long)bytes, (unsigned long long)TARGET_MIN_BYTES);
		return -EINVAL;
	}
	err = check_old(path, force, &generation, reason, size);
	if (err)
		return err;
	err = uuid_make(uuid);
	if (err)
		snprintf(reason, size, "no random numbers: %s", strerror(-err));
	else
		err = mkdump_file_create(path, bytes, uuid, generation, reason, size);
	if (err)
		return err;
	err = replace(path);
	if (err)
		snprintf(reason, size, "it can't be given its name and its immutable flag: %s", strerror(-err));
	return err;
}

int mkdump_file_command(const char *path, const char *size_text, const char *force)
{
	char reason[512];
	u64 bytes, ram;
	int err = size_text ? parse_size(size_text, &bytes) : default_size(&bytes);

	if (err && size_text)
		log_error("mkdump: '%s' is not a size; write for example 20G", size_text);
	if (!err && path[0] != '/') {
		log_error("mkdump: '%s' is not an absolute path", path);
		err = -EINVAL;
	}
	if (err)
		return err;
	err = make(path, bytes, force, reason, sizeof(reason));
	if (err) {
		log_error("mkdump: %s can't be a dump file: %s", path, reason);
		return err;
	}
	log_info("%s is a dump file now: %llu MiB; add 'dumpfile %s' to the configuration", path, MIB(bytes), path);
	if (!ram_dump_bytes(&ram) && ram > bytes)
		log_warning("%s is smaller than a dump of this machine's memory (%llu MiB); 'kdumpctl start' will refuse it without a dump_level",
			    path, MIB(ram));
	return 0;
}
