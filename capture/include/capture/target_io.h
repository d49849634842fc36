/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The only way to write to a dump target: bounds, header and stamps are checked here.
 * A chunk is written only after its stamp was read from the disk and matched.
 */
#ifndef CAPTURE_TARGET_IO_H
#define CAPTURE_TARGET_IO_H

#include "capture/dump_error.h"
#include "capture/dump_target.h"
#include "capture/target.h"

struct target {
	struct dump_target *disk;
	u64 base_bytes;			/* start of the target on the disk */
	struct target_header *header;	/* caller's page: the header as it is on disk */
	struct target_stamp *stamp;	/* caller's page: scratch */
	u8 *chunk_matched;		/* caller's memory, zeroed: a bit per chunk */
	enum dump_error error;		/* of the last failure */
	s64 error_offset;		/* where on the target, -1 if nowhere */
};

/* Bytes of the chunk_matched map for a target of size_bytes. */
u64 target_map_bytes(u64 size_bytes);

/*
 * Reads header and the first and last stamps of the target at base_bytes, size_bytes
 * long, and checks that it is the one with this uuid and generation and waits for a
 * dump.  disk, header, stamp and chunk_matched are set by the caller.  Nothing is
 * written.  Negative errno, and the reason in target->error.
 */
int target_open(struct target *target, u64 base_bytes, u64 size_bytes, const u8 uuid[16], u64 generation);

/*
 * Starts writing io->bytes at offset of the target; whole blocks.  As submit() of
 * struct dump_target; also -ERANGE (outside of what a dump may write) and -ESTALE
 * (stamp), both before anything is written.
 */
int target_submit(struct target *target, struct dump_io *io, u64 offset);

/* Writes and waits. */
int target_write(struct target *target, u64 offset, const void *buf, u32 bytes);

int target_flush(struct target *target);

/* Seals and writes the header.  header->state and the record are the caller's. */
int target_write_header(struct target *target);

#endif
