// SPDX-License-Identifier: GPL-2.0
#include "kdump-init/raw_disk.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/file.h"

#define COPY_BYTES (1u << 20)
#define BLOCK_BYTES 4096u	/* every disk takes blocks of this size */

static struct raw_disk *of_target(struct dump_target *target)
{
	return (struct raw_disk *)target;	/* its first member */
}

/* Where the bytes to write are; NULL when old memory can't be read. */
static const u8 *find_source(const struct raw_disk *disk, const struct dump_io *io)
{
	const u8 *buf = io->buf;

	if (buf < disk->window || buf >= disk->window + disk->window_bytes)
		return buf;
	return disk->vmcore->mem.read(&disk->vmcore->mem, (u64)(buf - disk->window), disk->copy, io->bytes) ? NULL : disk->copy;
}

static int run(struct raw_disk *disk, struct dump_io *io)
{
	const u8 *source;
	int err;

	switch (io->op) {
	case DUMP_READ:
		err = file_pread_all(disk->fd, io->buf, io->bytes, io->offset);
		break;
	case DUMP_WRITE:
		source = find_source(disk, io);
		if (!source)
			return -EFAULT;
		err = file_pwrite_all(disk->fd, source, io->bytes, io->offset);
		break;
	default:
		err = fsync(disk->fd) ? -errno : 0;
	}
	return err ? -EIO : 0;
}

/* The kernel has queues of its own: a request is done when this returns. */
static int submit(struct dump_target *target, struct dump_io *io)
{
	if (io->op != DUMP_FLUSH &&
	    (io->offset % BLOCK_BYTES || io->bytes % BLOCK_BYTES || !io->bytes || io->bytes > target->max_transfer_bytes ||
	     io->offset > target->size_bytes || io->bytes > target->size_bytes - io->offset))
		return -EINVAL;
	io->status = run(of_target(target), io);
	io->busy = false;
	return 0;
}

static void poll_nothing(struct dump_target *target)
{
}

static void close_disk(struct dump_target *target)
{
	raw_disk_close(of_target(target));
}

/* Addresses for all of old memory, which take no memory themselves. */
static int reserve_window(struct raw_disk *disk)
{
	const struct elfcore *core = &disk->vmcore->core;

	for (u32 i = 0; i < core->count; i++)
		if (core->phdr[i].p_type == PT_LOAD && core->phdr[i].p_paddr + core->phdr[i].p_memsz > disk->window_bytes)
			disk->window_bytes = align_up(core->phdr[i].p_paddr + core->phdr[i].p_memsz, PAGE_BYTES);
	disk->window = mmap(NULL, disk->window_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return disk->window == MAP_FAILED ? -errno : 0;
}

static int open_device(struct raw_disk *disk, const char *path)
{
	struct stat st;
	u64 bytes;
	int err = 0;

	disk->fd = open(path, O_RDWR | O_DIRECT | O_EXCL | O_CLOEXEC);
	if (disk->fd < 0 && errno == EINVAL)	/* a plain file on a file system without direct I/O */
		disk->fd = open(path, O_RDWR | O_EXCL | O_CLOEXEC);
	if (disk->fd < 0)
		return -errno;
	if (fstat(disk->fd, &st))
		err = -errno;
	bytes = (u64)st.st_size;
	if (!err && S_ISBLK(st.st_mode) && ioctl(disk->fd, BLKGETSIZE64, &bytes))
		err = -errno;
	if (err)
		close(disk->fd);
	disk->target.size_bytes = bytes;
	return err;
}

int raw_disk_open(struct raw_disk *disk, const char *path, struct vmcore *vmcore)
{
	int err;

	*disk = (struct raw_disk){ .vmcore = vmcore, .target = { .block_bytes = BLOCK_BYTES, .max_transfer_bytes = COPY_BYTES,
		.queue_depth = 1, .submit = submit, .poll = poll_nothing, .close = close_disk } };
	err = open_device(disk, path);
	if (err)
		return err;
	err = reserve_window(disk);
	if (!err) {
		disk->copy = aligned_alloc(BLOCK_BYTES, COPY_BYTES);
		err = disk->copy ? 0 : -ENOMEM;
		if (err)
			munmap(disk->window, disk->window_bytes);
	}
	if (err)
		close(disk->fd);
	else
		vmcore->mem.direct = disk->window;
	return err;
}

void raw_disk_close(struct raw_disk *disk)
{
	disk->vmcore->mem.direct = NULL;
	munmap(disk->window, disk->window_bytes);
	free(disk->copy);
	close(disk->fd);
}
