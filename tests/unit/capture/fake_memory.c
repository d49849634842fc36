// SPDX-License-Identifier: GPL-2.0
#include "fake_memory.h"

#include <stdlib.h>

u64 fake_random(u64 *seed)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return *seed * 0x2545f4914f6cdd1dull;
}

static bool in_page_list(const u64 *page, u32 count, u64 pa)
{
	for (u32 i = 0; i < count; i++)
		if (page[i] == align_down(pa, PAGE_BYTES))
			return true;
	return false;
}

bool fake_memory_is_bad(const struct fake_memory *memory, u64 pa)
{
	return in_page_list(memory->bad, memory->bad_count, pa);
}

bool fake_memory_faults(const struct fake_memory *memory, const void *buf, u64 bytes)
{
	u64 start = (uintptr_t)buf - (uintptr_t)memory->ram + memory->base;

	if ((uintptr_t)buf < (uintptr_t)memory->ram || start >= memory->base + memory->bytes)
		return false;
	for (u64 pa = align_down(start, PAGE_BYTES); pa < start + bytes; pa += PAGE_BYTES)
		if (fake_memory_is_bad(memory, pa) || in_page_list(memory->shy, memory->shy_count, pa))
			return true;
	return false;
}

/* As the real one: a failed read has already touched the buffer. */
static int read_memory(const struct oldmem *mem, u64 pa, void *buf, size_t bytes)
{
	struct fake_memory *memory = (struct fake_memory *)(uintptr_t)mem;

	if (pa < memory->base || pa - memory->base > memory->bytes || bytes > memory->base + memory->bytes - pa)
		return -EFAULT;
	for (u64 page = align_down(pa, PAGE_BYTES); page < pa + bytes; page += PAGE_BYTES) {
		if (fake_memory_is_bad(memory, page)) {
			memset(buf, 0x5a, bytes);
			return -EIO;
		}
	}
	memory->reads++;
	if (memory->reads > memory->flaky_first && memory->reads - memory->flaky_first <= memory->flaky_count)
		return -EIO;
	memcpy(buf, fake_memory_at(memory, pa), bytes);
	return 0;
}

void fake_memory_init(struct fake_memory *memory, u64 base, u64 bytes, u64 seed)
{
	memset(memory, 0, sizeof(*memory));
	memory->ram = aligned_alloc(PAGE_BYTES, bytes);
	if (!memory->ram)
		abort();
	for (u64 at = 0; at < bytes; at += sizeof(u64)) {
		u64 word = fake_random(&seed);

		memcpy(memory->ram + at, &word, sizeof(word));
	}
	memory->base = base;
	memory->bytes = bytes;
	memory->note_at = base;
	memory->mem.read = read_memory;
	memory->mem.direct = (u8 *)((uintptr_t)memory->ram - base);
}

void fake_memory_deinit(struct fake_memory *memory)
{
	free(memory->ram);
}

u8 *fake_memory_at(const struct fake_memory *memory, u64 pa)
{
	return memory->ram + (pa - memory->base);
}

Elf64_Phdr *fake_memory_add_phdr(struct fake_memory *memory, u32 type, u64 pa, u64 bytes)
{
	Elf64_Ehdr *ehdr = &memory->core.ehdr;
	Elf64_Phdr *phdr = &memory->core.phdr[ehdr->e_phnum];

	if (ehdr->e_phnum == FAKE_MAX_PHDRS)
		abort();
	memcpy(ehdr->e_ident, ELFMAG, SELFMAG);
	ehdr->e_ident[EI_CLASS] = ELFCLASS64;
	ehdr->e_ident[EI_DATA] = ELFDATA2LSB;
	ehdr->e_ident[EI_VERSION] = EV_CURRENT;
	ehdr->e_type = ET_CORE;
	ehdr->e_machine = EM_X86_64;
	ehdr->e_version = EV_CURRENT;
	ehdr->e_ehsize = sizeof(*ehdr);
	ehdr->e_phoff = sizeof(*ehdr);
	ehdr->e_phentsize = sizeof(*phdr);
	ehdr->e_phnum++;
	*phdr = (Elf64_Phdr){ .p_type = type, .p_paddr = pa, .p_offset = pa, .p_filesz = bytes, .p_memsz = bytes };
	return phdr;
}

void fake_memory_add_load(struct fake_memory *memory, u64 pa, u64 bytes)
{
	fake_memory_add_phdr(memory, PT_LOAD, pa, bytes)->p_vaddr = FAKE_VA + pa;
}

u32 fake_note_put(void *buf, const char *name, u32 type, const void *desc, u32 bytes)
{
	Elf64_Nhdr head = { .n_namesz = (u32)strlen(name) + 1, .n_descsz = bytes, .n_type = type };
	u32 desc_at = (u32)(sizeof(head) + align_up(head.n_namesz, 4));
	u32 total = (u32)(desc_at + align_up(bytes, 4));

	memset(buf, 0, total);
	memcpy(buf, &head, sizeof(head));
	memcpy((u8 *)buf + sizeof(head), name, head.n_namesz);
	memcpy((u8 *)buf + desc_at, desc, bytes);
	return total;
}

void fake_memory_add_note(struct fake_memory *memory, const char *name, u32 type, const void *desc, u32 bytes)
{
	u8 *at = fake_memory_at(memory, memory->note_at);
	u32 used = fake_note_put(at, name, type, desc, bytes);

	memset(at + used, 0, sizeof(Elf64_Nhdr));
	used += sizeof(Elf64_Nhdr);
	fake_memory_add_phdr(memory, PT_NOTE, memory->note_at, used);
	memory->note_at = align_up(memory->note_at + used, PAGE_BYTES);
}

struct elfcore fake_memory_core(const struct fake_memory *memory)
{
	struct elfcore core;

	if (elfcore_open(&memory->core, sizeof(memory->core), &core))
		abort();
	return core;
}
