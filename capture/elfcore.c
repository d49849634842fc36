// SPDX-License-Identifier: GPL-2.0
#include "capture/elfcore.h"

u64 elfcore_header_bytes(const void *first64)
{
	const Elf64_Ehdr *ehdr = first64;

	if (memcmp(ehdr->e_ident, ELFMAG, SELFMAG) || ehdr->e_ident[EI_CLASS] != ELFCLASS64 ||
	    ehdr->e_ident[EI_DATA] != ELFDATA2LSB || ehdr->e_type != ET_CORE ||
	    ehdr->e_machine != EM_X86_64 || ehdr->e_phentsize != sizeof(Elf64_Phdr) ||
	    ehdr->e_phoff < sizeof(*ehdr) || ehdr->e_phoff > PAGE_BYTES || ehdr->e_phoff % 8 ||
	    !ehdr->e_phnum || ehdr->e_phnum > ELFCORE_MAX_PHDRS)
		return 0;
	return ehdr->e_phoff + (u64)ehdr->e_phnum * sizeof(Elf64_Phdr);
}

static bool overflows(u64 start, u64 bytes)
{
	return start + bytes < start;
}

int elfcore_open(const void *buf, u64 bytes, struct elfcore *ret_core)
{
	const Elf64_Ehdr *ehdr = buf;
	const Elf64_Phdr *phdr;
	u64 header_bytes;
	u32 loads = 0, notes = 0;

	if (bytes < sizeof(*ehdr))
		return -EBADMSG;
	header_bytes = elfcore_header_bytes(ehdr);
	if (!header_bytes || header_bytes > bytes)
		return -EBADMSG;
	phdr = (const Elf64_Phdr *)((const u8 *)buf + ehdr->e_phoff);
	for (u32 i = 0; i < ehdr->e_phnum; i++) {
		if (overflows(phdr[i].p_paddr, phdr[i].p_memsz) || phdr[i].p_filesz > phdr[i].p_memsz ||
		    overflows(phdr[i].p_offset, phdr[i].p_filesz))
			return -EINVAL;
		loads += phdr[i].p_type == PT_LOAD && phdr[i].p_memsz;
		notes += phdr[i].p_type == PT_NOTE;
	}
	if (!loads || !notes)
		return -EINVAL;
	ret_core->phdr = phdr;
	ret_core->count = ehdr->e_phnum;
	return 0;
}

bool elfcore_is_ram(const struct elfcore *core, u64 pa, u64 bytes)
{
	if (overflows(pa, bytes))
		return false;
	for (u32 i = 0; i < core->count; i++) {
		const Elf64_Phdr *load = &core->phdr[i];

		if (load->p_type == PT_LOAD && pa >= load->p_paddr && pa + bytes <= load->p_paddr + load->p_memsz)
			return true;
	}
	return false;
}

int elfcore_translate(const struct elfcore *core, u64 va, u64 *ret_pa)
{
	for (u32 i = 0; i < core->count; i++) {
		const Elf64_Phdr *load = &core->phdr[i];

		if (load->p_type == PT_LOAD && va - load->p_vaddr < load->p_memsz) {
			*ret_pa = load->p_paddr + (va - load->p_vaddr);
			return 0;
		}
	}
	return -EFAULT;
}

bool elfcore_next_note(const void *buf, u32 bytes, u32 *at, struct elfcore_note *ret_note)
{
	Elf64_Nhdr head;
	u64 desc_at, end;

	if (*at > bytes || bytes - *at < sizeof(head))
		return false;
	memcpy(&head, (const u8 *)buf + *at, sizeof(head));
	if (!head.n_namesz)
		return false;
	desc_at = sizeof(head) + align_up(head.n_namesz, 4);
	end = desc_at + align_up(head.n_descsz, 4);
	if (end > bytes - *at)
		return false;
	*ret_note = (struct elfcore_note){
		.name = (const char *)buf + *at + sizeof(head),
		.desc = (const u8 *)buf + *at + desc_at,
		.name_bytes = head.n_namesz,
		.desc_bytes = head.n_descsz,
		.type = head.n_type,
		.total_bytes = (u32)end,
	};
	*at += (u32)end;
	return true;
}

bool elfcore_note_is(const struct elfcore_note *note, const char *name, u32 type)
{
	size_t length = strlen(name);

	return note->type == type && note->name_bytes >= length && !memcmp(note->name, name, length) &&
	       (note->name_bytes == length || !note->name[length]);
}
