/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ELF64 vmcore that will be written: one merged PT_NOTE, every PT_LOAD of the
 * elfcorehdr with its own address, and where in the file its bytes stand.
 *
 *	0	ELF header, program headers, notes: header_bytes, written last
 *	...	each PT_LOAD at an offset congruent to its p_paddr modulo 4096, so that
 *		whole pages of memory are whole blocks of the file
 *
 * A PT_LOAD that lies inside another (the kernel's text mapping) shares its bytes.
 */
#ifndef CAPTURE_ELF_LAYOUT_H
#define CAPTURE_ELF_LAYOUT_H

#include "capture/elfcore.h"

struct elf_layout {
	u8 *header;		/* header_bytes long, zero padded to a page */
	u64 header_bytes;	/* multiple of PAGE_BYTES */
	u64 file_bytes;		/* of the whole vmcore */
	const Elf64_Phdr *load;	/* in header */
	u32 load_count;
};

/* Enough bytes for elf_layout_init()'s buf; multiple of PAGE_BYTES. */
u64 elf_layout_buffer_bytes(const struct elfcore *core);

/*
 * Reads the notes and lays the file out.  buf must be zeroed; it becomes
 * layout->header.  Notes that can't be read or are damaged are left out.
 * -ENOSPC: buf is too small; -EOVERFLOW: more memory than a file can hold.
 */
int elf_layout_init(struct elf_layout *layout, const struct elfcore *core, const struct oldmem *mem,
		    void *buf, u64 buf_bytes);

/*
 * Takes over the header of a core that has its notes already, one PT_NOTE before the PT_LOADs
 * (/proc/vmcore), whole pages of it; the loads' places in the file are changed to ours.
 * -EINVAL: it is not made so; -EOVERFLOW.
 */
int elf_layout_adopt(struct elf_layout *layout, void *header, u64 header_bytes);

/* True when load number i has bytes of its own in the file. */
bool elf_layout_owns_bytes(const struct elf_layout *layout, u32 i);

/* The notes of the finished header. */
const u8 *elf_layout_notes(const struct elf_layout *layout, u32 *ret_bytes);

#endif
