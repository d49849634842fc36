// SPDX-License-Identifier: GPL-2.0
#include "capture/target_io.h"

int dump_io_sync(struct dump_target *disk, struct dump_io *io)
{
	int err;

	while ((err = disk->submit(disk, io)) == -EAGAIN)
		disk->poll(disk);
	if (err)
		return err;
	while (io->busy)
		disk->poll(disk);
	return io->status;
}

static int fail(struct target *target, enum dump_error error, u64 offset, int err)
{
	target->error = error;
	target->error_offset = (s64)offset;
	return err;
}

static int fail_io(struct target *target, u64 offset, int err)
{
	return fail(target, err == -ETIMEDOUT ? DUMP_TARGET_TIMEOUT : DUMP_TARGET_IO, offset, err);
}

/* Where on the disk an offset is, and how much follows it there. */
static int locate(const struct target *target, u64 offset, u64 *ret_disk_bytes, u64 *ret_run_bytes)
{
	if (target->extents)
		return extent_find(target->extent, target->extents, offset, ret_disk_bytes, ret_run_bytes);
	*ret_disk_bytes = target->base_bytes + offset;
	*ret_run_bytes = ~0ull;
	return 0;
}

/* In one piece; header and stamps are, wherever extents end. */
static int sync_io(struct target *target, enum dump_io_op op, u64 offset, void *buf, u32 bytes)
{
	struct dump_io io = { .buf = buf, .bytes = bytes, .op = op };
	u64 run_bytes;
	int err = locate(target, offset, &io.offset, &run_bytes);

	if (!err)
		err = bytes > run_bytes ? -ERANGE : dump_io_sync(target->disk, &io);
	return err ? fail_io(target, offset, err) : 0;
}

u64 target_map_bytes(u64 size_bytes)
{
	return size_bytes / TARGET_CHUNK_BYTES / 8 + 1;
}

u64 target_piece_map_bytes(u64 size_bytes)
{
	return size_bytes / TARGET_PIECE_BYTES / 8 + 1;
}

static int match_stamp(struct target *target, u64 chunk)
{
	u64 offset = target_stamp_offset(target->header, chunk);
	int err = sync_io(target, DUMP_READ, offset, target->stamp, sizeof(*target->stamp));

	if (err)
		return err;
	if (!target_stamp_matches(target->stamp, target->header, chunk))
		return fail(target, DUMP_TARGET_BAD_STAMP, offset, -ESTALE);
	return 0;
}

/* Before the first write into each chunk of [offset, offset + bytes). */
static int match_chunks(struct target *target, u64 offset, u64 bytes)
{
	for (u64 chunk = offset / TARGET_CHUNK_BYTES; chunk <= (offset + bytes - 1) / TARGET_CHUNK_BYTES; chunk++) {
		u8 bit = (u8)(1u << chunk % 8);
		int err;

		if (target->chunk_matched[chunk / 8] & bit)
			continue;
		err = match_stamp(target, chunk);
		if (err)
			return err;
		target->chunk_matched[chunk / 8] |= bit;
	}
	return 0;
}

static int check_seals(struct target *target, u64 offset, u32 bytes)
{
	for (u32 at = 0; at < bytes; at += TARGET_BLOCK)
		if (target_has_seal(target->header, offset + at) &&
		    !target_seal_matches(target->seals + at, target->header, offset + at))
			return fail(target, DUMP_TARGET_BAD_SEAL, offset + at, -ESTALE);
	return 0;
}

static int match_piece(struct target *target, u64 piece)
{
	u64 offset = piece * TARGET_PIECE_BYTES;
	u64 end = min_u64(offset + TARGET_PIECE_BYTES, target->header->payload_limit);

	while (offset < end) {
		u64 bytes = min_u64(end - offset, min_u64(target->seals_bytes, target->disk->max_transfer_bytes));
		int err;

		bytes = min_u64(bytes, target_run_bytes(target, offset));
		err = sync_io(target, DUMP_READ, offset, target->seals, (u32)bytes);
		if (!err)
			err = check_seals(target, offset, (u32)bytes);
		if (err)
			return err;
		offset += bytes;
	}
	return 0;
}

/*
 * Before the first write into each piece of [offset, offset + bytes).  All of a piece is
 * matched before any of it is written, so that no block is matched after we wrote to it.
 */
static int match_pieces(struct target *target, u64 offset, u64 bytes)
{
	for (u64 piece = offset / TARGET_PIECE_BYTES; piece <= (offset + bytes - 1) / TARGET_PIECE_BYTES; piece++) {
		u8 bit = (u8)(1u << piece % 8);
		int err;

		if (target->piece_matched[piece / 8] & bit)
			continue;
		err = match_piece(target, piece);
		if (err)
			return err;
		target->piece_matched[piece / 8] |= bit;
	}
	return 0;
}

static int match(struct target *target, u64 offset, u64 bytes)
{
	int err = match_chunks(target, offset, bytes);

	return !err && target->extents ? match_pieces(target, offset, bytes) : err;
}

static int check_header(struct target *target, u64 size_bytes, const u8 uuid[16], u64 generation)
{
	struct target_header *header = target->header;
	int err = target_header_check(header, size_bytes);

	if (err == -ENOMEDIUM)
		return fail(target, DUMP_TARGET_NO_HEADER, 0, err);
	/* A dump file has seals, and nothing else has. */
	if (!err && !(header->flags & TARGET_SEALED) != !target->extents)
		err = -EBADMSG;
	if (err)
		return fail(target, DUMP_TARGET_BAD_HEADER, 0, err);
	if (memcmp(header->uuid, uuid, sizeof(header->uuid)) || header->generation != generation)
		return fail(target, DUMP_TARGET_STALE, 0, -ESTALE);
	if (header->state != TARGET_ARMED)
		return fail(target, DUMP_TARGET_NOT_ARMED, 0, -EBUSY);
	return 0;
}

int target_open(struct target *target, u64 base_bytes, u64 size_bytes, const u8 uuid[16], u64 generation)
{
	int err;

	target->base_bytes = base_bytes;
	target->error_offset = -1;
	if (size_bytes < TARGET_MIN_BYTES || base_bytes + size_bytes < base_bytes ||
	    base_bytes + size_bytes > target->disk->size_bytes || base_bytes % target->disk->block_bytes)
		return fail(target, DUMP_TARGET_OTHER_DISK, 0, -ENXIO);
	err = sync_io(target, DUMP_READ, 0, target->header, sizeof(*target->header));
	if (err)
		return err;
	err = check_header(target, size_bytes, uuid, generation);
	if (err)
		return err;
	err = match_stamp(target, TARGET_CHUNK_END);
	if (err)
		return err;
	return match(target, 0, TARGET_BLOCK);
}

static int submit(struct target *target, struct dump_io *io, u64 offset)
{
	u64 run_bytes;
	int err = match(target, offset, io->bytes);

	if (err)
		return err;
	err = locate(target, offset, &io->offset, &run_bytes);
	if (err || io->bytes > run_bytes)
		return fail(target, DUMP_TARGET_TOO_SMALL, offset, -ERANGE);
	io->op = DUMP_WRITE;
	io->tag = offset;
	err = target->disk->submit(target->disk, io);
	return err && err != -EAGAIN ? fail_io(target, offset, err) : err;
}

u64 target_run_bytes(const struct target *target, u64 offset)
{
	u64 disk_bytes, run_bytes;

	return locate(target, offset, &disk_bytes, &run_bytes) ? 0 : run_bytes;
}

int target_submit(struct target *target, struct dump_io *io, u64 offset)
{
	u64 limit = target->header->payload_limit;

	/* The header has its own way, and stamps of chunk 0 and the end stay. */
	if (offset < TARGET_LOG_OFFSET || offset > limit || io->bytes > limit - offset || !io->bytes)
		return fail(target, DUMP_TARGET_TOO_SMALL, offset, -ERANGE);
	return submit(target, io, offset);
}

int target_write(struct target *target, u64 offset, const void *buf, u32 bytes)
{
	while (bytes) {
		u32 piece = (u32)min_u64(min_u64(bytes, target_run_bytes(target, offset)),
					 target->disk->max_transfer_bytes);
		struct dump_io io = { .buf = (void *)(uintptr_t)buf, .bytes = piece };
		int err;

		while ((err = target_submit(target, &io, offset)) == -EAGAIN)
			target->disk->poll(target->disk);
		if (err)
			return err;
		while (io.busy)
			target->disk->poll(target->disk);
		if (io.status)
			return fail_io(target, offset, io.status);
		offset += piece;
		buf = (const u8 *)buf + piece;
		bytes -= piece;
	}
	return 0;
}

int target_read(struct target *target, u64 offset, void *buf, u32 bytes)
{
	return sync_io(target, DUMP_READ, offset, buf, bytes);
}

int target_flush(struct target *target)
{
	return sync_io(target, DUMP_FLUSH, 0, NULL, 0);
}

int target_write_header(struct target *target)
{
	target_header_seal(target->header);
	return sync_io(target, DUMP_WRITE, 0, target->header, sizeof(*target->header));
}
