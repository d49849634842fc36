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

static int sync_io(struct target *target, enum dump_io_op op, u64 offset, void *buf, u32 bytes)
{
	struct dump_io io = { .offset = target->base_bytes + offset, .buf = buf, .bytes = bytes, .op = op };
	int err = dump_io_sync(target->disk, &io);

	return err ? fail_io(target, offset, err) : 0;
}

u64 target_map_bytes(u64 size_bytes)
{
	return target_chunk_count(target_payload_limit(size_bytes)) / 8 + 1;
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

static int check_header(struct target *target, u64 size_bytes, const u8 uuid[16], u64 generation)
{
	struct target_header *header = target->header;
	int err = target_header_check(header, size_bytes);

	if (err == -ENOMEDIUM)
		return fail(target, DUMP_TARGET_NO_HEADER, 0, err);
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
	return match_chunks(target, 0, TARGET_BLOCK);
}

static int submit(struct target *target, struct dump_io *io, u64 offset)
{
	int err = match_chunks(target, offset, io->bytes);

	if (err)
		return err;
	io->op = DUMP_WRITE;
	io->offset = target->base_bytes + offset;
	err = target->disk->submit(target->disk, io);
	return err && err != -EAGAIN ? fail_io(target, offset, err) : err;
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
		u32 piece = (u32)min_u64(bytes, target->disk->max_transfer_bytes);
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

int target_flush(struct target *target)
{
	return sync_io(target, DUMP_FLUSH, 0, NULL, 0);
}

int target_write_header(struct target *target)
{
	target_header_seal(target->header);
	return sync_io(target, DUMP_WRITE, 0, target->header, sizeof(*target->header));
}
