// SPDX-License-Identifier: GPL-2.0
/*
 * Stage 2: the dead kernel's memory to the target, all of it.  Requests point straight into old
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
	return target_write(&dump->target, offset - skip, dump->bounce, PAGE_BYTES);
}

static int write_segment(struct dump *dump, const Elf64_Phdr *load)
{
	u64 pa = load->p_paddr, end = pa + load->p_filesz, offset = TARGET_PAYLOAD_OFFSET + load->p_offset;
	int err = 0;

	while (pa < end && !err) {
		u64 page_end = align_down(pa, PAGE_BYTES) + PAGE_BYTES;
		u64 bytes = align_down(min_u64(end - pa, dump->target.disk->max_transfer_bytes), PAGE_BYTES);

		if (pa % PAGE_BYTES || end < page_end) {
			bytes = min_u64(end, page_end) - pa;
			err = write_edge(dump, pa, offset, (u32)bytes);
		} else {
			err = dump_write_start(dump, dump->mem->direct + pa, NULL, offset, bytes);
		}
		pa += bytes;
		offset += bytes;
		dump->done_bytes += bytes;
		dump->observer.progress(dump->observer.context, dump->done_bytes, dump->layout.file_bytes);
	}
	return err;
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

int dump_memory(struct dump *dump)
{
	const struct elf_layout *layout = &dump->layout;
	struct target *target = &dump->target;
	int err;

	dump->payload = TARGET_PAYLOAD_ELF;
	dump->payload_bytes = layout->file_bytes;
	dump->pages_total = count_pages(layout);
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
	if ((err = dump_write_wait(dump, NULL)) ||
	    (err = target_write(target, TARGET_PAYLOAD_OFFSET, layout->header, (u32)layout->header_bytes)))
		return err;
	return target_flush(target);
}

int dump_finish(struct dump *dump, enum dump_error error, const char *error_text, const void *log, u32 log_bytes)
{
	struct target *target = &dump->target;
	struct target_header *header = target->header;
	int err;

	dump_write_settle(dump);
	header->state = error ? TARGET_FAILED : TARGET_COMPLETE;
	header->first_error = error;
	header->first_error_offset = error ? target->error_offset : -1;
	memset(header->first_error_text, 0, sizeof(header->first_error_text));
	memcpy(header->first_error_text, error_text,
	       min_u64(strlen(error_text), sizeof(header->first_error_text) - 1));
	header->payload = dump->payload;
	header->dump_level = dump->level;
	header->dump_bytes = dump->payload_bytes;
	header->pages_total = dump->pages_total;
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
