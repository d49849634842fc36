/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The only way to write to a dump target: bounds, header and stamps are checked here.
 * A chunk is written only after its stamp was read from the disk and matched; in a dump
 * file, a block only after its own seal was.
 */
#ifndef CAPTURE_TARGET_IO_H
#define CAPTURE_TARGET_IO_H

#include "capture/dump_error.h"
#include "capture/dump_target.h"
#include "capture/extent.h"
#include "capture/target.h"

struct target {
	struct dump_target *disk;
	u64 base_bytes;			/* start of the target on the disk; 0 for a dump file */
	const struct extent *extent;	/* of a dump file, checked; NULL: the target is one piece */
	u32 extents;
	struct target_header *header;	/* caller's page: the header as it is on disk */
	struct target_stamp *stamp;	/* caller's page: scratch */
	u8 *chunk_matched;		/* caller's memory, zeroed: a bit per chunk */
	u8 *piece_matched;		/* the same, for a dump file: a bit per piece */
	u8 *seals;			/* caller's scratch memory to read a dump file into */
	u32 seals_bytes;		/* multiple of TARGET_BLOCK */
	enum dump_error error;		/* of the last failure */
	s64 error_offset;		/* where on the target, -1 if nowhere */
};

/* Bytes of the chunk_matched and of the piece_matched map for a target of size_bytes. */
u64 target_map_bytes(u64 size_bytes);
u64 target_piece_map_bytes(u64 size_bytes);

/*
 * Reads header and the first and last stamps of the target at base_bytes, size_bytes
 * long, and checks that it is the one with this uuid and generation and waits for a
 * dump.  disk, header, stamp and chunk_matched are set by the caller; extent and what
 * goes with it for a dump file.  Nothing is written.  Negative errno, and the reason in target->error.
 */
int target_open(struct target *target, u64 base_bytes, u64 size_bytes, const u8 uuid[16], u64 generation);

/*
 * Starts writing io->bytes at offset of the target; whole blocks, at most
 * target_run_bytes(); io->tag remembers the offset.  As submit() of struct dump_target;
 * also -ERANGE (outside of what a dump may write) and -ESTALE (stamp or seal), both
 * before anything is written.
 */
int target_submit(struct target *target, struct dump_io *io, u64 offset);

/* How many bytes from offset on lie in one piece on the disk: a request may not be longer. */
u64 target_run_bytes(const struct target *target, u64 offset);

/* Writes and waits. */
int target_write(struct target *target, u64 offset, const void *buf, u32 bytes);

/* Reads, and waits; in one piece on the disk, as whole pages are. */
int target_read(struct target *target, u64 offset, void *buf, u32 bytes);

int target_flush(struct target *target);

/* Seals and writes the header.  header->state and the record are the caller's. */
int target_write_header(struct target *target);

#endif
