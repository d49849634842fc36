/* SPDX-License-Identifier: GPL-2.0 */
/*
 * makedumpfile's flattened format (its IMPLEMENTATION file): a file as a stream of writes.  A page
 * with struct flattened_header, then records of struct flattened_record and so many bytes; the last
 * has -1 for both.  All numbers big endian.
 */
#ifndef KDUMP_SAVE_FLATTENED_H
#define KDUMP_SAVE_FLATTENED_H

#include "capture/env.h"

#define FLATTENED_SIGNATURE "makedumpfile"
#define FLATTENED_TYPE 1
#define FLATTENED_VERSION 1
#define FLATTENED_END (~0ull)

struct flattened_header {
	char signature[16];
	u64 type;
	u64 version;
	u8 pad[PAGE_BYTES - 32];
};

struct flattened_record {
	u64 offset;
	u64 bytes;
};

_Static_assert(sizeof(struct flattened_header) == PAGE_BYTES, "format");

/*
 * Reads a stream and writes the file that it tells of.  -EBADMSG: not such a stream; -ENODATA: it
 * ends before its end, and the file has what there was; else what read(2) and write(2) say.
 */
int flattened_rebuild(int from, int to);

#endif
