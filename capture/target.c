// SPDX-License-Identifier: GPL-2.0
/* The header, the stamps and the seals of a dump target: made and checked. */
#include "capture/target.h"

#include "capture/crc32.h"

static u32 header_crc(const struct target_header *header)
{
	return crc32_update(0, header, offsetof(struct target_header, crc32));
}

void target_header_seal(struct target_header *header)
{
	header->crc32 = header_crc(header);
}

int target_header_check(const struct target_header *header, u64 device_bytes)
{
	if (header->magic != TARGET_MAGIC)
		return -ENOMEDIUM;
	if (header->crc32 != header_crc(header))
		return -EBADMSG;
	if (header->version != TARGET_VERSION || header->flags & ~TARGET_SEALED)
		return -EPROTONOSUPPORT;
	if (header->size_bytes > device_bytes || header->size_bytes < TARGET_MIN_BYTES ||
	    header->size_bytes % TARGET_BLOCK ||
	    header->payload_limit != target_payload_limit(header->size_bytes))
		return -ERANGE;
	return 0;
}

u64 target_size_bytes(u64 device_bytes)
{
	return align_down(device_bytes, TARGET_BLOCK);
}

u64 target_payload_limit(u64 size_bytes)
{
	return size_bytes - TARGET_TAIL_BYTES;
}

u64 target_chunk_count(u64 payload_limit)
{
	return (payload_limit + TARGET_CHUNK_BYTES - 1) / TARGET_CHUNK_BYTES;
}

u64 target_stamp_offset(const struct target_header *header, u64 chunk)
{
	if (chunk == TARGET_CHUNK_END)
		return header->payload_limit;
	return chunk ? chunk * TARGET_CHUNK_BYTES : TARGET_STAMP0_OFFSET;
}

void target_stamp_fill(struct target_stamp *stamp, const struct target_header *header, u64 chunk)
{
	memset(stamp, 0, sizeof(*stamp));
	stamp->magic = TARGET_STAMP_MAGIC;
	memcpy(stamp->uuid, header->uuid, sizeof(stamp->uuid));
	stamp->generation = header->generation;
	stamp->chunk = chunk;
	stamp->crc32 = crc32_update(0, stamp, offsetof(struct target_stamp, crc32));
}

bool target_stamp_matches(const struct target_stamp *stamp, const struct target_header *header, u64 chunk)
{
	return stamp->magic == TARGET_STAMP_MAGIC &&
	       !memcmp(stamp->uuid, header->uuid, sizeof(stamp->uuid)) &&
	       stamp->generation == header->generation && stamp->chunk == chunk &&
	       stamp->crc32 == crc32_update(0, stamp, offsetof(struct target_stamp, crc32));
}

bool target_has_seal(const struct target_header *header, u64 offset)
{
	return offset && offset != TARGET_STAMP0_OFFSET && offset != header->payload_limit &&
	       (offset % TARGET_CHUNK_BYTES || offset > header->payload_limit);
}

static struct target_seal make_seal(const struct target_header *header, u64 offset)
{
	struct target_seal seal = {
		.magic = TARGET_SEAL_MAGIC, .generation = header->generation, .block = offset / TARGET_BLOCK,
	};

	memcpy(seal.uuid, header->uuid, sizeof(seal.uuid));
	return seal;
}

void target_seal_fill(void *block, const struct target_header *header, u64 offset)
{
	struct target_seal seal = make_seal(header, offset);

	memset(block, 0, TARGET_BLOCK);
	memcpy(block, &seal, sizeof(seal));
}

bool target_seal_matches(const void *block, const struct target_header *header, u64 offset)
{
	struct target_seal seal = make_seal(header, offset);

	return !memcmp(block, &seal, sizeof(seal));
}
