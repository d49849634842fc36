// SPDX-License-Identifier: GPL-2.0
#include "capture/dump_kdump.h"

#define SAMPLES 64u	/* of each piece of memory */

/* --- the payload as a place to write to ---------------------------------------------------- */

static struct dump *dump_of(struct dump_out *out)
{
	return ((struct dump_kdump *)((u8 *)out - offsetof(struct dump_kdump, out)))->dump;
}

static int write_at(struct dump *dump, const void *buf, const void *owner, u64 offset, u32 bytes)
{
	u64 limit = dump->target.header->payload_limit - TARGET_PAYLOAD_OFFSET;

	if (offset <= limit && bytes <= limit - offset)
		return dump_write_start(dump, buf, owner, TARGET_PAYLOAD_OFFSET + offset, bytes);
	dump->target.error = DUMP_TARGET_TOO_SMALL;
	dump->target.error_offset = -1;
	return -EFBIG;
}

static int out_write(struct dump_out *out, u64 offset, const void *buf, u32 bytes)
{
	return write_at(dump_of(out), buf, buf, offset, bytes);
}

static int out_write_old(struct dump_out *out, u64 offset, u64 pa, u32 bytes)
{
	struct dump *dump = dump_of(out);

	return write_at(dump, dump->mem->direct + pa, NULL, offset, bytes);
}

static int out_wait(struct dump_out *out, const void *buf)
{
	return dump_write_wait(dump_of(out), buf);
}

static int out_read(struct dump_out *out, u64 offset, void *buf, u32 bytes)
{
	return target_read(&dump_of(out)->target, TARGET_PAYLOAD_OFFSET + offset, buf, bytes);
}

static void out_count(struct dump_out *out, u64 *ret_idle, u64 *ret_full)
{
	*ret_idle = dump_of(out)->disk_idle;
	*ret_full = dump_of(out)->disk_full;
}

static int out_flush(struct dump_out *out)
{
	int err = dump_write_wait(dump_of(out), NULL);

	return err ? err : target_flush(&dump_of(out)->target);
}

/* --- what is left out ------------------------------------------------------------------------ */

static int find_ram(struct dump_kdump *dk, const struct elf_layout *layout)
{
	dk->ram = (struct memrange_set){ dk->range, 0, layout->load_count };
	for (u32 i = 0; i < layout->load_count; i++) {
		const Elf64_Phdr *load = &layout->load[i];
		int err = elf_layout_owns_bytes(layout, i) ?
			  memrange_add(&dk->ram, load->p_paddr, load->p_paddr + load->p_filesz) : 0;

		if (err)
			return err;
	}
	return 0;
}

/* Why no struct page can be found; NULL when they can be. */
static const char *find_structs(struct dump_kdump *dk, struct kdump_dump *kdump)
{
	if (!kdump->info.bytes)
		return "there is no vmcoreinfo";
	if (kernel_map_init(&dk->map, dk->dump->mem, &kdump->info))
		return "vmcoreinfo does not lead to the kernel's page tables";
	kdump->map = &dk->map;
	if (mem_map_init(&dk->mem_map, &dk->map, &kdump->info, &dk->missing))
		return "vmcoreinfo does not tell where struct pages are";
	return NULL;
}

/* A few from all over memory: where most can't be read, the tables are damaged. */
static bool finds_structs(const struct dump_kdump *dk)
{
	u32 tried = 0, found = 0;

	for (u32 i = 0; i < dk->ram.count; i++) {
		u64 start = dk->ram.range[i].start / PAGE_BYTES, end = dk->ram.range[i].end / PAGE_BYTES;

		for (u64 pfn = start; pfn < end; pfn += (end - start) / SAMPLES + 1, tried++) {
			u64 va, head;

			found += !mem_map_page_va(&dk->mem_map, pfn, &va) && !kernel_map_read(&dk->map, va, &head, sizeof(head));
		}
	}
	return found >= tried / 2 + 1;
}

static const char *filter(struct dump_kdump *dk, struct kdump_dump *kdump)
{
	const char *why = find_structs(dk, kdump);

	if (why)
		return why;
	if (dk->mem_map.page_struct_bytes > DUMP_KDUMP_FILTER_BYTES / PAGE_FILTER_BATCH)
		return "struct pages are larger than usual";
	page_filter_init(&dk->filter, dk->level, &dk->mem_map, &kdump->info);
	dk->missing = dk->filter.missing;
	page_filter_walk_init(&dk->walk, &dk->filter, dk->filter_buffer);
	kdump->level = dk->filter.level;
	kdump->walk = &dk->walk;
	return finds_structs(dk) ? NULL : "most struct pages can't be read";
}

/* --- progress ------------------------------------------------------------------------------- */

static void tell_progress(void *context, u64 pages, u64 total_pages)
{
	struct dump *dump = context;

	dump->observer.progress(dump->observer.context, pages * PAGE_BYTES, total_pages * PAGE_BYTES);
}

static void tell_bad_page(void *context, u64 pa)
{
	struct dump *dump = context;

	dump->pages_bad++;
	dump->observer.bad_page(dump->observer.context, pa);
}

/* --- all of it ------------------------------------------------------------------------------ */

static u32 count_cpus(const void *notes, u32 bytes)
{
	struct elfcore_note note;
	u32 at = 0, cpus = 0;

	while (elfcore_next_note(notes, bytes, &at, &note))
		cpus += elfcore_note_is(&note, "CORE", NT_PRSTATUS);
	return cpus;
}

const char *dump_kdump_prepare(struct dump_kdump *dk, struct dump *dump)
{
	struct kdump_dump *kdump = &dk->kdump;
	const char *why;

	dk->dump = dump;
	dk->missing = NULL;
	dk->out = (struct dump_out){
		.align_bytes = TARGET_BLOCK, .write = out_write, .write_old = out_write_old, .wait = out_wait, .read = out_read,
		.count = out_count, .flush = out_flush,
	};
	*kdump = (struct kdump_dump){
		.mem = dump->mem, .ram = &dk->ram, .level = dk->level & LEVEL_ZERO, .info = dump_vmcoreinfo(&dump->layout),
		.codec = dk->codec, .adaptive = dk->adaptive, .workers = dk->workers, .out = &dk->out,
		.observer = { tell_progress, tell_bad_page, dump }, .buffer = dk->buffer,
	};
	kdump->notes = elf_layout_notes(&dump->layout, &kdump->notes_bytes);
	kdump->cpus = count_cpus(kdump->notes, kdump->notes_bytes);
	if (find_ram(dk, &dump->layout))
		return "memory has too many pieces";
	why = filter(dk, kdump);
	if (why) {
		kdump->walk = NULL;
		kdump->level = LEVEL_ZERO;
	}
	if (kdump_dump_prepare(kdump, dk->job_count))
		return "there is more memory than the format has numbers for";
	/* What needs no struct page can be done without. */
	return dk->level & ~LEVEL_ZERO ? why : NULL;
}

int dump_kdump_write(struct dump_kdump *dk)
{
	struct kdump_dump *kdump = &dk->kdump;
	struct dump *dump = dk->dump;
	int err;

	dump->payload = TARGET_PAYLOAD_KDUMP;
	dump->level = kdump->level;
	err = kdump_dump_write(kdump);
	dump->pages_total = kdump->pages_kept;
	if (!err)
		dump->payload_bytes = kdump->file_bytes;
	return err;
}
