/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is on a dump target, and the only code that writes to one.
 * Made by `kdumpctl mkdump`, filled by the dump kernel, emptied by `kdumpctl
 * collect`; docs/formats.md has the map.  All offsets are bytes from the start
 * of the target, all are multiples of 4096, little endian.
 *
 *	0		struct target_header
 *	4 KiB		stamp of chunk 0
 *	64 KiB		log of the dump kernel (text)
 *	128 KiB		stage 1: records of struct stage1_record
 *	1 MiB		payload: the vmcore, an ELF core or a KDUMP file
 *	n * 64 MiB	stamp of chunk n; the payload writes over it after it was matched
 *	end - 1 MiB	stamp of the end; nothing else is ever written there
 *
 * In a dump file every other block holds a seal.  The file system may give any of its
 * blocks to another file; so each block is read and its seal matched before it is written.
 */
#ifndef CAPTURE_TARGET_H
#define CAPTURE_TARGET_H

#include "capture/env.h"

#define TARGET_MAGIC 0x544547524154424cull	/* "LBTARGET" */
#define TARGET_VERSION 1
#define TARGET_STAMP_MAGIC 0x504d415453424cull		/* "LBSTAMP" */

#define TARGET_BLOCK 4096u		/* unit of header and stamps on every disk */
#define TARGET_STAMP0_OFFSET 4096u
#define TARGET_LOG_OFFSET (64u << 10)
#define TARGET_LOG_BYTES (64u << 10)
#define TARGET_STAGE1_OFFSET (128u << 10)
#define TARGET_STAGE1_BYTES (896u << 10)
#define TARGET_PAYLOAD_OFFSET (1u << 20)
#define TARGET_TAIL_BYTES (1u << 20)
#define TARGET_CHUNK_BYTES (64ull << 20)
#define TARGET_CHUNK_END 0xffffffffffffffffull	/* chunk number in the end's stamp */
#define TARGET_MIN_BYTES (4ull << 20)
#define TARGET_SEAL_MAGIC 0x4c414553424cull		/* "LBSEAL" */
#define TARGET_PIECE_BYTES (1ull << 20)	/* whose seals are matched together */

enum target_state {
	TARGET_EMPTY = 1,	/* prepared or collected; the dump kernel refuses it */
	TARGET_ARMED = 2,	/* waits for a crash */
	TARGET_STAGE1 = 3,	/* log, notes and dmesg are being written */
	TARGET_WRITING = 4,	/* stage 1 is durable, the payload is being written */
	TARGET_COMPLETE = 5,
	TARGET_FAILED = 6,	/* see first_error; stage 1 is valid if stage1_used > 0 */
	TARGET_CLEANING = 7,	/* collected; kdumpctl is writing the next generation's stamps */
};

enum target_payload {
	TARGET_PAYLOAD_ELF = 0,
	TARGET_PAYLOAD_KDUMP = 1,
};

#define TARGET_SEALED 1u	/* a dump file: blocks without header or stamp have seals */

struct target_header {
	u64 magic;		/* 0x000 TARGET_MAGIC */
	u32 version;		/* 0x008 TARGET_VERSION */
	u32 state;		/* 0x00c enum target_state */
	u8 uuid[16];		/* 0x010 made by mkdump */
	u64 generation;		/* 0x020 counts collects and mkdumps; part of every stamp */
	u64 size_bytes;		/* 0x028 of the target, multiple of TARGET_BLOCK */
	u64 payload_limit;	/* 0x030 first byte that the payload must not reach */
	u64 armed_time;		/* 0x038 unix seconds, by kdumpctl start */

	/* Dump record, by the dump kernel. */
	u64 crash_time;		/* 0x040 unix seconds, CRASHTIME of vmcoreinfo; 0: unknown */
	u64 dump_bytes;		/* 0x048 size of the vmcore; valid when COMPLETE, else 0 or what it would have been */
	u64 pages_total;	/* 0x050 old memory pages in the vmcore */
	u64 pages_bad;		/* 0x058 of these, filled with the bad-page pattern */
	u64 pages_bounced;	/* 0x060 of these, that the device could not read itself */
	u32 log_used;		/* 0x068 bytes of log */
	u32 stage1_used;	/* 0x06c bytes of stage 1 */
	u32 stage1_ms;		/* 0x070 from entry to stage 1 durable */
	u32 total_ms;		/* 0x074 from entry to the last header */
	s64 first_error_offset;	/* 0x078 where on the target, -1 if nowhere */
	u32 first_error;	/* 0x080 stable code, see docs/formats.md; 0: none */
	u32 flags;		/* 0x084 TARGET_SEALED; not part of the record */
	char first_error_text[120]; /* 0x088 NUL terminated */
	u32 payload;		/* 0x100 enum target_payload */
	u32 dump_level;		/* 0x104 of filtering, as makedumpfile numbers it; 0: every page is there */
	u8 zero[4096 - 0x108 - 4]; /* 0x108 */
	u32 crc32;		/* 0xffc of the 4092 bytes before */
};
_Static_assert(sizeof(struct target_header) == TARGET_BLOCK, "ABI");

struct target_stamp {
	u64 magic;		/* 0x00 TARGET_STAMP_MAGIC */
	u8 uuid[16];		/* 0x08 */
	u64 generation;		/* 0x18 */
	u64 chunk;		/* 0x20 */
	u8 zero[4096 - 0x28 - 4]; /* 0x28 */
	u32 crc32;		/* 0xffc of the 4092 bytes before */
};
_Static_assert(sizeof(struct target_stamp) == TARGET_BLOCK, "ABI");

/* The first bytes of a block; the others are zero and not looked at: file systems give whole blocks. */
struct target_seal {
	u64 magic;		/* 0x00 TARGET_SEAL_MAGIC */
	u8 uuid[16];		/* 0x08 */
	u64 generation;		/* 0x18 */
	u64 block;		/* 0x20 number of the block in the target, of TARGET_BLOCK bytes */
};
_Static_assert(sizeof(struct target_seal) == 40, "ABI");

/* Stage 1: each record is this head and its bytes, padded with zeros to 8. */
struct stage1_record {
	u32 type;		/* enum stage1_type */
	u32 bytes;
};

enum stage1_type {
	STAGE1_DMESG = 1,	/* text, newest lines kept when it does not fit */
	STAGE1_VMCOREINFO = 2,	/* the note's text */
	STAGE1_CPU_NOTE = 3,	/* one ELF note, NT_PRSTATUS; one record per CPU */
	STAGE1_PHASE_LOG = 4,	/* text, of kernels that have one */
};

/* Fills crc32; call it before every write of a header. */
void target_header_seal(struct target_header *header);

/*
 * -ENOMEDIUM: not a target header; -EBADMSG: CRC wrong; -EPROTONOSUPPORT: version;
 * -ERANGE: sizes that can't be, among them a target larger than device_bytes.
 */
int target_header_check(const struct target_header *header, u64 device_bytes);

/* size_bytes of a device, and from it the payload's limit. */
u64 target_size_bytes(u64 device_bytes);
u64 target_payload_limit(u64 size_bytes);

/* Number of chunks that have a stamp at chunk * TARGET_CHUNK_BYTES; chunk 0's is at TARGET_STAMP0_OFFSET. */
u64 target_chunk_count(u64 payload_limit);

/* Offset of a chunk's stamp; TARGET_CHUNK_END for the one at the end. */
u64 target_stamp_offset(const struct target_header *header, u64 chunk);

void target_stamp_fill(struct target_stamp *stamp, const struct target_header *header, u64 chunk);
bool target_stamp_matches(const struct target_stamp *stamp, const struct target_header *header, u64 chunk);

/* Whether the block at this offset holds a seal in a dump file: it is neither the header's nor a stamp's. */
bool target_has_seal(const struct target_header *header, u64 offset);

/* block: TARGET_BLOCK bytes, for the one at offset. */
void target_seal_fill(void *block, const struct target_header *header, u64 offset);
bool target_seal_matches(const void *block, const struct target_header *header, u64 offset);

#endif
