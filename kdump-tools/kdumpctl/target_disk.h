/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reading and writing a dump target from the running system: direct I/O on a block
 * device or a dump file.  Silent; what an error means is the caller's.
 */
#ifndef KDUMPCTL_TARGET_DISK_H
#define KDUMPCTL_TARGET_DISK_H

#include "capture/target.h"

struct target_disk {
	int fd;
	u64 device_bytes;
	bool locked;		/* a dump file's immutable flag, which close() sets again */
};

enum target_disk_mode {
	TARGET_DISK_READ,
	TARGET_DISK_WRITE,
	TARGET_DISK_EXCLUSIVE,	/* write, and nothing else may hold the device */
};

/* Errors: what open(2) says, among them -EBUSY for EXCLUSIVE; -ENOTBLK for a folder or the like. */
int target_disk_open(struct target_disk *disk, const char *path, enum target_disk_mode mode);
void target_disk_close(struct target_disk *disk);

/* Direct I/O: buf aligned to TARGET_BLOCK, bytes and offset multiples of it. */
int target_disk_read(const struct target_disk *disk, void *buf, size_t bytes, u64 offset);
int target_disk_write(const struct target_disk *disk, const void *buf, size_t bytes, u64 offset);
int target_disk_flush(const struct target_disk *disk);

/* Zeroes [offset, offset + bytes), multiples of TARGET_BLOCK. */
int target_disk_zero(const struct target_disk *disk, u64 bytes, u64 offset);

/* Reads and checks the header: target_header_check()'s errors, or -EIO and the like. */
int target_disk_read_header(const struct target_disk *disk, struct target_header *ret_header);

/* Seals the header, writes it and waits until it is durable. */
int target_disk_write_header(const struct target_disk *disk, struct target_header *header);

/* Writes every stamp of the header's generation, and every seal of a dump file, and waits until they are durable. */
int target_disk_write_stamps(const struct target_disk *disk, const struct target_header *header);

/*
 * Reads the stamp of chunk 0, of every chunk that begins at or after from_offset, and
 * of the end; in a dump file also the seals of one block in each piece from there on.
 * -EBADMSG: one does not match, its place is in *ret_offset.
 */
int target_disk_check_stamps(const struct target_disk *disk, const struct target_header *header,
			     u64 from_offset, u64 *ret_offset);

/* Reads all seals of a dump file, from from_offset on; as target_disk_check_stamps(). */
int target_disk_check_seals(const struct target_disk *disk, const struct target_header *header,
			    u64 from_offset, u64 *ret_offset);

/* Why target_disk_read_header() failed, in words. */
const char *target_disk_strerror(int err);

/* "empty", "armed" ... */
const char *target_state_name(u32 state);

#endif
