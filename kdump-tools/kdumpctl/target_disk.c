// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/target_disk.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/file.h"
#include "kdumpctl/dumpfile.h"

#define ZERO_BYTES (256u << 10)

/* Takes the immutable flag off a dump file, which can't be opened for writing with it.  Whether it was there. */
static bool unlock_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	bool locked;

	if (fd < 0)
		return false;
	locked = !fstat(fd, &st) && S_ISREG(st.st_mode) && dumpfile_is_locked(fd) == 1 && !dumpfile_lock(fd, false);
	close(fd);
	return locked;
}

int target_disk_open(struct target_disk *disk, const char *path, enum target_disk_mode mode)
{
	int flags = O_CLOEXEC | (mode == TARGET_DISK_READ ? O_RDONLY : O_RDWR) |
		    (mode == TARGET_DISK_EXCLUSIVE ? O_EXCL : 0);
	bool locked = mode != TARGET_DISK_READ && unlock_file(path);
	struct stat st;
	u64 bytes;
	int fd = open(path, flags | O_DIRECT), err = 0;

	if (fd < 0 && errno == EINVAL)	/* a plain file on a file system without direct I/O */
		fd = open(path, flags);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) || (locked && flock(fd, LOCK_EX | LOCK_NB)))
		err = -errno;
	if (err) {
		close(fd);
		return err == -EWOULDBLOCK ? -EBUSY : err;
	}
	bytes = st.st_size;
	if (S_ISBLK(st.st_mode) ? ioctl(fd, BLKGETSIZE64, &bytes) != 0 : !S_ISREG(st.st_mode)) {
		close(fd);
		return -ENOTBLK;
	}
	disk->fd = fd;
	disk->device_bytes = bytes;
	disk->locked = locked;
	return 0;
}

void target_disk_close(struct target_disk *disk)
{
	if (disk->locked)
		dumpfile_lock(disk->fd, true);
	close(disk->fd);
	disk->fd = -1;
}

int target_disk_read(const struct target_disk *disk, void *buf, size_t bytes, u64 offset)
{
	return file_pread_all(disk->fd, buf, bytes, offset);
}

int target_disk_write(const struct target_disk *disk, const void *buf, size_t bytes, u64 offset)
{
	return file_pwrite_all(disk->fd, buf, bytes, offset);
}

int target_disk_flush(const struct target_disk *disk)
{
	return fsync(disk->fd) ? -errno : 0;
}

int target_disk_zero(const struct target_disk *disk, u64 bytes, u64 offset)
{
	void *zeros = aligned_alloc(TARGET_BLOCK, ZERO_BYTES);
	int err = 0;

	if (!zeros)
		return -ENOMEM;
	memset(zeros, 0, ZERO_BYTES);
	while (!err && bytes) {
		u64 part = min_u64(bytes, ZERO_BYTES);

		err = target_disk_write(disk, zeros, part, offset);
		bytes -= part;
		offset += part;
	}
	free(zeros);
	return err;
}

int target_disk_read_header(const struct target_disk *disk, struct target_header *ret_header)
{
	struct target_header *header;
	int err;

	if (disk->device_bytes < TARGET_MIN_BYTES)
		return -ENOMEDIUM;
	header = aligned_alloc(TARGET_BLOCK, sizeof(*header));
	if (!header)
		return -ENOMEM;
	err = target_disk_read(disk, header, sizeof(*header), 0);
	if (!err)
		err = target_header_check(header, disk->device_bytes);
	if (!err)
		*ret_header = *header;
	free(header);
	return err;
}

int target_disk_write_header(const struct target_disk *disk, struct target_header *header)
{
	struct target_header *aligned = aligned_alloc(TARGET_BLOCK, sizeof(*aligned));
	int err;

	if (!aligned)
		return -ENOMEM;
	target_header_seal(header);
	*aligned = *header;
	err = target_disk_write(disk, aligned, sizeof(*aligned), 0);
	if (!err)
		err = target_disk_flush(disk);
	free(aligned);
	return err;
}

static int write_stamps(const struct target_disk *disk, const struct target_header *header)
{
	struct target_stamp *stamp = aligned_alloc(TARGET_BLOCK, sizeof(*stamp));
	u64 count = target_chunk_count(header->payload_limit);
	int err = 0;

	if (!stamp)
		return -ENOMEM;
	for (u64 i = 0; !err && i <= count; i++) {
		u64 chunk = i == count ? TARGET_CHUNK_END : i;

		target_stamp_fill(stamp, header, chunk);
		err = target_disk_write(disk, stamp, sizeof(*stamp), target_stamp_offset(header, chunk));
	}
	free(stamp);
	return err;
}

/* All blocks but the header's; stamps come on top. */
static int write_seals(const struct target_disk *disk, const struct target_header *header)
{
	u8 *buf = aligned_alloc(TARGET_BLOCK, TARGET_PIECE_BYTES);
	int err = buf ? 0 : -ENOMEM;

	for (u64 offset = TARGET_BLOCK; !err && offset < header->size_bytes; ) {
		u64 bytes = min_u64(TARGET_PIECE_BYTES - offset % TARGET_PIECE_BYTES, header->size_bytes - offset);

		for (u64 at = 0; at < bytes; at += TARGET_BLOCK)
			target_seal_fill(buf + at, header, offset + at);
		err = target_disk_write(disk, buf, bytes, offset);
		offset += bytes;
	}
	free(buf);
	return err;
}

int target_disk_write_stamps(const struct target_disk *disk, const struct target_header *header)
{
	int err = header->flags & TARGET_SEALED ? write_seals(disk, header) : 0;

	if (!err)
		err = write_stamps(disk, header);
	return err ? err : target_disk_flush(disk);
}

/* In steps of step_bytes, `bytes` of each. */
static int check_seals(const struct target_disk *disk, const struct target_header *header, u64 from_offset,
		       u64 step_bytes, u64 read_bytes, u64 *ret_offset)
{
	u8 *buf = aligned_alloc(TARGET_BLOCK, read_bytes);
	int err = buf ? 0 : -ENOMEM;

	for (u64 offset = align_down(from_offset, step_bytes); !err && offset < header->size_bytes; offset += step_bytes) {
		u64 bytes = min_u64(read_bytes, header->size_bytes - offset);

		err = target_disk_read(disk, buf, bytes, offset);
		for (u64 at = 0; !err && at < bytes; at += TARGET_BLOCK) {
			if (offset + at < from_offset || !target_has_seal(header, offset + at) ||
			    target_seal_matches(buf + at, header, offset + at))
				continue;
			*ret_offset = offset + at;
			err = -EBADMSG;
		}
	}
	free(buf);
	return err;
}

int target_disk_check_seals(const struct target_disk *disk, const struct target_header *header,
			    u64 from_offset, u64 *ret_offset)
{
	return check_seals(disk, header, from_offset, TARGET_PIECE_BYTES, TARGET_PIECE_BYTES, ret_offset);
}

int target_disk_check_stamps(const struct target_disk *disk, const struct target_header *header,
			     u64 from_offset, u64 *ret_offset)
{
	struct target_stamp *stamp = aligned_alloc(TARGET_BLOCK, sizeof(*stamp));
	u64 count = target_chunk_count(header->payload_limit);
	int err = 0;

	if (!stamp)
		return -ENOMEM;
	for (u64 i = 0; !err && i <= count; i++) {
		u64 chunk = i == count ? TARGET_CHUNK_END : i;
		u64 offset = target_stamp_offset(header, chunk);

		if (i && offset < from_offset)
			continue;
		err = target_disk_read(disk, stamp, sizeof(*stamp), offset);
		if (!err && !target_stamp_matches(stamp, header, chunk)) {
			*ret_offset = offset;
			err = -EBADMSG;
		}
	}
	free(stamp);
	if (!err && header->flags & TARGET_SEALED)
		err = check_seals(disk, header, align_up(from_offset, TARGET_BLOCK), TARGET_PIECE_BYTES, TARGET_BLOCK,
				  ret_offset);
	return err;
}

const char *target_disk_strerror(int err)
{
	switch (err) {
	case -ENOMEDIUM:
		return "it is not prepared as a dump target";
	case -EBADMSG:
		return "the checksum of its target header is wrong";
	case -EPROTONOSUPPORT:
		return "its target header is of another version of Lifeboat";
	case -ERANGE:
		return "the sizes in its target header do not fit the device";
	default:
		return strerror(-err);
	}
}

const char *target_state_name(u32 state)
{
	static const char *const names[] = {
		[TARGET_EMPTY] = "empty",
		[TARGET_ARMED] = "armed",
		[TARGET_STAGE1] = "stage1",
		[TARGET_WRITING] = "writing",
		[TARGET_COMPLETE] = "complete",
		[TARGET_FAILED] = "failed",
		[TARGET_CLEANING] = "cleaning",
	};

	return state < ARRAY_SIZE(names) && names[state] ? names[state] : "unknown";
}
