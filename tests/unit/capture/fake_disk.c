// SPDX-License-Identifier: GPL-2.0
#include "fake_disk.h"

#include <stdlib.h>
#include <sys/mman.h>

static struct fake_disk *disk_of(struct dump_target *target)
{
	return (struct fake_disk *)target;
}

static int check_io(const struct fake_disk *disk, const struct dump_io *io)
{
	const struct dump_target *target = &disk->target;

	if (io->op == DUMP_FLUSH)
		return 0;
	if ((io->op != DUMP_READ && io->op != DUMP_WRITE) || !io->bytes || io->bytes > target->max_transfer_bytes ||
	    io->bytes % target->block_bytes || io->offset % target->block_bytes || (uintptr_t)io->buf % 4)
		return -EINVAL;
	return io->offset > target->size_bytes || io->bytes > target->size_bytes - io->offset ? -EINVAL : 0;
}

static bool is_to_fail(struct fake_disk *disk)
{
	const struct fake_fault *fault = &disk->fault;

	if (fault->chance && fake_random(&disk->seed) % fault->chance == 0)
		return true;
	return disk->ops >= fault->first && disk->ops - fault->first < fault->count;
}

static int submit(struct dump_target *target, struct dump_io *io)
{
	struct fake_disk *disk = disk_of(target);
	int err = check_io(disk, io);
	bool fails;

	if (err)
		return err;
	fails = is_to_fail(disk);
	if (fails && disk->fault.status == -EAGAIN) {
		disk->ops++;
		return -EAGAIN;
	}
	for (u32 i = 0; i < target->queue_depth; i++) {
		if (disk->in_flight[i])
			continue;
		disk->ops++;
		disk->in_flight[i] = io;
		disk->fails[i] = fails;
		io->busy = true;
		return 0;
	}
	return -EAGAIN;
}

static int transfer(struct fake_disk *disk, const struct dump_io *io)
{
	if (io->op == DUMP_FLUSH)
		return 0;
	if (disk->memory && fake_memory_faults(disk->memory, io->buf, io->bytes))
		return -EFAULT;
	if (io->op == DUMP_READ) {
		memcpy(io->buf, disk->bytes + io->offset, io->bytes);
		return 0;
	}
	memcpy(disk->bytes + io->offset, io->buf, io->bytes);
	for (u64 at = align_down(io->offset, TARGET_BLOCK); at < io->offset + io->bytes; at += TARGET_BLOCK)
		disk->written[at / TARGET_BLOCK] = 1;
	return 0;
}

static void finish(struct fake_disk *disk, u32 i)
{
	struct dump_io *io = disk->in_flight[i];

	disk->in_flight[i] = NULL;
	io->status = disk->fails[i] ? disk->fault.status : transfer(disk, io);
	io->busy = false;
	if (!io->status && disk->done)
		disk->done(disk->context, io);
}

static void poll(struct dump_target *target)
{
	struct fake_disk *disk = disk_of(target);

	for (u32 i = 0; i < target->queue_depth; i++)
		if (disk->in_flight[i] && (!disk->shuffled || fake_random(&disk->seed) % 4 == 0))
			finish(disk, i);
}

static void *map_zeros(u64 bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED)
		abort();
	return memory;
}

void fake_disk_init(struct fake_disk *disk, u64 size_bytes, u32 block_bytes)
{
	*disk = (struct fake_disk){
		.target = {
			.size_bytes = size_bytes, .block_bytes = block_bytes,
			.max_transfer_bytes = 16 * PAGE_BYTES, .queue_depth = FAKE_DISK_DEPTH,
			.submit = submit, .poll = poll,
		},
		.bytes = map_zeros(size_bytes),
		.written = map_zeros(size_bytes / TARGET_BLOCK + 1),
		.seed = 1,
	};
}

void fake_disk_deinit(struct fake_disk *disk)
{
	munmap(disk->bytes, disk->target.size_bytes);
	munmap(disk->written, disk->target.size_bytes / TARGET_BLOCK + 1);
}

void fake_disk_make_target(struct fake_disk *disk, u64 base, u64 size_bytes, const u8 uuid[16], u64 generation)
{
	struct target_header header = {
		.magic = TARGET_MAGIC, .version = TARGET_VERSION, .state = TARGET_ARMED, .generation = generation,
		.size_bytes = size_bytes, .payload_limit = target_payload_limit(size_bytes), .first_error_offset = -1,
	};
	struct target_stamp stamp;

	memcpy(header.uuid, uuid, sizeof(header.uuid));
	target_header_seal(&header);
	memcpy(disk->bytes + base, &header, sizeof(header));
	for (u64 chunk = 0; chunk < target_chunk_count(header.payload_limit); chunk++) {
		target_stamp_fill(&stamp, &header, chunk);
		memcpy(disk->bytes + base + target_stamp_offset(&header, chunk), &stamp, sizeof(stamp));
	}
	target_stamp_fill(&stamp, &header, TARGET_CHUNK_END);
	memcpy(disk->bytes + base + target_stamp_offset(&header, TARGET_CHUNK_END), &stamp, sizeof(stamp));
	memset(disk->written, 0, disk->target.size_bytes / TARGET_BLOCK + 1);
}

static void *place_of(struct fake_disk *disk, const struct extent *list, u32 count, u64 offset)
{
	u64 at, run;

	if (extent_find(list, count, offset, &at, &run))
		abort();
	return disk->bytes + at;
}

void fake_disk_make_file(struct fake_disk *disk, const struct extent *list, u32 count, const u8 uuid[16], u64 generation)
{
	struct target_header header = {
		.magic = TARGET_MAGIC, .version = TARGET_VERSION, .state = TARGET_ARMED, .generation = generation,
		.first_error_offset = -1, .flags = TARGET_SEALED,
	};

	for (u32 i = 0; i < count; i++)
		header.size_bytes += list[i].bytes;
	header.payload_limit = target_payload_limit(header.size_bytes);
	memcpy(header.uuid, uuid, sizeof(header.uuid));
	target_header_seal(&header);
	for (u64 at = 0; at < header.size_bytes; at += TARGET_BLOCK) {
		void *block = place_of(disk, list, count, at);

		if (!at)
			memcpy(block, &header, sizeof(header));
		else if (target_has_seal(&header, at))
			target_seal_fill(block, &header, at);
		else
			target_stamp_fill(block, &header, at == header.payload_limit ? TARGET_CHUNK_END :
					  at / TARGET_CHUNK_BYTES);
	}
	memset(disk->written, 0, disk->target.size_bytes / TARGET_BLOCK + 1);
}

u32 fake_disk_scatter(struct extent *list, u32 capacity, u64 start, u64 end, u64 *seed)
{
	u32 count = 0;

	while (start < end) {
		u64 bytes = (1 + fake_random(seed) % 200) * TARGET_BLOCK;

		if (count == capacity - 1 || bytes > end - start)
			bytes = end - start;
		list[count++] = (struct extent){ .disk_bytes = start, .bytes = bytes };
		start += bytes;
	}
	for (u32 i = count; i > 2; i--) {
		u32 other = 1 + (u32)(fake_random(seed) % (i - 1));
		struct extent swapped = list[i - 1];

		list[i - 1] = list[other];
		list[other] = swapped;
	}
	return count;
}

u32 fake_disk_in_flight(const struct fake_disk *disk)
{
	u32 count = 0;

	for (u32 i = 0; i < FAKE_DISK_DEPTH; i++)
		count += disk->in_flight[i] != NULL;
	return count;
}

bool fake_disk_untouched(const struct fake_disk *disk, u64 start, u64 end)
{
	for (u64 at = start; at < end; at += TARGET_BLOCK)
		if (disk->written[at / TARGET_BLOCK])
			return false;
	return true;
}
