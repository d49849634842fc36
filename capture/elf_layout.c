// SPDX-License-Identifier: GPL-2.0
#include "capture/elf_layout.h"

#define MAX_NOTE_BYTES (64u << 10)	/* of one PT_NOTE; Linux uses at most a page or two */

static bool is_load(const Elf64_Phdr *phdr)
{
	return phdr->p_type == PT_LOAD && phdr->p_memsz;
}

static bool is_usable_note(const struct elfcore *core, const Elf64_Phdr *phdr)
{
	return phdr->p_type == PT_NOTE && phdr->p_filesz && phdr->p_filesz <= MAX_NOTE_BYTES &&
	       elfcore_is_ram(core, phdr->p_paddr, phdr->p_filesz);
}

static u32 count_loads(const struct elfcore *core)
{
	u32 loads = 0;

	for (u32 i = 0; i < core->count; i++)
		loads += is_load(&core->phdr[i]);
	return loads;
}

static u64 notes_offset(const struct elfcore *core)
{
	return sizeof(Elf64_Ehdr) + (1ull + count_loads(core)) * sizeof(Elf64_Phdr);
}

u64 elf_layout_buffer_bytes(const struct elfcore *core)
{
	u64 bytes = notes_offset(core);

	for (u32 i = 0; i < core->count; i++)
		if (is_usable_note(core, &core->phdr[i]))
			bytes += core->phdr[i].p_filesz;
	return align_up(bytes, PAGE_BYTES);
}

/* Appends the valid notes of every PT_NOTE; returns their bytes. */
static u64 merge_notes(const struct elfcore *core, const struct oldmem *mem, u8 *to, u64 room)
{
	u64 used = 0;

	for (u32 i = 0; i < core->count; i++) {
		const Elf64_Phdr *phdr = &core->phdr[i];
		struct elfcore_note note;
		u32 at = 0;

		if (!is_usable_note(core, phdr) || phdr->p_filesz > room - used)
			continue;
		if (mem->read(mem, phdr->p_paddr, to + used, phdr->p_filesz))
			at = 0;
		else
			while (elfcore_next_note(to + used, (u32)phdr->p_filesz, &at, &note))
				;
		memset(to + used + at, 0, phdr->p_filesz - at);
		used += at;
	}
	return used;
}

/* The load that has the bytes of load i: the first of those that contain it. */
static u32 find_owner(const Elf64_Phdr *load, u32 count, u32 i)
{
	u32 owner = i;

	for (u32 j = 0; j < count; j++) {
		bool inside = load[i].p_paddr >= load[j].p_paddr &&
			      load[i].p_paddr + load[i].p_memsz <= load[j].p_paddr + load[j].p_memsz;

		if (inside && (load[j].p_memsz > load[owner].p_memsz ||
			       (load[j].p_memsz == load[owner].p_memsz && j < owner)))
			owner = j;
	}
	return owner;
}

static int place_loads(struct elf_layout *layout, Elf64_Phdr *load)
{
	u64 at = layout->header_bytes;

	for (u32 i = 0; i < layout->load_count; i++) {
		if (find_owner(load, layout->load_count, i) != i)
			continue;
		if (load[i].p_filesz >> 62)	/* or the sum could wrap around to a file that fits */
			return -EOVERFLOW;
		load[i].p_offset = at + load[i].p_paddr % PAGE_BYTES;
		at = align_up(load[i].p_offset + load[i].p_filesz, PAGE_BYTES);
		if (at >> 62)
			return -EOVERFLOW;
	}
	for (u32 i = 0; i < layout->load_count; i++) {
		u32 owner = find_owner(load, layout->load_count, i);

		load[i].p_offset = load[owner].p_offset + (load[i].p_paddr - load[owner].p_paddr);
	}
	layout->file_bytes = at;
	return 0;
}

int elf_layout_init(struct elf_layout *layout, const struct elfcore *core, const struct oldmem *mem,
		    void *buf, u64 buf_bytes)
{
	Elf64_Ehdr *ehdr = buf;
	Elf64_Phdr *note = (Elf64_Phdr *)(ehdr + 1), *load = note + 1;
	struct elf_layout made = { 0 };
	u64 notes_at = notes_offset(core);
	u32 loads = 0;
	int err;

	if (buf_bytes < elf_layout_buffer_bytes(core))
		return -ENOSPC;
	memcpy(ehdr->e_ident, ELFMAG, SELFMAG);
	ehdr->e_ident[EI_CLASS] = ELFCLASS64;
	ehdr->e_ident[EI_DATA] = ELFDATA2LSB;
	ehdr->e_ident[EI_VERSION] = EV_CURRENT;
	ehdr->e_type = ET_CORE;
	ehdr->e_machine = EM_X86_64;
	ehdr->e_version = EV_CURRENT;
	ehdr->e_phoff = sizeof(*ehdr);
	ehdr->e_ehsize = sizeof(*ehdr);
	ehdr->e_phentsize = sizeof(Elf64_Phdr);
	for (u32 i = 0; i < core->count; i++) {
		if (!is_load(&core->phdr[i]))
			continue;
		load[loads] = core->phdr[i];
		load[loads].p_filesz = load[loads].p_memsz;
		load[loads].p_align = 0;
		loads++;
	}
	ehdr->e_phnum = (Elf64_Half)(loads + 1);
	note->p_type = PT_NOTE;
	note->p_offset = notes_at;
	note->p_filesz = merge_notes(core, mem, (u8 *)buf + notes_at, buf_bytes - notes_at);
	note->p_memsz = note->p_filesz;
	made.header = buf;
	made.header_bytes = align_up(notes_at + note->p_filesz, PAGE_BYTES);
	made.load = load;
	made.load_count = loads;
	err = place_loads(&made, load);
	if (!err)
		*layout = made;
	return err;
}

int elf_layout_adopt(struct elf_layout *layout, void *header, u64 header_bytes)
{
	const Elf64_Ehdr *ehdr = header;
	Elf64_Phdr *note = (Elf64_Phdr *)(ehdr + 1), *load = note + 1;
	struct elf_layout made = { .header = header, .header_bytes = header_bytes, .load = load };
	int err;

	if (header_bytes % PAGE_BYTES || header_bytes < sizeof(*ehdr) || ehdr->e_phoff != sizeof(*ehdr) ||
	    ehdr->e_phnum < 2 || ehdr->e_phnum > (header_bytes - sizeof(*ehdr)) / sizeof(*note) ||
	    note->p_type != PT_NOTE || note->p_offset > header_bytes || note->p_filesz > header_bytes - note->p_offset)
		return -EINVAL;
	made.load_count = ehdr->e_phnum - 1u;
	for (u32 i = 0; i < made.load_count; i++)
		if (load[i].p_type != PT_LOAD || load[i].p_filesz != load[i].p_memsz)
			return -EINVAL;
	err = place_loads(&made, load);
	if (!err)
		*layout = made;
	return err;
}

bool elf_layout_owns_bytes(const struct elf_layout *layout, u32 i)
{
	return find_owner(layout->load, layout->load_count, i) == i;
}

const u8 *elf_layout_notes(const struct elf_layout *layout, u32 *ret_bytes)
{
	const Elf64_Phdr *note = layout->load - 1;

	*ret_bytes = (u32)note->p_filesz;
	return layout->header + note->p_offset;
}
