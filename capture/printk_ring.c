// SPDX-License-Identifier: GPL-2.0
#include "capture/printk_ring.h"

/* State of a descriptor: the top two bits of its state word, above the record's id. */
#define DESC_STATE_SHIFT 62
#define DESC_ID_MASK ((1ull << DESC_STATE_SHIFT) - 1)
#define DESC_COMMITTED 1
#define DESC_FINALIZED 2

#define MAX_COUNT_BITS 24
#define MAX_SIZE_BITS 31
#define BLOCK_ID_BYTES 8	/* each text block opens with its record's id */
#define NO_TEXT_BIT 1		/* set in a position that stands for "no text" */

static int read_va(const struct printk_ring *ring, u64 va, void *buf, u32 bytes)
{
	u64 pa;
	int err = elfcore_translate(ring->core, va, &pa);

	return err ? err : ring->mem->read(ring->mem, pa, buf, bytes);
}

/* What vmcoreinfo says of the ring's structures. */
struct ring_layout {
	u64 prb, ring_desc, ring_text, count_bits, descs, infos, head_id, tail_id, size_bits, data;
	u64 desc_bytes, state, lpos, begin, next, info_bytes, ts_nsec, text_len, counter;
};

static int find_layout(const struct vmcoreinfo *info, struct ring_layout *l)
{
	const struct {
		char key[48];
		u8 base;
		u16 to;		/* a place in struct ring_layout: no pointer, so no relocation */
	} keys[] = {
#define AT(field) offsetof(struct ring_layout, field)
		{ "SYMBOL(prb)", 16, AT(prb) },
		{ "OFFSET(printk_ringbuffer.desc_ring)", 10, AT(ring_desc) },
		{ "OFFSET(printk_ringbuffer.text_data_ring)", 10, AT(ring_text) },
		{ "OFFSET(prb_desc_ring.count_bits)", 10, AT(count_bits) },
		{ "OFFSET(prb_desc_ring.descs)", 10, AT(descs) },
		{ "OFFSET(prb_desc_ring.infos)", 10, AT(infos) },
		{ "OFFSET(prb_desc_ring.head_id)", 10, AT(head_id) },
		{ "OFFSET(prb_desc_ring.tail_id)", 10, AT(tail_id) },
		{ "OFFSET(prb_data_ring.size_bits)", 10, AT(size_bits) },
		{ "OFFSET(prb_data_ring.data)", 10, AT(data) },
		{ "SIZE(prb_desc)", 10, AT(desc_bytes) },
		{ "OFFSET(prb_desc.state_var)", 10, AT(state) },
		{ "OFFSET(prb_desc.text_blk_lpos)", 10, AT(lpos) },
		{ "OFFSET(prb_data_blk_lpos.begin)", 10, AT(begin) },
		{ "OFFSET(prb_data_blk_lpos.next)", 10, AT(next) },
		{ "SIZE(printk_info)", 10, AT(info_bytes) },
		{ "OFFSET(printk_info.ts_nsec)", 10, AT(ts_nsec) },
		{ "OFFSET(printk_info.text_len)", 10, AT(text_len) },
		{ "OFFSET(atomic_long_t.counter)", 10, AT(counter) },
#undef AT
	};

	for (u32 i = 0; i < ARRAY_SIZE(keys); i++) {
		int err = vmcoreinfo_number(info, keys[i].key, keys[i].base, (u64 *)((u8 *)l + keys[i].to));

		if (err)
			return err;
	}
	/* Far above any real structure; keeps the sums below from overflowing. */
	if (l->desc_bytes > 4096 || l->info_bytes > 4096 || l->state > 4096 || l->lpos > 4096 ||
	    l->begin > 4096 || l->next > 4096 || l->counter > 4096 ||
	    l->ts_nsec > 4096 || l->ts_nsec + 8 > l->info_bytes ||
	    l->text_len > 4096 || l->text_len + 2 > l->info_bytes)
		return -EINVAL;
	return 0;
}

int printk_ring_open(struct printk_ring *ring, const struct elfcore *core, const struct oldmem *mem,
		     const struct vmcoreinfo *info)
{
	struct ring_layout l;
	u64 prb, desc_ring, text_ring;
	int err = find_layout(info, &l);

	if (err)
		return err;
	memset(ring, 0, sizeof(*ring));
	ring->core = core;
	ring->mem = mem;
	err = read_va(ring, l.prb, &prb, sizeof(prb));
	if (err)
		return err;
	desc_ring = prb + l.ring_desc;
	text_ring = prb + l.ring_text;
	if ((err = read_va(ring, desc_ring + l.count_bits, &ring->count_bits, 4)) ||
	    (err = read_va(ring, desc_ring + l.descs, &ring->descs_va, 8)) ||
	    (err = read_va(ring, desc_ring + l.infos, &ring->infos_va, 8)) ||
	    (err = read_va(ring, desc_ring + l.head_id + l.counter, &ring->head_id, 8)) ||
	    (err = read_va(ring, desc_ring + l.tail_id + l.counter, &ring->tail_id, 8)) ||
	    (err = read_va(ring, text_ring + l.size_bits, &ring->size_bits, 4)) ||
	    (err = read_va(ring, text_ring + l.data, &ring->text_va, 8)))
		return err;
	if (ring->count_bits > MAX_COUNT_BITS || ring->size_bits > MAX_SIZE_BITS ||
	    ((ring->head_id - ring->tail_id) & DESC_ID_MASK) >> ring->count_bits)
		return -EINVAL;
	ring->desc_bytes = (u32)l.desc_bytes;
	ring->desc_state = (u32)(l.state + l.counter);
	ring->desc_begin = (u32)(l.lpos + l.begin);
	ring->desc_next = (u32)(l.lpos + l.next);
	ring->info_bytes = (u32)l.info_bytes;
	ring->info_ts_nsec = (u32)l.ts_nsec;
	ring->info_text_len = (u32)l.text_len;
	return 0;
}

/* Where a record's text lies; false when the record is not there (any more, or yet). */
static bool find_text(const struct printk_ring *ring, u64 id, u64 *ret_va, u32 *ret_bytes, u64 *ret_ts_nsec)
{
	u64 index = id & ((1ull << ring->count_bits) - 1);
	u64 desc = ring->descs_va + index * ring->desc_bytes, info = ring->infos_va + index * ring->info_bytes;
	u64 mask = (1ull << ring->size_bits) - 1, state, begin, next;
	u16 text_bytes;

	if (read_va(ring, desc + ring->desc_state, &state, 8) ||
	    read_va(ring, desc + ring->desc_begin, &begin, 8) ||
	    read_va(ring, desc + ring->desc_next, &next, 8) ||
	    read_va(ring, info + ring->info_ts_nsec, ret_ts_nsec, 8) ||
	    read_va(ring, info + ring->info_text_len, &text_bytes, 2))
		return false;
	if ((state & DESC_ID_MASK) != id ||
	    (state >> DESC_STATE_SHIFT != DESC_COMMITTED && state >> DESC_STATE_SHIFT != DESC_FINALIZED))
		return false;
	if (begin & next & NO_TEXT_BIT) {
		*ret_bytes = 0;
		return true;
	}
	/* A block that does not fit before the ring's end lies at its start. */
	if (begin >> ring->size_bits != next >> ring->size_bits && next & mask)
		begin = next & ~mask;
	if (next - begin < BLOCK_ID_BYTES || next - begin > mask + 1)
		return false;
	*ret_va = ring->text_va + (begin & mask) + BLOCK_ID_BYTES;
	*ret_bytes = (u32)min_u64(text_bytes, next - begin - BLOCK_ID_BYTES);
	return true;
}

/* *budget: bytes of text that the ring can still hold; a damaged one may claim more. */
static int print_record(const struct printk_ring *ring, u64 id, u64 *budget,
			int (*emit)(void *context, const char *text, u32 bytes), void *context)
{
	char chunk[256], stamp[32], indent[32];
	u64 va = 0, ts_nsec;
	u32 bytes, piece, stamp_bytes;
	bool line_start = false;
	int err;

	if (!find_text(ring, id, &va, &bytes, &ts_nsec) || bytes > *budget)
		return 0;
	*budget -= bytes;
	snprintf(stamp, sizeof(stamp), "[%5lu.%06lu] ", (unsigned long)(ts_nsec / 1000000000),
		 (unsigned long)(ts_nsec / 1000 % 1000000));
	stamp_bytes = (u32)strlen(stamp);
	memset(indent, ' ', sizeof(indent));
	err = emit(context, stamp, stamp_bytes);
	while (bytes && !err) {
		piece = (u32)min_u64(bytes, sizeof(chunk));
		if (read_va(ring, va, chunk, piece))
			memset(chunk, '?', piece);
		for (u32 at = 0, end; at < piece && !err; at = end) {
			for (end = at; end < piece && chunk[end] != '\n'; end++)
				;
			end += end < piece;
			if (line_start)
				err = emit(context, indent, stamp_bytes);
			if (!err)
				err = emit(context, chunk + at, end - at);
			line_start = chunk[end - 1] == '\n';
		}
		va += piece;
		bytes -= piece;
	}
	if (!err && !line_start)
		err = emit(context, "\n", 1);
	return err;
}

int printk_ring_print(const struct printk_ring *ring,
		      int (*emit)(void *context, const char *text, u32 bytes), void *context)
{
	u64 records = ((ring->head_id - ring->tail_id) & DESC_ID_MASK) + 1;
	u64 budget = 1ull << ring->size_bits;
	int err = 0;

	for (u64 i = 0; i < records && !err; i++)
		err = print_record(ring, (ring->tail_id + i) & DESC_ID_MASK, &budget, emit, context);
	return err;
}
