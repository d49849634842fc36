// SPDX-License-Identifier: GPL-2.0
#include "fake_ring.h"

#include <stdio.h>
#include <stdlib.h>

/* Fields in another order than the kernel's: only vmcoreinfo may say where they are. */
struct data_blk_lpos { u64 next, begin; };
struct prb_desc { u64 gap, state; struct data_blk_lpos text_blk; };
struct printk_info { u16 text_len; u8 gap[14]; u64 ts_nsec; u64 caller; };
struct desc_ring { u64 infos, descs; u32 gap, count_bits; u64 tail_id, head_id; };
struct data_ring { u64 data; u32 size_bits, gap; };
struct ringbuffer { u64 prb; struct data_ring text_data_ring; struct desc_ring desc_ring; };

#define ID_MASK ((1ull << 62) - 1)
#define NO_LPOS 3ull

static struct ringbuffer *rb_of(const struct fake_ring *ring)
{
	return (struct ringbuffer *)fake_memory_at(ring->memory, ring->pa);
}

static u64 descs_pa(const struct fake_ring *ring)
{
	return ring->pa + sizeof(struct ringbuffer);
}

static u64 infos_pa(const struct fake_ring *ring)
{
	return descs_pa(ring) + (sizeof(struct prb_desc) << ring->count_bits);
}

static u64 text_pa(const struct fake_ring *ring)
{
	return infos_pa(ring) + (sizeof(struct printk_info) << ring->count_bits);
}

static struct prb_desc *desc_of(const struct fake_ring *ring, u64 id)
{
	struct prb_desc *descs = (struct prb_desc *)fake_memory_at(ring->memory, descs_pa(ring));

	return &descs[id & ((1ull << ring->count_bits) - 1)];
}

u64 fake_ring_bytes(u32 count_bits, u32 size_bits)
{
	return sizeof(struct ringbuffer) + ((sizeof(struct prb_desc) + sizeof(struct printk_info)) << count_bits) +
	       (1ull << size_bits);
}

/* The kernel begins with one descriptor that holds nothing: reusable, head and tail. */
void fake_ring_init(struct fake_ring *ring, struct fake_memory *memory, u64 pa, u32 count_bits, u32 size_bits,
		    u64 next_id)
{
	u64 first = (next_id - 1) & ID_MASK;
	struct ringbuffer *rb;

	*ring = (struct fake_ring){
		.memory = memory, .pa = pa, .count_bits = count_bits, .size_bits = size_bits,
		.next_id = next_id, .tail_id = first, .oldest_text_id = next_id, .next_lpos = -(1ull << size_bits),
	};
	rb = rb_of(ring);
	memset(rb, 0, fake_ring_bytes(count_bits, size_bits));
	rb->prb = FAKE_VA + pa;	/* the kernel's pointer of that name */
	rb->desc_ring.count_bits = count_bits;
	rb->desc_ring.descs = FAKE_VA + descs_pa(ring);
	rb->desc_ring.infos = FAKE_VA + infos_pa(ring);
	rb->desc_ring.head_id = rb->desc_ring.tail_id = first;
	rb->text_data_ring.size_bits = size_bits;
	rb->text_data_ring.data = FAKE_VA + text_pa(ring);
	desc_of(ring, first)->state = first | (u64)FAKE_REUSABLE << 62;
	desc_of(ring, first)->text_blk = (struct data_blk_lpos){ NO_LPOS, NO_LPOS };
}

/* A block: the record's id, the text, up to 8 bytes; at the ring's start when it does not fit before its end. */
static void add_text(struct fake_ring *ring, struct data_blk_lpos *blk, u64 id, const char *text)
{
	u64 size = 1ull << ring->size_bits, bytes = align_up(8 + strlen(text), 8);
	u64 begin = ring->next_lpos, next = begin + bytes, at = begin;
	u8 *to;

	if (begin >> ring->size_bits != next >> ring->size_bits) {
		at = align_down(next, size);
		next = at + bytes;
	}
	*blk = (struct data_blk_lpos){ .begin = begin, .next = next };
	ring->next_lpos = next;
	to = fake_memory_at(ring->memory, text_pa(ring) + (at & (size - 1)));
	memcpy(to, &id, sizeof(id));
	memcpy(to + sizeof(id), text, strlen(text));
}

/* Records whose text is being overwritten become reusable; they stay between tail and head. */
static void expire_texts(struct fake_ring *ring, u64 id)
{
	for (; ring->oldest_text_id != id; ring->oldest_text_id = (ring->oldest_text_id + 1) & ID_MASK) {
		struct prb_desc *desc = desc_of(ring, ring->oldest_text_id);
		bool gone = (desc->state & ID_MASK) != ring->oldest_text_id;

		if (!gone && desc->text_blk.begin != NO_LPOS && ring->next_lpos - desc->text_blk.begin <= 1ull << ring->size_bits)
			return;
		if (!gone && desc->text_blk.begin != NO_LPOS)
			desc->state = ring->oldest_text_id | (u64)FAKE_REUSABLE << 62;
	}
}

void fake_ring_add(struct fake_ring *ring, u64 ts_nsec, const char *text, enum fake_record_state state)
{
	u64 id = ring->next_id, index = id & ((1ull << ring->count_bits) - 1);
	struct printk_info *info = (struct printk_info *)fake_memory_at(ring->memory, infos_pa(ring)) + index;
	struct prb_desc *desc = desc_of(ring, id);
	struct desc_ring *descs = &rb_of(ring)->desc_ring;

	if (((id - ring->tail_id) & ID_MASK) >> ring->count_bits)
		ring->tail_id = (ring->tail_id + 1) & ID_MASK;
	*info = (struct printk_info){ .text_len = text ? (u16)strlen(text) : 0, .ts_nsec = ts_nsec };
	desc->state = id | (u64)state << 62;
	if (text)
		add_text(ring, &desc->text_blk, id, text);
	else
		desc->text_blk = (struct data_blk_lpos){ NO_LPOS, NO_LPOS };
	expire_texts(ring, id);
	descs->head_id = id;
	descs->tail_id = ring->tail_id;
	ring->next_id = (id + 1) & ID_MASK;
}

struct fake_record_places fake_ring_last(const struct fake_ring *ring)
{
	u64 id = (ring->next_id - 1) & ID_MASK, size = 1ull << ring->size_bits;
	u64 pa = descs_pa(ring) + (id & ((1ull << ring->count_bits) - 1)) * sizeof(struct prb_desc);
	const struct prb_desc *desc = desc_of(ring, id);
	u64 at = desc->text_blk.begin;

	if (at >> ring->size_bits != desc->text_blk.next >> ring->size_bits)
		at = 0;
	return (struct fake_record_places){
		.state = pa + offsetof(struct prb_desc, state),
		.begin = pa + offsetof(struct prb_desc, text_blk.begin),
		.next = pa + offsetof(struct prb_desc, text_blk.next),
		.text = text_pa(ring) + (at & (size - 1)) + 8,
	};
}

u64 fake_ring_field_pa(const struct fake_ring *ring, enum fake_ring_field field)
{
	static const u32 at[] = {
		[FAKE_RING_COUNT_BITS] = offsetof(struct ringbuffer, desc_ring.count_bits),
		[FAKE_RING_SIZE_BITS] = offsetof(struct ringbuffer, text_data_ring.size_bits),
		[FAKE_RING_HEAD_ID] = offsetof(struct ringbuffer, desc_ring.head_id),
		[FAKE_RING_TAIL_ID] = offsetof(struct ringbuffer, desc_ring.tail_id),
	};

	return ring->pa + at[field];
}

u32 fake_ring_vmcoreinfo(const struct fake_ring *ring, char *text, u32 size)
{
	int bytes = snprintf(text, size,
			     "SYMBOL(prb)=%llx\n"
			     "OFFSET(printk_ringbuffer.desc_ring)=%zu\n"
			     "OFFSET(printk_ringbuffer.text_data_ring)=%zu\n"
			     "OFFSET(prb_desc_ring.count_bits)=%zu\n"
			     "OFFSET(prb_desc_ring.descs)=%zu\n"
			     "OFFSET(prb_desc_ring.infos)=%zu\n"
			     "OFFSET(prb_desc_ring.head_id)=%zu\n"
			     "OFFSET(prb_desc_ring.tail_id)=%zu\n"
			     "SIZE(prb_desc)=%zu\n"
			     "OFFSET(prb_desc.state_var)=%zu\n"
			     "OFFSET(prb_desc.text_blk_lpos)=%zu\n"
			     "OFFSET(prb_data_blk_lpos.begin)=%zu\n"
			     "OFFSET(prb_data_blk_lpos.next)=%zu\n"
			     "SIZE(printk_info)=%zu\n"
			     "OFFSET(printk_info.ts_nsec)=%zu\n"
			     "OFFSET(printk_info.text_len)=%zu\n"
			     "OFFSET(prb_data_ring.size_bits)=%zu\n"
			     "OFFSET(prb_data_ring.data)=%zu\n"
			     "OFFSET(atomic_long_t.counter)=0\n",
			     (unsigned long long)(FAKE_VA + ring->pa),
			     offsetof(struct ringbuffer, desc_ring), offsetof(struct ringbuffer, text_data_ring),
			     offsetof(struct desc_ring, count_bits), offsetof(struct desc_ring, descs),
			     offsetof(struct desc_ring, infos), offsetof(struct desc_ring, head_id),
			     offsetof(struct desc_ring, tail_id), sizeof(struct prb_desc),
			     offsetof(struct prb_desc, state), offsetof(struct prb_desc, text_blk),
			     offsetof(struct data_blk_lpos, begin), offsetof(struct data_blk_lpos, next),
			     sizeof(struct printk_info), offsetof(struct printk_info, ts_nsec),
			     offsetof(struct printk_info, text_len), offsetof(struct data_ring, size_bits),
			     offsetof(struct data_ring, data));

	if (bytes < 0 || (u32)bytes >= size)
		abort();
	return (u32)bytes;
}
