/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A printk ring as a kernel leaves it (kernel/printk/printk_ringbuffer.c, 6.1), written
 * into fake memory, with the vmcoreinfo that tells of it.
 */
#ifndef TESTS_FAKE_RING_H
#define TESTS_FAKE_RING_H

#include "fake_memory.h"

enum fake_record_state { FAKE_RESERVED, FAKE_COMMITTED, FAKE_FINALIZED, FAKE_REUSABLE };

struct fake_ring {
	struct fake_memory *memory;
	u64 pa;				/* of struct printk_ringbuffer; the rest follows it */
	u32 count_bits, size_bits;
	u64 next_id, next_lpos;		/* of the record to come */
	u64 tail_id, oldest_text_id;
};

/* Bytes of memory that a ring takes. */
u64 fake_ring_bytes(u32 count_bits, u32 size_bits);

/* An empty ring at pa.  next_id: of its first record, below 2^62; it may wrap. */
void fake_ring_init(struct fake_ring *ring, struct fake_memory *memory, u64 pa, u32 count_bits, u32 size_bits,
		    u64 next_id);

/* Adds a record, over the oldest when all descriptors are taken; text NULL: a record without. */
void fake_ring_add(struct fake_ring *ring, u64 ts_nsec, const char *text, enum fake_record_state state);

/* Where the parts of the last added record lie, to damage them. */
struct fake_record_places {
	u64 state;		/* u64: id, state in the top bits */
	u64 begin, next;	/* u64 each: positions of the text's block */
	u64 text;
};
struct fake_record_places fake_ring_last(const struct fake_ring *ring);

/* Where numbers of the ring itself lie. */
enum fake_ring_field { FAKE_RING_COUNT_BITS, FAKE_RING_SIZE_BITS, FAKE_RING_HEAD_ID, FAKE_RING_TAIL_ID };
u64 fake_ring_field_pa(const struct fake_ring *ring, enum fake_ring_field field);

/* The ring's keys, as many lines as the kernel writes; returns the length of the text. */
u32 fake_ring_vmcoreinfo(const struct fake_ring *ring, char *text, u32 size);

#endif
