// SPDX-License-Identifier: GPL-2.0
/* Where everything lies in the file /proc/vmcore; see vmcore_layout.h. */
#include "vmcore_layout.h"

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

static bool is_elf64(const union vmcore_ehdr *ehdr)
{
	return ehdr->ident[EI_CLASS] == ELFCLASS64;
}

/* What both classes must say about themselves. */
static bool is_core(u16 type, u32 version, u16 phentsize, size_t phdr_bytes, u16 phnum)
{
	return type == ET_CORE && version == EV_CURRENT && phentsize == phdr_bytes && phnum;
}

int vmcore_layout_check(const union vmcore_ehdr *ehdr, struct vmcore_table *ret_table)
{
	const Elf64_Ehdr *e64 = &ehdr->elf64;
	const Elf32_Ehdr *e32 = &ehdr->elf32;
	struct vmcore_table table;

	if (memcmp(ehdr->ident, ELFMAG, SELFMAG) || ehdr->ident[EI_VERSION] != EV_CURRENT)
		return -EINVAL;
	switch (ehdr->ident[EI_CLASS]) {
	case ELFCLASS64:
		if (e64->e_ehsize != sizeof(*e64) || e64->e_phoff < sizeof(*e64) ||
		    !is_core(e64->e_type, e64->e_version, e64->e_phentsize, sizeof(Elf64_Phdr), e64->e_phnum))
			return -EINVAL;
		table.offset = e64->e_phoff;
		table.count = e64->e_phnum;
		table.bytes = table.count * sizeof(Elf64_Phdr);
		break;
	case ELFCLASS32:
		if (e32->e_ehsize != sizeof(*e32) || e32->e_phoff < sizeof(*e32) ||
		    !is_core(e32->e_type, e32->e_version, e32->e_phentsize, sizeof(Elf32_Phdr), e32->e_phnum))
			return -EINVAL;
		table.offset = e32->e_phoff;
		table.count = e32->e_phnum;
		table.bytes = table.count * sizeof(Elf32_Phdr);
		break;
	default:
		return -EINVAL;
	}
	*ret_table = table;
	return 0;
}

void vmcore_layout_decode(const union vmcore_ehdr *ehdr, const struct vmcore_table *table,
			  const void *raw, Elf64_Phdr *phdr)
{
	const Elf32_Phdr *narrow = raw;
	unsigned int i;

	if (is_elf64(ehdr)) {
		memcpy(phdr, raw, table->bytes);
		return;
	}
	for (i = 0; i < table->count; i++)
		phdr[i] = (Elf64_Phdr){
			.p_type = narrow[i].p_type, .p_flags = narrow[i].p_flags,
			.p_offset = narrow[i].p_offset, .p_align = narrow[i].p_align,
			.p_vaddr = narrow[i].p_vaddr, .p_paddr = narrow[i].p_paddr,
			.p_filesz = narrow[i].p_filesz, .p_memsz = narrow[i].p_memsz,
		};
}

size_t vmcore_layout_note_bytes(const void *notes, size_t room)
{
	size_t used = 0;

	/* Elf32_Nhdr and Elf64_Nhdr are the same three words; name and descriptor are padded to 4 bytes. */
	while (room - used >= sizeof(Elf64_Nhdr)) {
		const Elf64_Nhdr *note = notes + used;
		u64 bytes = sizeof(*note) + ALIGN((u64)note->n_namesz, 4) + ALIGN((u64)note->n_descsz, 4);

		if (!note->n_namesz || bytes > room - used)
			break;
		used += bytes;
	}
	return used;
}

u64 vmcore_layout_head_bytes(const union vmcore_ehdr *ehdr, unsigned int loads)
{
	u64 headers = 1 + (u64)loads;

	if (is_elf64(ehdr))
		return ALIGN(sizeof(Elf64_Ehdr) + headers * sizeof(Elf64_Phdr), PAGE_SIZE);
	return ALIGN(sizeof(Elf32_Ehdr) + headers * sizeof(Elf32_Phdr), PAGE_SIZE);
}

int vmcore_layout_load(const Elf64_Phdr *load, struct vmcore_part *ret_part)
{
	u64 start = load->p_offset - load->p_offset % PAGE_SIZE;
	u64 end = load->p_offset + load->p_memsz;

	if (end < load->p_offset || end > U64_MAX - PAGE_SIZE)
		return -EINVAL;
	*ret_part = (struct vmcore_part){ .pa = start, .bytes = ALIGN(end, PAGE_SIZE) - start };
	return 0;
}

int vmcore_layout_place(struct vmcore_layout *layout)
{
	u64 offset = 0;
	unsigned int i;

	for (i = 0; i < layout->count; i++) {
		if (layout->part[i].bytes > S64_MAX - offset)
			return -EFBIG;
		layout->part[i].offset = offset;
		offset += layout->part[i].bytes;
	}
	layout->bytes = offset;
	return 0;
}

const struct vmcore_part *vmcore_layout_find(const struct vmcore_layout *layout, u64 offset)
{
	unsigned int low = 0, high = layout->count;

	if (offset >= layout->bytes)
		return NULL;
	/* The last part that begins at or before offset; an empty one begins where its successor does. */
	while (high - low > 1) {
		unsigned int middle = low + (high - low) / 2;

		if (layout->part[middle].offset <= offset)
			low = middle;
		else
			high = middle;
	}
	return &layout->part[low];
}

static void write_head64(Elf64_Ehdr *to, const Elf64_Ehdr *from, unsigned int count)
{
	*to = *from;
	to->e_phoff = sizeof(*to);
	to->e_phnum = count;
}

static void write_head32(Elf32_Ehdr *to, const Elf32_Ehdr *from, unsigned int count)
{
	*to = *from;
	to->e_phoff = sizeof(*to);
	to->e_phnum = count;
}

/* Header number at of the file, in the file's class. */
static int write_phdr(void *head, const union vmcore_ehdr *ehdr, unsigned int at, const Elf64_Phdr *phdr)
{
	Elf64_Phdr *wide = head + sizeof(Elf64_Ehdr);
	Elf32_Phdr *narrow = head + sizeof(Elf32_Ehdr);

	if (is_elf64(ehdr)) {
		wide[at] = *phdr;
		return 0;
	}
	if (phdr->p_offset > U32_MAX - phdr->p_memsz)
		return -EFBIG;
	narrow[at] = (Elf32_Phdr){
		.p_type = phdr->p_type, .p_flags = phdr->p_flags,
		.p_offset = phdr->p_offset, .p_align = phdr->p_align,
		.p_vaddr = phdr->p_vaddr, .p_paddr = phdr->p_paddr,
		.p_filesz = phdr->p_filesz, .p_memsz = phdr->p_memsz,
	};
	return 0;
}

int vmcore_layout_encode(const struct vmcore_layout *layout, const union vmcore_ehdr *ehdr,
			 const Elf64_Phdr *load, unsigned int loads, u64 note_bytes)
{
	const struct vmcore_part *part = &layout->part[layout->count - loads];
	void *head = layout->part[0].buf;
	Elf64_Phdr phdr = {
		.p_type = PT_NOTE,
		.p_offset = layout->part[1].offset,
		.p_filesz = note_bytes,
		.p_memsz = note_bytes,
	};
	unsigned int i;
	int err;

	if (is_elf64(ehdr))
		write_head64(head, &ehdr->elf64, 1 + loads);
	else
		write_head32(head, &ehdr->elf32, 1 + loads);
	err = write_phdr(head, ehdr, 0, &phdr);
	for (i = 0; !err && i < loads; i++) {
		phdr = load[i];
		phdr.p_offset = part[i].offset + load[i].p_offset % PAGE_SIZE;
		err = write_phdr(head, ehdr, 1 + i, &phdr);
	}
	return err;
}
