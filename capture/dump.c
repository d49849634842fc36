// SPDX-License-Identifier: GPL-2.0
/*
 * Stage 2: the dead kernel's memory to the target.  Requests point straight into old
 * memory; as many are in flight as the disk takes.
 */
#include "capture/dump.h"

struct vmcoreinfo dump_vmcoreinfo(const struct elf_layout *layout)
{
	struct vmcoreinfo info = { 0 };
	struct elfcore_note note;
	u32 bytes, at = 0;
	const u8 *notes = elf_layout_notes(layout, &bytes);

	while (elfcore_next_note(notes, bytes, &at, &note)) {
		if (elfcore_note_is(&note, "VMCOREINFO", 0)) {
			info.text = (const char *)note.desc;
			info.bytes = note.desc_bytes;
		}
	}
	return info;
}

struct phase_log dump_phase_log(const struct elf_layout *layout)
{
	u32 bytes;
	const u8 *notes = elf_layout_notes(layout, &bytes);

	return phase_log_find(notes, bytes);
}

static int write_bounced(struct dump *dump, u64 pa, u64 offset)
{
	int err = dump->mem->read(dump->mem, pa, dump->bounce, PAGE_BYTES);

	if (err) {
		oldmem_fill_pattern(dump->bounce, PAGE_BYTES);
		dump->pages_bad++;
		dump->observer.bad_page(dump->observer.context, pa);
	} else {
		dump->pages_bounced++;
	}
	return target_write(&dump->target, offset, dump->bounce, PAGE_BYTES);
}

/* The disk could not read some page of this run: finds out which, and writes all others. */
static int write_page_by_page(struct dump *dump, u64 pa, u64 offset, u32 bytes)
{
	for (u32 at = 0; at < bytes; at += PAGE_BYTES) {
		int err = target_write(&dump->target, offset + at, dump->mem->direct + pa + at, PAGE_BYTES);

		if (err == -EFAULT)
			err = write_bounced(dump, pa + at, offset + at);
		if (err)
			return err;
	}
	return 0;
}

static int finish_io(struct dump *dump, struct dump_io *io)
{
	u64 pa = (u64)((u8 *)io->buf - dump->mem->direct), offset = io->tag;
	u32 bytes = io->bytes;
	int err = io->status;

	io->bytes = 0;
	if (err == -EFAULT)
		err = write_page_by_page(dump, pa, offset, bytes);
	else if (err) {
		dump->target.error = err == -ETIMEDOUT ? DUMP_TARGET_TIMEOUT : DUMP_TARGET_IO;
		dump->target.error_offset = (s64)offset;
	}
	if (err)
		return err;
	dump->done_bytes += bytes;
	dump->observer.progress(dump->observer.context, dump->done_bytes, dump->layout.file_bytes);
	return 0;
}

/* A request is idle when bytes is 0, else in flight or to be finished. */
static int reap(struct dump *dump, struct dump_io **ret_idle)
{
	*ret_idle = NULL;
	for (u32 i = 0; i < dump->io_count; i++) {
		struct dump_io *io = &dump->io[i];

		if (io->bytes && !io->busy) {
			int err = finish_io(dump, io);

			if (err)
				return err;
		}
		if (!io->bytes)
			*ret_idle = io;
	}
	return 0;
}

static int drain(struct dump *dump)
{
	struct dump_io *idle;
	bool in_flight;

	do {
		int err;

		dump->target.disk->poll(dump->target.disk);
		err = reap(dump, &idle);
		if (err)
			return err;
		in_flight = false;
		for (u32 i = 0; i < dump->io_count; i++)
			in_flight |= dump->io[i].bytes != 0;
	} while (in_flight);
	return 0;
}

/* After a failure: what is in flight reads memory and writes the disk until the disk says that it is done. */
static void settle(struct dump *dump)
{
	for (u32 i = 0; i < dump->io_count; i++) {
		while (dump->io[i].busy)
			dump->target.disk->poll(dump->target.disk);
		dump->io[i].bytes = 0;
	}
}

static int start_write(struct dump *dump, u64 pa, u64 offset, u32 bytes)
{
	struct dump_io *io;
	int err;

	for (;;) {
		err = reap(dump, &io);
		if (err)
			return err;
		if (io) {
			io->buf = dump->mem->direct + pa;
			io->bytes = bytes;
			err = target_submit(&dump->target, io, offset);
			if (err)
				io->bytes = 0;
			if (err != -EAGAIN)
				return err;
		}
		dump->target.disk->poll(dump->target.disk);
	}
}

/* A page that only partly belongs to the segment; the rest of its block is zero. */
static int write_edge(struct dump *dump, u64 pa, u64 offset, u32 bytes)
{
	u32 skip = (u32)(pa % PAGE_BYTES);

	memset(dump->bounce, 0, PAGE_BYTES);
	if (dump->mem->read(dump->mem, pa, dump->bounce + skip, bytes)) {
		oldmem_fill_pattern(dump->bounce + skip, bytes);
		dump->pages_bad++;
		dump->observer.bad_page(dump->observer.context, pa - skip);
	}
	dump->done_bytes += bytes;
	return target_write(&dump->target, offset - skip, dump->bounce, PAGE_BYTES);
}

static int write_segment(struct dump *dump, const Elf64_Phdr *load)
{
	u64 pa = load->p_paddr, end = pa + load->p_filesz, offset = TARGET_PAYLOAD_OFFSET + load->p_offset;
	int err = 0;

	while (pa < end && !err) {
		u64 page_end = align_down(pa, PAGE_BYTES) + PAGE_BYTES;
		u64 bytes = min_u64(end - pa, dump->target.disk->max_transfer_bytes);

		/* Not across a chunk, whose stamp is read when it is reached. */
		bytes = min_u64(bytes, TARGET_CHUNK_BYTES - offset % TARGET_CHUNK_BYTES);
		bytes = min_u64(bytes, target_run_bytes(&dump->target, offset));
		if (pa % PAGE_BYTES || end < page_end) {
			bytes = min_u64(end, page_end) - pa;
			err = write_edge(dump, pa, offset, (u32)bytes);
		} else {
			bytes = align_down(bytes, PAGE_BYTES);
			err = start_write(dump, pa, offset, (u32)bytes);
		}
		pa += bytes;
		offset += bytes;
	}
	return err;
}

int dump_memory(struct dump *dump)
{
	const struct elf_layout *layout = &dump->layout;
	struct target *target = &dump->target;
	int err;

	if (layout->file_bytes > target->header->payload_limit - TARGET_PAYLOAD_OFFSET) {
		target->error = DUMP_TARGET_TOO_SMALL;
		target->error_offset = -1;
		return -EFBIG;
	}
	for (u32 i = 0; i < layout->load_count; i++) {
		if (!elf_layout_owns_bytes(layout, i))
			continue;
		err = write_segment(dump, &layout->load[i]);
		if (err)
			return err;
	}
	if ((err = drain(dump)) ||
	    (err = target_write(target, TARGET_PAYLOAD_OFFSET, layout->header, (u32)layout->header_bytes)))
		return err;
	return target_flush(target);
}

static u64 count_pages(const struct elf_layout *layout)
{
	u64 pages = 0;

	for (u32 i = 0; i < layout->load_count; i++)
		if (elf_layout_owns_bytes(layout, i))
			pages += (layout->load[i].p_paddr % PAGE_BYTES + layout->load[i].p_filesz + PAGE_BYTES - 1) /
				 PAGE_BYTES;
	return pages;
}

int dump_finish(struct dump *dump, enum dump_error error, const char *error_text, const void *log, u32 log_bytes)
{
	struct target *target = &dump->target;
	struct target_header *header = target->header;
	int err;

	settle(dump);
	header->state = error ? TARGET_FAILED : TARGET_COMPLETE;
	header->first_error = error;
	header->first_error_offset = error ? target->error_offset : -1;
	memset(header->first_error_text, 0, sizeof(header->first_error_text));
	memcpy(header->first_error_text, error_text,
	       min_u64(strlen(error_text), sizeof(header->first_error_text) - 1));
	header->dump_bytes = dump->layout.file_bytes;
	header->pages_total = count_pages(&dump->layout);
	header->pages_bad = dump->pages_bad;
	header->pages_bounced = dump->pages_bounced;
	header->total_ms = (u32)((env_clock_us() - dump->entry_us) / 1000);
	header->log_used = (u32)min_u64(log_bytes, TARGET_LOG_BYTES);
	err = target_write(target, TARGET_LOG_OFFSET, log, (u32)align_up(header->log_used, PAGE_BYTES));
	if (err)
		header->log_used = 0;
	err = target_write_header(target);
	return err ? err : target_flush(target);
}
