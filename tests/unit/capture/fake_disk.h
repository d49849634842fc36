/* SPDX-License-Identifier: GPL-2.0 */
/* A disk in memory behind struct dump_target, which can fail and be slow in every way that the seam allows. */
#ifndef TESTS_FAKE_DISK_H
#define TESTS_FAKE_DISK_H

#include "capture/dump_target.h"
#include "capture/extent.h"
#include "capture/target.h"
#include "fake_memory.h"

#define FAKE_DISK_DEPTH 8
#define FAKE_FOREVER (~0ull)

struct fake_fault {
	u64 first, count;	/* operations first .. first + count - 1 fail, counted from 0 as they are submitted */
	u64 chance;		/* besides these, one of so many; 0: none */
	int status;		/* -EAGAIN is said by submit, others at the end */
};

struct fake_disk {
	struct dump_target target;	/* first */
	u8 *bytes;			/* sparse */
	u8 *written;			/* a byte per TARGET_BLOCK of the disk, 1 when anything was written there */
	const struct fake_memory *memory;	/* whose pages may fault; NULL: none */
	struct fake_fault fault;
	u64 ops;
	bool shuffled;			/* finishes in any order, some of it late */
	u64 seed;
	struct dump_io *in_flight[FAKE_DISK_DEPTH];
	bool fails[FAKE_DISK_DEPTH];
	/* Called when an operation took effect; may be NULL. */
	void (*done)(void *context, const struct dump_io *io);
	void *context;
};

/* Ends the test when there is no memory. */
void fake_disk_init(struct fake_disk *disk, u64 size_bytes, u32 block_bytes);
void fake_disk_deinit(struct fake_disk *disk);

/* As mkdump and start leave it: header ARMED and all stamps, in [base, base + size_bytes). */
void fake_disk_make_target(struct fake_disk *disk, u64 base, u64 size_bytes, const u8 uuid[16], u64 generation);

/* The same for a dump file in these extents, with seals. */
void fake_disk_make_file(struct fake_disk *disk, const struct extent *list, u32 count, const u8 uuid[16], u64 generation);

/*
 * Cuts [start, end) into pieces of random length and gives them in random order, but for the
 * first; returns how many.  list: room for `capacity`.
 */
u32 fake_disk_scatter(struct extent *list, u32 capacity, u64 start, u64 end, u64 *seed);

u32 fake_disk_in_flight(const struct fake_disk *disk);

/* Whether nothing in [start, end) was written since fake_disk_make_target(). */
bool fake_disk_untouched(const struct fake_disk *disk, u64 start, u64 end);

#endif
