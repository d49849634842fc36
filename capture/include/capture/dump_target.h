/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The seam between dumping and disks.  A driver moves blocks between memory and
 * one disk; it knows nothing of headers, stamps or partitions.  Requests are
 * caller memory, any number up to queue_depth may be in flight, nothing sleeps
 * and nothing is allocated after open.
 */
#ifndef CAPTURE_DUMP_TARGET_H
#define CAPTURE_DUMP_TARGET_H

#include "capture/env.h"

enum dump_io_op { DUMP_READ, DUMP_WRITE, DUMP_FLUSH };

struct dump_io {
	u64 offset;		/* bytes on the disk, multiple of block_bytes */
	void *buf;		/* 4-byte aligned; the dump kernel's addresses are physical */
	u64 tag;		/* the submitter's own; drivers leave it alone */
	u32 bytes;		/* multiple of block_bytes, at most max_transfer_bytes */
	u8 op;			/* enum dump_io_op; FLUSH ignores offset, buf and bytes */
	bool busy;		/* set by submit, cleared by poll when status is valid */
	int status;		/* 0; -EFAULT: the device could not read or write buf;
				 * -EIO: the disk failed; -ENODEV: it is gone; -ETIMEDOUT: it never
				 * answered */
};

struct dump_target {
	u64 size_bytes;		/* of the whole disk or namespace */
	u32 block_bytes;	/* logical block, 512 or 4096 */
	u32 max_transfer_bytes;	/* multiple of PAGE_BYTES */
	u32 queue_depth;

	/*
	 * Starts io.  0, or -EAGAIN when the queue is full, -EINVAL when io breaks
	 * the rules above or leaves the disk, -ENODEV when the device is gone.
	 */
	int (*submit)(struct dump_target *target, struct dump_io *io);

	/* Finishes what the device has finished, and what took too long. */
	void (*poll)(struct dump_target *target);

	/* Stops the device in order, cache flushed; all I/O must be done. */
	void (*close)(struct dump_target *target);
};

/* Submits io and waits for it.  Returns io->status or what submit said. */
int dump_io_sync(struct dump_target *target, struct dump_io *io);

#endif
