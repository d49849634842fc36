/* SPDX-License-Identifier: GPL-2.0 */
/* Where a dump goes: a new file, a stream of records on stdout (makedumpfile's "flattened"), or nowhere. */
#ifndef KDUMP_SAVE_OUT_H
#define KDUMP_SAVE_OUT_H

#include "capture/append.h"

enum out_kind { OUT_FILE, OUT_FLATTENED, OUT_NOWHERE };

struct out {
	struct dump_out seam;	/* first */
	enum out_kind kind;
	int fd;
	u64 limit_bytes;	/* that the output may have at most; 0: any */
	u64 end_bytes;		/* behind the last byte written so far */
};

/*
 * path: NULL unless OUT_FILE, which is made, for its owner alone; one that exists is written over
 * only with `force`.  Says what went wrong; -EEXIST, -EINVAL (stdout is a terminal), what open(2) says.
 */
int out_open(struct out *out, enum out_kind kind, const char *path, bool force, u64 limit_bytes);

/* As dump_out.write().  -EFBIG: over the limit. */
int out_write(struct out *out, u64 offset, const void *data, u32 bytes);

/* The file gets this size, if it is smaller. */
int out_extend(struct out *out, u64 bytes);

/* Ends the stream, makes it durable. */
int out_close(struct out *out);

/* Gives it up; what was written stays. */
void out_abandon(struct out *out);

#endif
