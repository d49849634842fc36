/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The elfcorehdr of kexec_load: an ELF64 core header that tells the capture kernel
 * where this kernel's CPU notes, vmcoreinfo and memory are.  The capture kernel finds
 * its address on the command line.  Layout as the kernel's own (kexec_file_load).
 */
#ifndef KEXEC_ELFCOREHDR_H
#define KEXEC_ELFCOREHDR_H

#include "capture/env.h"
#include "capture/memrange.h"

struct elfcorehdr_note {
	u64 pa;
	u64 bytes;
};

struct elfcorehdr_facts {
	struct elfcorehdr_note *cpu_notes;
	u32 cpu_count;
	struct elfcorehdr_note vmcoreinfo;
	u64 text_va;		/* mapping of the kernel image */
	u64 text_pa;
	u64 text_bytes;
	u64 direct_map_va;	/* virtual address of physical address 0 */
	struct memrange_set ram; /* what the dump holds */
	u32 possible_cpus;
};

/* Size of the header: whole pages. */
u64 elfcorehdr_bytes(const struct elfcorehdr_facts *facts);

/*
 * The same with room for every CPU that may come and a good number of memory ranges;
 * max_bytes: as much as the kernel can use.
 */
u64 elfcorehdr_roomy_bytes(const struct elfcorehdr_facts *facts, u64 max_bytes);

/* Writes it to buf[elfcorehdr_bytes()], the unused tail is zeroed. */
void elfcorehdr_build(const struct elfcorehdr_facts *facts, void *buf);

#endif
