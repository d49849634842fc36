// SPDX-License-Identifier: GPL-2.0
/* A target whose header and stamps are damaged, with right CRCs or wrong ones, and writes all over it. */
#include "capture/target_io.h"
#include "fake_disk.h"
#include "fuzz.h"

#define SIZE (8ull << 20)
#define BASE (1ull << 20)
#define HEADER_BYTES 0x108u	/* that have fields */
#define STAMP_BYTES 0x28u
#define OPTION_BYTES 1u		/* of the input: bit 0 a right CRC, bits 1-3 number of damages */

static const u8 uuid[16] = "a target's uuid";
static struct fake_disk disk;
static u8 first[2 * TARGET_BLOCK];	/* header and stamp as they should be */
static u8 last[TARGET_BLOCK];
static u64 last_at = BASE + SIZE - TARGET_TAIL_BYTES;

static void make_valid(void)
{
	fake_disk_init(&disk, BASE + SIZE + BASE, 512);
	fake_disk_make_target(&disk, BASE, SIZE, uuid, 4);
	memcpy(first, disk.bytes + BASE, sizeof(first));
	memcpy(last, disk.bytes + last_at, sizeof(last));
}

/* Writes where the input says; returns the number of tries. */
static void write_all_over(struct target *target, const u8 *data, size_t bytes)
{
	static u8 buf[16 * PAGE_BYTES];

	for (size_t i = 0; i + 4 <= bytes; i += 4) {
		u64 offset = ((u64)data[i] | (u64)data[i + 1] << 8 | (u64)data[i + 2] << 16) * 512;

		target_write(target, offset, buf, (1u + data[i + 3] % 64) * 512);
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t bytes)
{
	static struct target_stamp stamp;
	struct target_header header, *on_disk;
	struct target target = { .disk = &disk.target, .header = &header, .stamp = &stamp };
	u8 fields[HEADER_BYTES + 2 * STAMP_BYTES];
	size_t head;

	if (!disk.bytes)
		make_valid();
	head = OPTION_BYTES + (bytes ? data[0] >> 1 & 7 : 0) * FUZZ_DAMAGE_BYTES;
	if (bytes < head)
		return 0;
	memcpy(fields, first, HEADER_BYTES);
	memcpy(fields + HEADER_BYTES, first + TARGET_STAMP0_OFFSET, STAMP_BYTES);
	memcpy(fields + HEADER_BYTES + STAMP_BYTES, last, STAMP_BYTES);
	fuzz_damage(fields, sizeof(fields), data + OPTION_BYTES, head - OPTION_BYTES);

	memcpy(disk.bytes + BASE, first, sizeof(first));
	memcpy(disk.bytes + BASE, fields, HEADER_BYTES);
	memcpy(disk.bytes + BASE + TARGET_STAMP0_OFFSET, fields + HEADER_BYTES, STAMP_BYTES);
	memcpy(disk.bytes + last_at, fields + HEADER_BYTES + STAMP_BYTES, STAMP_BYTES);
	memset(disk.written, 0, disk.target.size_bytes / TARGET_BLOCK);
	on_disk = (struct target_header *)(disk.bytes + BASE);
	if (data[0] & 1)
		target_header_seal(on_disk);
	target.chunk_matched = calloc(1, target_map_bytes(SIZE));
	if (!target.chunk_matched)
		abort();
	if (!target_open(&target, BASE, SIZE, uuid, 4)) {
		write_all_over(&target, data + head, bytes - head);
		FUZZ_REQUIRE(header.payload_limit + TARGET_TAIL_BYTES <= SIZE);
		FUZZ_REQUIRE(fake_disk_untouched(&disk, 0, BASE + TARGET_LOG_OFFSET));
		FUZZ_REQUIRE(fake_disk_untouched(&disk, BASE + header.payload_limit, disk.target.size_bytes));
	} else {
		FUZZ_REQUIRE(target.error != DUMP_OK);
		FUZZ_REQUIRE(fake_disk_untouched(&disk, 0, disk.target.size_bytes));
	}
	free(target.chunk_matched);
	return 0;
}
