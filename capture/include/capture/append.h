/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The seam between a dump file and what it is written to, and a stream into it: bytes in any
 * sizes go out in whole blocks, from one half of a buffer while the other is filled.
 */
#ifndef CAPTURE_APPEND_H
#define CAPTURE_APPEND_H

#include "capture/env.h"

struct dump_out {
	u32 align_bytes;	/* of every offset and size, at most PAGE_BYTES */
	bool zeroed;		/* what was never written reads as zeroes */

	/*
	 * Writes; may return before it is done, then buf must stay as it is until wait(buf).
	 * Negative errno, of this write or of one before.
	 */
	int (*write)(struct dump_out *out, u64 offset, const void *buf, u32 bytes);
	int (*wait)(struct dump_out *out, const void *buf);	/* NULL: for everything */

	/* The same of whole pages of old memory, straight from where they are; NULL: it can't. */
	int (*write_old)(struct dump_out *out, u64 offset, u64 pa, u32 bytes);

	/* Reads what was written and waited for, whole blocks; NULL: it can't. */
	int (*read)(struct dump_out *out, u64 offset, void *buf, u32 bytes);

	/* How often so far a write found nothing in flight; had to wait.  NULL: not known. */
	void (*count)(struct dump_out *out, u64 *ret_idle, u64 *ret_full);

	/* Everything is written and durable. */
	int (*flush)(struct dump_out *out);
};

struct append {
	struct dump_out *out;
	u8 *half[2];
	u32 half_bytes;
	u32 now;		/* the half that is filled */
	u32 used;		/* of it */
	u64 offset;		/* where it goes */
	int err;		/* the first; nothing is written after it */
};

/* buf: 2 * half_bytes; half_bytes and offset are multiples of PAGE_BYTES. */
void append_init(struct append *append, struct dump_out *out, u64 offset, u8 *buf, u32 half_bytes);

/* Where the next byte goes. */
u64 append_offset(const struct append *append);

int append_bytes(struct append *append, const void *data, u64 bytes);
int append_fill(struct append *append, u8 byte, u64 bytes);

/*
 * Ends on a whole block and leaves the next `bytes`, whole blocks, to the caller, who writes them
 * himself at *ret_offset.  The next byte goes behind them.
 */
int append_gap(struct append *append, u64 bytes, u64 *ret_offset);

/* Writes the rest, filled with zeroes to a whole block, and waits for all.  The next byte goes behind that. */
int append_end(struct append *append);

#endif
