/* SPDX-License-Identifier: GPL-2.0 */
/* A whole dump in memory: a dead kernel, a disk with an armed target, and what must be true afterwards. */
#ifndef TESTS_DUMP_WORLD_H
#define TESTS_DUMP_WORLD_H

#include "capture/dump.h"
#include "fake_disk.h"
#include "fake_memory.h"
#include "fake_ring.h"

#define WORLD_RAM_BASE 0x100000ull
#define WORLD_TARGET_BASE (1ull << 20)
#define WORLD_CRASH_TIME 1700000000ull
#define WORLD_LOG "the dump kernel's log\n"

struct dump_world {
	struct fake_memory memory;
	struct fake_ring ring;
	struct fake_disk disk;
	u64 target_bytes;
	struct extent extent[64];	/* of a dump file */
	u32 extents;			/* 0: the target is one piece */
	struct dump dump;
	struct dump_request request[FAKE_DISK_DEPTH];
	u64 observed_bad[64];		/* pages that the observer was told of */
	u32 observed_bad_count;
	u64 observed_done;
	bool unflushed;			/* stage 1 or payload bytes that a power cut would lose */
	bool header_unflushed;
};

/*
 * ram_bytes of memory, two CPUs' registers, vmcoreinfo and an empty printk ring; no
 * PT_LOAD yet.  The target has target_bytes.
 */
void dump_world_init(struct dump_world *world, u64 ram_bytes, u64 target_bytes, u32 count_bits, u32 size_bits);
void dump_world_deinit(struct dump_world *world);

/* Makes the target a dump file that is scattered over the same place; before the run. */
void dump_world_scatter(struct dump_world *world, u64 seed);

/* Puts the file's pieces in order, for dump_world_check(); after the run. */
void dump_world_gather(struct dump_world *world);

/* As the dump kernel does it, a failure's record included.  0, or the first error. */
int dump_world_run(struct dump_world *world);

/*
 * The promises: the target's header is whole; COMPLETE only if the payload is the memory,
 * byte for byte, with patterns for the bad pages; anything else says why; stage 1, when
 * announced, is readable; nothing outside of the target's log to limit was written.
 * Returns the state.
 */
enum target_state dump_world_check(const struct dump_world *world);

const struct target_header *dump_world_header(const struct dump_world *world);

/* The nth record of a type in stage 1, NULL when there is none. */
const char *dump_world_record(const struct dump_world *world, enum stage1_type type, u32 nth, u32 *ret_bytes);

#endif
