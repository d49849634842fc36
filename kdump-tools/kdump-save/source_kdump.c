// SPDX-License-Identifier: GPL-2.0
#include "kdump-save/source_kdump.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/file.h"
#include "common/log.h"
#include "capture/page_filter.h"
#include "kdump-save/kdump_file.h"
#include "kdump-save/page_cache.h"

#define CHUNK_DESCRIPTORS 2048u
#define CHUNK_BITS_BYTES 4096u
#define DEFAULT_DIRECT_MAP 0xffff888000000000ull	/* without KASLR (Linux Documentation/x86/x86_64/mm.rst) */
#define ENTRY_PRESENT 1ull	/* Intel SDM vol. 3, 4.5 */
#define ENTRY_LEAF 0x80ull
#define DIRECT_MAP_ALIGN_BYTES (1ull << 30)		/* KASLR moves it by whole entries of the third level (arch/x86/mm/kaslr.c) */

struct source_kdump {
	u8 *present;
	u64 end_pfn;
	u32 count;
	struct kdump_file file[];
};

/* --- pages ---------------------------------------------------------------------------------- */

static bool has_page(const struct source_kdump *kdump, u64 pfn)
{
	return pfn < kdump->end_pfn && (kdump->present[pfn / 8] >> (pfn % 8) & 1);
}

static int read_page(const struct source_kdump *kdump, u64 pfn, u8 buf[PAGE_BYTES])
{
	for (u32 i = 0; has_page(kdump, pfn) && i < kdump->count; i++) {
		const struct kdump_file *file = &kdump->file[i];
		struct kdump_page page;

		if (!kdump_file_has(file, pfn))
			continue;
		return kdump_file_find(file, kdump_file_rank(file, pfn), &page) || kdump_file_read(file, &page, buf) ? -EIO : 0;
	}
	return -EFAULT;
}

static int read_for_cache(const struct source *source, u64 pfn, u8 page[PAGE_BYTES])
{
	return read_page(source->kdump, pfn, page);
}

static int read_memory(const struct oldmem *mem, u64 pa, void *buf, size_t bytes)
{
	const struct source *source = (const struct source *)mem;	/* its first member */
	u8 *to = buf;

	while (bytes) {
		u64 here = min_u64(bytes, PAGE_BYTES - pa % PAGE_BYTES);
		int err = here == PAGE_BYTES ? read_page(source->kdump, pa / PAGE_BYTES, to) :
					       page_cache_read(source, pa, to, here, read_for_cache);

		if (err)
			return err;
		pa += here;
		to += here;
		bytes -= here;
	}
	return 0;
}

/* --- which pages there are ------------------------------------------------------------------ */

static bool is_there(const struct kdump_file *file, const struct kdump_page *page)
{
	return page->offset && page->bytes && page->offset < file->file_bytes && page->bytes <= file->file_bytes - page->offset;
}

/* Marks what is behind the descriptors, in their order; a descriptor that is cut off reads as zeroes. */
static int mark_present(struct source_kdump *kdump, const struct kdump_file *file, u64 *ret_there)
{
	struct kdump_page *chunk = malloc(CHUNK_DESCRIPTORS * sizeof(*chunk));
	u64 rank = 0;
	int err = chunk ? 0 : -ENOMEM;

	for (u64 pfn = file->start_pfn; pfn < file->stop_pfn && !err; pfn++) {
		if (!kdump_file_has(file, pfn))
			continue;
		if (rank % CHUNK_DESCRIPTORS == 0)
			err = kdump_file_find_many(file, rank, chunk, (u32)min_u64(CHUNK_DESCRIPTORS, file->pages - rank));
		if (!err && is_there(file, &chunk[rank++ % CHUNK_DESCRIPTORS])) {
			kdump->present[pfn / 8] |= (u8)(1u << (pfn % 8));
			++*ret_there;
		}
	}
	free(chunk);
	return err;
}

static bool belongs(const struct kdump_file *first, const struct kdump_file *file)
{
	return file->end_pfn == first->end_pfn && file->header.bitmap_blocks == first->header.bitmap_blocks &&
	    file->sub.vmcoreinfo_bytes == first->sub.vmcoreinfo_bytes && file->header.time_s == first->header.time_s && file->sub.split;
}

static int open_files(struct source *source, const char *const *paths, u32 count)
{
	struct source_kdump *kdump = source->kdump;
	u64 covered = 0, there = 0, pages = 0;

	for (u32 i = 0; i < count; i++) {
		struct kdump_file *file = &kdump->file[i];
		int fd = open(paths[i], O_RDONLY | O_CLOEXEC), err;

		source->path = paths[i];
		if (fd < 0)
			return -errno;
		err = kdump_file_open(file, fd);
		if (err) {
			close(fd);
			return err;
		}
		kdump->count++;
		if (count > 1 && !belongs(&kdump->file[0], file))
			return -EXDEV;
		if (!kdump->present) {
			kdump->end_pfn = file->end_pfn;
			kdump->present = calloc(1, file->end_pfn / 8 + 1);
		}
		err = kdump->present ? mark_present(kdump, file, &there) : -ENOMEM;
		if (err)
			return err;
		pages += file->pages;
		covered += file->stop_pfn - file->start_pfn;
		source->level |= file->sub.dump_level & LEVEL_ALL;
		source->incomplete |= file->header.status & KDUMP_INCOMPLETE || file->bitmap_missing;
	}
	source->incomplete |= there < pages || covered < kdump->end_pfn;
	if (source->incomplete)
		log_warning("%s: not all of a dump; it has %llu pages", paths[0], (unsigned long long)there);
	return 0;
}

/* --- the ELF core that it was made of ------------------------------------------------------- */

/*
 * Where the kernel has all memory mapped, from physical address 0 on: nothing of its own lies
 * lower, so the first entry of each table leads there.
 */
static u64 direct_map(const struct source *source)
{
	u64 table_pa, va, entry;
	struct kernel_map map;

	if (kernel_map_init(&map, &source->mem, &source->info))
		return DEFAULT_DIRECT_MAP;
	table_pa = map.top_pa;
	va = ~0ull << (12 + 9 * map.levels);
	for (unsigned level = map.levels; level; level--) {
		u64 index = level == map.levels ? 256 : 0;	/* the kernel's half */

		do {
			if (index == 512 || map.mem->read(map.mem, table_pa + index * sizeof(entry), &entry, sizeof(entry)))
				return DEFAULT_DIRECT_MAP;
			index++;
		} while (!(entry & ENTRY_PRESENT));
		va += (index - 1) * ((u64)PAGE_BYTES << (9 * (level - 1)));
		table_pa = entry & map.pa_mask;
		if (entry & ENTRY_LEAF && level <= 3)
			break;
	}
	va -= table_pa;
	return va % DIRECT_MAP_ALIGN_BYTES ? DEFAULT_DIRECT_MAP : va;
}

/* Runs of bitmap 1, in bytes, to phdr[most]; NULL: only counted.  -EBADMSG: more than a core can list. */
static int list_runs(const struct kdump_file *file, u64 direct_map_va, Elf64_Phdr *phdr, u32 *ret_count)
{
	u64 start = 0;
	u32 count = 0;
	bool in = false;

	for (u64 pfn = 0; pfn <= file->end_pfn; pfn++) {
		static __thread u8 bits[CHUNK_BITS_BYTES];
		bool bit;

		if (pfn % (CHUNK_BITS_BYTES * 8) == 0 && kdump_file_read_ram(file, pfn, bits, CHUNK_BITS_BYTES))
			return -EIO;
		bit = pfn < file->end_pfn && bits[pfn / 8 % CHUNK_BITS_BYTES] >> (pfn % 8) & 1;
		if (bit && !in)
			start = pfn * PAGE_BYTES;
		if (!bit && in) {
			u64 bytes = pfn * PAGE_BYTES - start;

			if (count + 3 > ELFCORE_MAX_PHDRS)
				return -EBADMSG;
			if (phdr)
				phdr[count] = (Elf64_Phdr){ .p_type = PT_LOAD, .p_flags = PF_R | PF_W | PF_X, .p_vaddr = direct_map_va + start,
							    .p_paddr = start, .p_filesz = bytes, .p_memsz = bytes };
			count++;
		}
		in = bit;
	}
	*ret_count = count;
	return 0;
}

/* The kernel's text and data, which it has at a second place: as far as the RAM goes that it lies in. */
static bool text_load(const struct source *source, const Elf64_Phdr *loads, u32 count, Elf64_Phdr *text)
{
	u64 va, pa, phys_base;

	if (vmcoreinfo_number(&source->info, "SYMBOL(_stext)", 16, &va) || va < SOURCE_TEXT_VA || va >= SOURCE_TEXT_END_VA ||
	    vmcoreinfo_number(&source->info, "NUMBER(phys_base)", 10, &phys_base))
		return false;
	pa = va - SOURCE_TEXT_VA + phys_base;
	for (u32 i = 0; i < count; i++) {
		if (pa < loads[i].p_paddr || pa - loads[i].p_paddr >= loads[i].p_filesz)
			continue;
		*text = (Elf64_Phdr){ .p_type = PT_LOAD, .p_flags = PF_R | PF_W | PF_X, .p_vaddr = va, .p_paddr = pa };
		text->p_filesz = text->p_memsz = min_u64(loads[i].p_paddr + loads[i].p_filesz - pa, SOURCE_TEXT_END_VA - va);
		return true;
	}
	return false;
}

static int make_headers(struct source *source)
{
	const struct kdump_file *file = &source->kdump->file[0];
	u64 bytes, base = direct_map(source);
	Elf64_Ehdr *ehdr;
	Elf64_Phdr *phdr;
	u32 count;
	int err = list_runs(file, base, NULL, &count);

	if (err)
		return err;
	bytes = sizeof(*ehdr) + (count + 2ull) * sizeof(*phdr);
	source->headers = calloc(1, bytes);
	if (!source->headers)
		return -ENOMEM;
	ehdr = (Elf64_Ehdr *)source->headers;
	phdr = (Elf64_Phdr *)(ehdr + 1);
	*ehdr = (Elf64_Ehdr){ .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT }, .e_type = ET_CORE,
			      .e_machine = EM_X86_64, .e_version = EV_CURRENT, .e_phoff = sizeof(*ehdr), .e_ehsize = sizeof(*ehdr),
			      .e_phentsize = sizeof(*phdr), .e_phnum = (Elf64_Half)(count + 1) };
	phdr[0].p_type = PT_NOTE;
	err = list_runs(file, base, phdr + 1, &count);
	if (err)
		return err;
	if (text_load(source, phdr + 1, count, &phdr[count + 1]))
		ehdr->e_phnum++;
	return source_take_headers(source, bytes);
}

static int read_notes(struct source *source)
{
	const struct kdump_file *file = &source->kdump->file[0];
	u64 notes = file->sub.notes_bytes, info = file->sub.vmcoreinfo_bytes;

	if (notes > SOURCE_NOTES_MAX_BYTES || info > SOURCE_NOTES_MAX_BYTES)
		return -EBADMSG;
	source->notes = calloc(1, notes + info + 1);
	if (!source->notes)
		return -ENOMEM;
	if (!file_pread_all(file->fd, source->notes, notes, file->sub.notes_offset))
		source_take_notes(source, source->notes, (u32)notes);
	/* A dump may have it only here. */
	if (!source->info.bytes && !file_pread_all(file->fd, source->notes + notes, info, file->sub.vmcoreinfo_offset))
		source->info = (struct vmcoreinfo){ (const char *)source->notes + notes, (u32)info };
	return 0;
}

int source_kdump_open(struct source *source, const char *const *paths, u32 count)
{
	int err;

	source->kdump = calloc(1, sizeof(*source->kdump) + count * sizeof(struct kdump_file));
	if (!source->kdump)
		return -ENOMEM;
	err = open_files(source, paths, count);
	if (err) {
		source_kdump_close(source);
		return err;
	}
	source->mem.read = read_memory;
	source->present = source->kdump->present;
	err = read_notes(source);
	return err ? err : make_headers(source);
}

void source_kdump_close(struct source *source)
{
	struct source_kdump *kdump = source->kdump;

	if (!kdump)
		return;
	for (u32 i = 0; i < kdump->count; i++) {
		close(kdump->file[i].fd);
		kdump_file_close(&kdump->file[i]);
	}
	free(kdump->present);
	free(kdump);
	source->kdump = NULL;
}

int source_kdump_codec(const struct source *source, const struct page_codec **ret_codec)
{
	u32 flag = source->kdump->file[0].header.status & ~KDUMP_INCOMPLETE;
	const struct page_codec *codec = codecs_by_flag(flag);

	if (flag && !codec)
		return -EOPNOTSUPP;
	*ret_codec = codec;
	return 0;
}
