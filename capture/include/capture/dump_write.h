/* SPDX-License-Identifier: GPL-2.0 */
/* Writing the payload: many requests in flight, from old memory as it lies or from buffers. */
#ifndef CAPTURE_DUMP_WRITE_H
#define CAPTURE_DUMP_WRITE_H

#include "capture/dump_target.h"

struct dump;

/* Idle when io.bytes is 0, else in flight or to be finished. */
struct dump_request {
	struct dump_io io;
	const void *owner;	/* the buffer that it writes a part of; NULL: old memory */
};

/*
 * Starts writing whole blocks from buf to the target.  owner: buf, which must stay as it is until
 * dump_write_wait(); NULL: buf is whole pages of old memory, and what the disk can't read of it
 * is bounced.  Waits only for room in the queue.  Negative errno, of this write or of one before; reason in target.error.
 */
int dump_write_start(struct dump *dump, const void *buf, const void *owner, u64 offset, u64 bytes);

/* Until nothing of this owner is in flight; NULL: nothing at all. */
int dump_write_wait(struct dump *dump, const void *owner);

/* After a failure: what is in flight reads memory and writes the disk until the disk says that it is done. */
void dump_write_settle(struct dump *dump);

#endif
