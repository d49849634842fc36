// SPDX-License-Identifier: GPL-2.0
/* Stage 1: what is worth most and is small, on disk before the long part begins. */
#include "capture/dump.h"
#include "capture/printk_ring.h"

/* Bytes on their way to the stage 1 area, a buffer at a time. */
struct stage1 {
	struct dump *dump;
	u32 used;		/* bytes of the area */
	u32 fill;		/* bytes of dump->text */
	u64 skip;		/* bytes of log still to leave out */
	u64 count;		/* bytes of log seen */
	u64 left;		/* bytes of log still promised */
};

static int drain(struct stage1 *s)
{
	struct dump *dump = s->dump;
	u32 bytes = (u32)align_up(s->fill, PAGE_BYTES);
	u32 start = s->used - s->fill;
	int err;

	if (!s->fill)
		return 0;
	memset(dump->text + s->fill, 0, bytes - s->fill);
	err = target_write(&dump->target, TARGET_STAGE1_OFFSET + start, dump->text, bytes);
	s->fill = 0;
	return err;
}

static int put(struct stage1 *s, const void *data, u32 bytes)
{
	const u8 *from = data;

	while (bytes) {
		u32 piece = (u32)min_u64(bytes, s->dump->text_bytes - s->fill);
		int err;

		memcpy(s->dump->text + s->fill, from, piece);
		s->fill += piece;
		s->used += piece;
		from += piece;
		bytes -= piece;
		if (s->fill < s->dump->text_bytes)
			continue;
		err = drain(s);
		if (err)
			return err;
	}
	return 0;
}

static int put_head(struct stage1 *s, enum stage1_type type, u32 bytes)
{
	struct stage1_record record = { .type = type, .bytes = bytes };

	return put(s, &record, sizeof(record));
}

static int put_padding(struct stage1 *s)
{
	return put(s, "\0\0\0\0\0\0\0", -s->used % 8);
}

static int put_record(struct stage1 *s, enum stage1_type type, const void *data, u32 bytes)
{
	int err = put_head(s, type, bytes);

	if (!err)
		err = put(s, data, bytes);
	return err ? err : put_padding(s);
}

static int put_notes(struct stage1 *s)
{
	struct elfcore_note note;
	u32 bytes, at = 0;
	const u8 *notes = elf_layout_notes(&s->dump->layout, &bytes);
	struct vmcoreinfo info = dump_vmcoreinfo(&s->dump->layout);
	struct phase_log log = dump_phase_log(&s->dump->layout);
	int err = 0;

	if (info.bytes)
		err = put_record(s, STAGE1_VMCOREINFO, info.text, info.bytes);
	if (!err && log.bytes)
		err = put_record(s, STAGE1_PHASE_LOG, log.text, log.bytes);
	while (!err && elfcore_next_note(notes, bytes, &at, &note)) {
		/* Half of the area is the log's. */
		if (elfcore_note_is(&note, "CORE", NT_PRSTATUS) &&
		    s->used + note.total_bytes + 16 < TARGET_STAGE1_BYTES / 2)
			err = put_record(s, STAGE1_CPU_NOTE, notes + at - note.total_bytes, note.total_bytes);
	}
	return err;
}

static int count_text(void *context, const char *text, u32 bytes)
{
	((struct stage1 *)context)->count += bytes;
	return 0;
}

static int put_text(void *context, const char *text, u32 bytes)
{
	struct stage1 *s = context;
	u32 skipped = (u32)min_u64(s->skip, bytes);

	s->skip -= skipped;
	bytes = (u32)min_u64(bytes - skipped, s->left);
	s->left -= bytes;
	return put(s, text + skipped, bytes);
}

/* The log's end is what tells of the crash: when it does not fit, its beginning goes. */
static int put_dmesg(struct stage1 *s)
{
	struct printk_ring ring;
	struct vmcoreinfo info = dump_vmcoreinfo(&s->dump->layout);
	u64 room = TARGET_STAGE1_BYTES - s->used - sizeof(struct stage1_record) - 8;
	int err;

	if (printk_ring_open(&ring, &s->dump->core, s->dump->mem, &info))
		return 0;	/* the vmcore may still have it: no reason to lose the dump */
	printk_ring_print(&ring, count_text, s);
	s->skip = s->count > room ? s->count - room : 0;
	s->left = s->count - s->skip;
	err = put_head(s, STAGE1_DMESG, (u32)s->left);
	if (!err)
		err = printk_ring_print(&ring, put_text, s);
	/* Failing memory may give less the second time; the record has the length that it was given. */
	for (; s->left && !err; s->left--)
		err = put(s, "\n", 1);
	return err ? err : put_padding(s);
}

/* The end of the last dump must not look like the start of this one. */
static int erase_old_vmcore(struct dump *dump)
{
	memset(dump->text, 0, PAGE_BYTES);
	return target_write(&dump->target, TARGET_PAYLOAD_OFFSET, dump->text, PAGE_BYTES);
}

/* Nothing that stood in the record before may look like this dump's. */
static void reset_record(struct target_header *header)
{
	const size_t at = offsetof(struct target_header, crash_time);

	u32 flags = header->flags;

	memset((u8 *)header + at, 0, sizeof(*header) - at);
	header->flags = flags;
	header->first_error_offset = -1;
}

int dump_stage1(struct dump *dump)
{
	struct target_header *header = dump->target.header;
	struct vmcoreinfo info = dump_vmcoreinfo(&dump->layout);
	struct stage1 s = { .dump = dump };
	u64 crash_time = 0;
	int err;

	/* Another target may have failed before. */
	dump->done_bytes = dump->pages_bad = dump->pages_bounced = dump->payload_bytes = dump->pages_total = 0;
	dump->payload = TARGET_PAYLOAD_ELF;
	dump->level = 0;
	vmcoreinfo_number(&info, "CRASHTIME", 10, &crash_time);
	reset_record(header);
	header->crash_time = crash_time;
	header->state = TARGET_STAGE1;
	if ((err = target_write_header(&dump->target)) ||
	    (err = erase_old_vmcore(dump)) ||
	    (err = put_notes(&s)) ||
	    (err = put_dmesg(&s)) ||
	    (err = drain(&s)) ||
	    (err = target_flush(&dump->target)))
		return err;
	header->state = TARGET_WRITING;
	header->stage1_used = s.used;
	header->stage1_ms = (u32)((env_clock_us() - dump->entry_us) / 1000);
	err = target_write_header(&dump->target);
	return err ? err : target_flush(&dump->target);
}
