// SPDX-License-Identifier: GPL-2.0
/* An ELF core with every PT_LOAD at its full size; a page that is left out is a hole in the file. */
#include "kdump-save/save.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "capture/elf_layout.h"
#include "capture/page_cursor.h"
#include "common/log.h"
#include "kdump-save/bar.h"

#define RUN_PAGES 64u

/* Pages in a row, on their way out. */
struct run {
	struct source *source;
	const struct elf_layout *layout;
	struct out *out;
	struct bar *bar;
	struct save_result *result;
	bool drop_zeroes;
	u64 pfn;
	u32 count;
	u8 *pages;	/* RUN_PAGES */
};

static int make_header(const struct source *source, struct elf_layout *layout)
{
	u64 notes_at = sizeof(Elf64_Ehdr) + (source->core.count + 1ull) * sizeof(Elf64_Phdr);
	u64 bytes = align_up(notes_at + source->notes_bytes, PAGE_BYTES);
	u8 *header = calloc(1, bytes);
	Elf64_Ehdr *ehdr = (Elf64_Ehdr *)header;
	Elf64_Phdr *phdr;

	if (!header)
		return -ENOMEM;
	memcpy(header, source->headers, sizeof(*ehdr));
	ehdr->e_phoff = sizeof(*ehdr);
	ehdr->e_shnum = ehdr->e_shstrndx = 0;
	ehdr->e_shoff = 0;
	ehdr->e_phnum = 1;
	phdr = (Elf64_Phdr *)(ehdr + 1);
	phdr[0] = (Elf64_Phdr){ .p_type = PT_NOTE, .p_offset = notes_at, .p_filesz = source->notes_bytes, .p_memsz = source->notes_bytes };
	for (u32 i = 0; i < source->core.count; i++) {
		if (source->phdr[i].p_type != PT_LOAD || !source->phdr[i].p_filesz)
			continue;
		phdr[ehdr->e_phnum] = source->phdr[i];
		phdr[ehdr->e_phnum++].p_memsz = source->phdr[i].p_filesz;
	}
	memcpy(header + notes_at, source->notes, source->notes_bytes);
	return elf_layout_adopt(layout, header, bytes);
}

/* Bytes [start, end) of memory, which buf holds, to every load that has a place of its own for them. */
static int write_range(struct run *run, u64 start, u64 end, const u8 *buf)
{
	for (u32 i = 0; i < run->layout->load_count; i++) {
		const Elf64_Phdr *load = &run->layout->load[i];
		u64 from = start > load->p_paddr ? start : load->p_paddr;
		u64 to = min_u64(end, load->p_paddr + load->p_filesz);
		int err;

		if (from >= to || !elf_layout_owns_bytes(run->layout, i))
			continue;
		err = out_write(run->out, load->p_offset + (from - load->p_paddr), buf + (from - start), (u32)(to - from));
		if (err)
			return err;
	}
	return 0;
}

/* A page at the edge of memory has less than all its bytes. */
static void read_page(struct run *run, u64 pa, u8 *page)
{
	const struct memrange_set *ram = &run->source->ram;
	const struct oldmem *mem = &run->source->mem;
	bool bad = false;

	if (!mem->read(mem, pa, page, PAGE_BYTES))
		return;
	memset(page, 0, PAGE_BYTES);
	for (u32 i = 0; i < ram->count; i++) {
		u64 start = ram->range[i].start > pa ? ram->range[i].start : pa, end = min_u64(ram->range[i].end, pa + PAGE_BYTES);

		if (start < end && mem->read(mem, start, page + (start - pa), (size_t)(end - start)))
			bad = true;
	}
	if (!bad)
		return;
	oldmem_fill_pattern(page, PAGE_BYTES);
	run->result->pages_bad++;
	bar_bad_page(run->bar, pa);
}

static int write_run(struct run *run)
{
	u64 start = run->pfn * PAGE_BYTES;
	u32 count = run->count;

	run->count = 0;
	return count ? write_range(run, start, start + count * PAGE_BYTES, run->pages) : 0;
}

static int add_page(struct run *run, u64 pfn)
{
	static const u8 zeroes[PAGE_BYTES];
	u8 *page;
	int err = 0;

	if (run->count && (pfn != run->pfn + run->count || run->count == RUN_PAGES))
		err = write_run(run);
	if (!run->count)
		run->pfn = pfn;
	page = run->pages + run->count * PAGE_BYTES;
	read_page(run, pfn * PAGE_BYTES, page);
	run->result->pages_kept++;
	if (!err && run->drop_zeroes && !memcmp(page, zeroes, PAGE_BYTES)) {
		run->result->pages_zero++;
		return write_run(run);
	}
	run->count++;
	return err;
}

static u64 count_ram(const struct memrange_set *ram)
{
	u64 bytes = 0;

	for (u32 i = 0; i < ram->count; i++)
		bytes += ram->range[i].end - ram->range[i].start;
	return bytes / PAGE_BYTES;
}

static int write_all(struct run *run, struct save_filter *filter)
{
	const struct elf_layout *layout = run->layout;
	u64 pfn, seen = 0, total = count_ram(&run->source->ram);
	struct page_cursor cursor;
	int err = out_write(run->out, 0, layout->header, (u32)layout->header_bytes);

	page_cursor_init(&cursor, &run->source->ram, filter->walk, filter->present);
	while (!err && page_cursor_next(&cursor, &pfn)) {
		err = add_page(run, pfn);
		if (++seen % 1024 == 0)
			bar_show(run->bar, seen, total);
	}
	if (!err)
		err = write_run(run);
	bar_end(run->bar);
	return err ? err : out_extend(run->out, layout->file_bytes);
}

int save_elf(const struct save_options *options, struct source *source, struct save_filter *filter, struct out *out, struct save_result *ret)
{
	struct bar bar = bar_start(options->messages & MESSAGE_PROGRESS);
	struct elf_layout layout = { 0 };
	struct run run = { .source = source, .layout = &layout, .out = out, .bar = &bar, .result = ret,
			   .drop_zeroes = filter->level & LEVEL_ZERO, .pages = aligned_alloc(PAGE_BYTES, RUN_PAGES * PAGE_BYTES) };
	int err = run.pages ? make_header(source, &layout) : -ENOMEM;

	*ret = (struct save_result){ 0 };
	if (err) {
		log_error("cannot lay out an ELF core of %s: %s", source->path, strerror(-err));
		err = -EOVERFLOW;	/* nothing of it is the output's fault */
	} else {
		err = write_all(&run, filter);
	}
	ret->file_bytes = out->end_bytes;
	free(layout.header);
	free(run.pages);
	return err;
}
