// SPDX-License-Identifier: GPL-2.0
#include "kexec/elf_image.h"

#include <errno.h>
#include <gelf.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>

#define ELF_IMAGE_MAX_LOADS 64
#define ELF_IMAGE_MAX_BYTES (1ull << 31)	/* of data in one part, gaps between segments too */

bool elf_image_is_elf(const void *file, size_t bytes)
{
	return bytes >= SELFMAG && !memcmp(file, ELFMAG, SELFMAG);
}

static const char *elf_image_reject_header(const GElf_Ehdr *ehdr)
{
	bool is_64 = ehdr->e_ident[EI_CLASS] == ELFCLASS64;

	if (ehdr->e_ident[EI_DATA] != ELFDATA2LSB || ehdr->e_machine != (is_64 ? EM_X86_64 : EM_386))
		return "it is an ELF file for another machine: x86-64 and i386 are supported";
	if (ehdr->e_type != ET_EXEC)
		return "it is an ELF file but no static executable";
	return NULL;
}

static const char *elf_image_reject_load(const GElf_Phdr *phdr, u64 file_bytes)
{
	if (phdr->p_filesz > phdr->p_memsz)
		return "it is damaged: a segment has more bytes in the file than in memory";
	if (phdr->p_offset > file_bytes || phdr->p_filesz > file_bytes - phdr->p_offset)
		return "it is truncated: a segment lies past the file's end";
	if (phdr->p_paddr + phdr->p_memsz < phdr->p_paddr || phdr->p_paddr + phdr->p_memsz > 1ull << 52)
		return "it is damaged: a segment lies outside the physical address space";
	return NULL;
}

static int elf_image_compare(const void *a, const void *b)
{
	const GElf_Phdr *x = a, *y = b;

	return x->p_paddr < y->p_paddr ? -1 : x->p_paddr > y->p_paddr;
}

/* The PT_LOADs with memory, by physical address. */
static int elf_image_read_loads(Elf *elf, u64 file_bytes, GElf_Phdr *loads, u32 *ret_count, const char **ret_why)
{
	size_t phdrs;
	u32 count = 0;

	*ret_why = "it is damaged: its program headers can't be read";
	if (elf_getphdrnum(elf, &phdrs))
		return -ENOEXEC;
	for (size_t i = 0; i < phdrs; i++) {
		GElf_Phdr phdr;

		if (!gelf_getphdr(elf, i, &phdr))
			return -ENOEXEC;
		*ret_why = "it needs a dynamic linker";
		if (phdr.p_type == PT_INTERP)
			return -ENOEXEC;
		if (phdr.p_type != PT_LOAD || !phdr.p_memsz)
			continue;
		*ret_why = "it has too many segments";
		if (count == ELF_IMAGE_MAX_LOADS)
			return -ENOEXEC;
		*ret_why = elf_image_reject_load(&phdr, file_bytes);
		if (*ret_why)
			return -ENOEXEC;
		loads[count++] = phdr;
	}
	*ret_why = "it has nothing to load";
	if (!count)
		return -ENOEXEC;
	qsort(loads, count, sizeof(*loads), elf_image_compare);
	*ret_why = "it is damaged: two segments overlap";
	for (u32 i = 1; i < count; i++)
		if (loads[i].p_paddr < loads[i - 1].p_paddr + loads[i - 1].p_memsz)
			return -ENOEXEC;
	*ret_count = count;
	return 0;
}

/* Linux gives a physical entry point, others the virtual one of a segment. */
static int elf_image_find_entry(u64 entry, const GElf_Phdr *loads, u32 count, u64 *ret_pa)
{
	for (u32 i = 0; i < count; i++)
		if (entry >= loads[i].p_paddr && entry - loads[i].p_paddr < loads[i].p_memsz) {
			*ret_pa = entry;
			return 0;
		}
	for (u32 i = 0; i < count; i++)
		if (entry >= loads[i].p_vaddr && entry - loads[i].p_vaddr < loads[i].p_memsz) {
			*ret_pa = entry - loads[i].p_vaddr + loads[i].p_paddr;
			return 0;
		}
	return -ENOEXEC;
}

/* Loads [first, end) become one part. */
static int elf_image_add_part(struct elf_image *image, const u8 *file, const GElf_Phdr *loads, u32 first, u32 end,
			      const char **ret_why)
{
	struct elf_image_part part = { .pa = align_down(loads[first].p_paddr, PAGE_BYTES) };
	const GElf_Phdr *last = &loads[end - 1];

	part.bytes = align_up(last->p_paddr + last->p_memsz, PAGE_BYTES) - part.pa;
	for (u32 i = first; i < end; i++)
		if (loads[i].p_filesz)
			part.data_bytes = loads[i].p_paddr + loads[i].p_filesz - part.pa;
	*ret_why = "its segments are too large";
	if (part.data_bytes > ELF_IMAGE_MAX_BYTES)
		return -ENOEXEC;
	part.data = calloc(1, part.data_bytes ?: 1);
	if (!part.data)
		return -ENOMEM;
	for (u32 i = first; i < end; i++)
		memcpy(part.data + (loads[i].p_paddr - part.pa), file + loads[i].p_offset, loads[i].p_filesz);
	image->part[image->count++] = part;
	return 0;
}

static int elf_image_make_parts(struct elf_image *image, const u8 *file, const GElf_Phdr *loads, u32 count,
				const char **ret_why)
{
	u32 first = 0;

	for (u32 i = 1; i <= count; i++) {
		u64 end = align_up(loads[i - 1].p_paddr + loads[i - 1].p_memsz, PAGE_BYTES);
		int err;

		if (i < count && align_down(loads[i].p_paddr, PAGE_BYTES) <= end)
			continue;
		*ret_why = "its segments lie in too many places";
		if (image->count == ELF_IMAGE_MAX_PARTS)
			return -ENOEXEC;
		err = elf_image_add_part(image, file, loads, first, i, ret_why);
		if (err)
			return err;
		first = i;
	}
	return 0;
}

static int elf_image_read(struct elf_image *image, Elf *elf, const void *file, size_t bytes, const char **ret_why)
{
	GElf_Phdr loads[ELF_IMAGE_MAX_LOADS];
	GElf_Ehdr ehdr;
	u32 count;
	int err;

	*ret_why = "it is damaged: its ELF header can't be read";
	if (elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &ehdr))
		return -ENOEXEC;
	*ret_why = elf_image_reject_header(&ehdr);
	if (*ret_why)
		return -ENOEXEC;
	image->is_64 = ehdr.e_ident[EI_CLASS] == ELFCLASS64;
	err = elf_image_read_loads(elf, bytes, loads, &count, ret_why);
	if (err)
		return err;
	*ret_why = "it is damaged: its entry point lies outside its segments";
	err = elf_image_find_entry(ehdr.e_entry, loads, count, &image->entry_pa);
	return err ? err : elf_image_make_parts(image, file, loads, count, ret_why);
}

int elf_image_init(struct elf_image *ret_image, const void *file, size_t bytes, const char **ret_why)
{
	struct elf_image image = { 0 };
	Elf *elf;
	int err;

	*ret_why = "this libelf is too old";
	if (elf_version(EV_CURRENT) == EV_NONE)
		return -ENOEXEC;
	elf = elf_memory((char *)file, bytes);
	if (!elf)
		return -ENOMEM;
	err = elf_image_read(&image, elf, file, bytes, ret_why);
	elf_end(elf);
	if (err) {
		elf_image_deinit(&image);
		return err;
	}
	*ret_image = image;
	return 0;
}

void elf_image_deinit(struct elf_image *image)
{
	for (u32 i = 0; i < image->count; i++)
		free(image->part[i].data);
	*image = (struct elf_image){ 0 };
}
