// SPDX-License-Identifier: GPL-2.0
#include "kexec/elfcorehdr.h"

#include <elf.h>
#include <string.h>

static u64 elfcorehdr_phdrs(const struct elfcorehdr_facts *facts)
{
	return facts->cpu_count + 1 /* vmcoreinfo */ + 1 /* text */ + facts->ram.count;
}

u64 elfcorehdr_bytes(const struct elfcorehdr_facts *facts)
{
	return align_up(sizeof(Elf64_Ehdr) + elfcorehdr_phdrs(facts) * sizeof(Elf64_Phdr), PAGE_BYTES);
}

/* A kernel asks for what its configuration allows at most (in 6.6 some 900 KiB); our region may have 1 MiB. */
#define ELFCOREHDR_MORE_RANGES 256u

u64 elfcorehdr_roomy_bytes(const struct elfcorehdr_facts *facts, u64 max_bytes)
{
	u64 least = elfcorehdr_bytes(facts);
	u64 roomy = sizeof(Elf64_Ehdr) +
		(elfcorehdr_phdrs(facts) + facts->possible_cpus + ELFCOREHDR_MORE_RANGES) * sizeof(Elf64_Phdr);

	roomy = align_up(min_u64(roomy, max_bytes), PAGE_BYTES);
	return roomy > least ? roomy : least;
}

/* p_offset is where the bytes are: in old memory that is the physical address. */
static Elf64_Phdr elfcorehdr_phdr(u32 type, u64 pa, u64 va, u64 bytes)
{
	return (Elf64_Phdr){
		.p_type = type,
		.p_flags = type == PT_LOAD ? PF_R | PF_W | PF_X : 0,
		.p_offset = pa,
		.p_vaddr = va,
		.p_paddr = pa,
		.p_filesz = bytes,
		.p_memsz = bytes,
	};
}

void elfcorehdr_build(const struct elfcorehdr_facts *facts, void *buf)
{
	Elf64_Ehdr *head = buf;
	Elf64_Phdr *phdr = (Elf64_Phdr *)(head + 1);

	memset(buf, 0, elfcorehdr_bytes(facts));
	*head = (Elf64_Ehdr){
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_CORE,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_phoff = sizeof(*head),
		.e_ehsize = sizeof(*head),
		.e_phentsize = sizeof(*phdr),
		.e_phnum = elfcorehdr_phdrs(facts),
	};
	for (u32 i = 0; i < facts->cpu_count; i++)
		*phdr++ = elfcorehdr_phdr(PT_NOTE, facts->cpu_notes[i].pa, 0, facts->cpu_notes[i].bytes);
	*phdr++ = elfcorehdr_phdr(PT_NOTE, facts->vmcoreinfo.pa, 0, facts->vmcoreinfo.bytes);
	*phdr++ = elfcorehdr_phdr(PT_LOAD, facts->text_pa, facts->text_va, facts->text_bytes);
	for (u32 i = 0; i < facts->ram.count; i++) {
		u64 start = facts->ram.range[i].start, end = facts->ram.range[i].end;

		*phdr++ = elfcorehdr_phdr(PT_LOAD, start, facts->direct_map_va + start, end - start);
	}
}
