// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/collect_move.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "kdumpctl/dumpfile.h"
#include "kdumpctl/mkdump_file.h"
#include "kdumpctl/sysfs.h"

#define UNFINISHED "vmcore-incomplete"
#define SPARE_BYTES (2u << 20)

bool collect_move_is_possible(const struct target_disk *disk, const struct target_header *header,
			      const struct dump_dir *dir)
{
	struct stat file, folder;
	struct statvfs fs;

	if (!(header->flags & TARGET_SEALED) || fstat(disk->fd, &file) || fstat(dir->fd, &folder) || fstatvfs(dir->fd, &fs))
		return false;
	return file.st_dev == folder.st_dev && (u64)fs.f_bavail * fs.f_frsize >= header->size_bytes + SPARE_BYTES;
}

/* Header, stamp, log and stage 1 stand before the vmcore, unused blocks behind it. */
static int cut(int fd, const struct target_header *header)
{
	if (ftruncate(fd, TARGET_PAYLOAD_OFFSET + header->dump_bytes) ||
	    fallocate(fd, FALLOC_FL_COLLAPSE_RANGE, 0, TARGET_PAYLOAD_OFFSET) || fsync(fd))
		return -errno;
	return 0;
}

static int finish(int fd, int folder_fd, const struct target_header *header)
{
	int err = cut(fd, header);

	if (!err && renameat(folder_fd, UNFINISHED, folder_fd, "vmcore"))
		err = -errno;
	if (!err && fsync(folder_fd))
		err = -errno;
	return err;
}

int collect_move(struct target_disk *disk, const char *path, const struct target_header *header,
		 const struct dump_dir *dir, char *reason, size_t size)
{
	int err = mkdump_file_create(path, header->size_bytes, header->uuid, header->generation + 1, reason, size);

	if (err)
		return err;
	disk->locked = false;	/* the next file gets the flag */
	if (renameat(AT_FDCWD, path, dir->fd, UNFINISHED) || fsync(dir->fd))
		err = -errno;
	if (!err)
		err = mkdump_file_install(path);
	if (!err)
		err = finish(disk->fd, dir->fd, header);
	if (err)
		snprintf(reason, size, "%s", strerror(-err));
	return err;
}

/* A dump file under the name of an unfinished vmcore. */
static int resume_in(const char *name, void *context)
{
	const char *folder = context;
	struct target_header header;
	struct target_disk disk;
	char path[PATH_MAX];
	int folder_fd, err;

	if (snprintf(path, sizeof(path), "%s/%s/" UNFINISHED, folder, name) >= (int)sizeof(path) ||
	    target_disk_open(&disk, path, TARGET_DISK_READ))
		return 0;
	err = target_disk_read_header(&disk, &header);
	target_disk_close(&disk);
	if (err || !(header.flags & TARGET_SEALED) || header.state != TARGET_COMPLETE)
		return 0;
	*strrchr(path, '/') = 0;
	folder_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder_fd < 0)
		return -errno;
	strcat(path, "/" UNFINISHED);
	err = target_disk_open(&disk, path, TARGET_DISK_WRITE);
	if (!err) {
		disk.locked = false;
		err = finish(disk.fd, folder_fd, &header);
		target_disk_close(&disk);
	}
	close(folder_fd);
	return err;
}

int collect_move_resume(const char *path, const char *folder)
{
	char next[PATH_MAX], copy[PATH_MAX];
	struct target_header header;
	struct target_disk disk;
	int err = mkdump_file_next_name(path, next);

	/* Not needed while the old one is there, whose dump may need the room; else it is whole, if it has a header. */
	if (!err && !access(path, F_OK)) {
		unlink(next);
	} else if (!err && !target_disk_open(&disk, next, TARGET_DISK_READ)) {
		err = target_disk_read_header(&disk, &header);
		target_disk_close(&disk);
		if (!err)
			err = mkdump_file_install(path);
	}
	snprintf(copy, sizeof(copy), "%s", folder);
	if (!err)
		err = sysfs_for_each("", folder, resume_in, copy);
	return err == -ENOENT ? 0 : err;
}

static int check_block(const struct target_disk *disk, const struct target_header *header, u64 offset, void *buf)
{
	int err;

	if (offset < TARGET_PAYLOAD_OFFSET || offset >= TARGET_PAYLOAD_OFFSET + align_down(header->dump_bytes, TARGET_BLOCK))
		return 0;
	err = target_disk_read(disk, buf, TARGET_BLOCK, offset);
	if (err)
		return err;
	return target_seal_matches(buf, header, offset) ? -ESTALE : 0;
}

int collect_move_check(const struct target_disk *disk, const struct target_header *header)
{
	struct file_extents *extents = malloc(sizeof(*extents));
	void *buf = aligned_alloc(TARGET_BLOCK, TARGET_BLOCK);
	char reason[512];
	u64 offset = 0;
	int err = extents && buf ? file_extents_read(disk->fd, disk->device_bytes, extents, reason, sizeof(reason)) : -ENOMEM;

	for (u32 i = 0; !err && i < extents->count; i++) {
		err = check_block(disk, header, offset, buf);
		offset += extents->list[i].bytes;
		if (!err)
			err = check_block(disk, header, offset - TARGET_BLOCK, buf);
	}
	free(buf);
	free(extents);
	/* What can't be mapped any more was punched or shared: not as it was armed, either. */
	return err == -EOPNOTSUPP || err == -E2BIG ? -ESTALE : err;
}
