/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where everything lies in the file /proc/vmcore.
 *
 * The file is a row of parts, each a multiple of a page: ELF header with program headers,
 * device dumps, the notes, then the old memory of one PT_LOAD after the other.  Pure
 * arithmetic: nothing here allocates, prints or touches old memory.
 */
#ifndef VMCORE_LAYOUT_H
#define VMCORE_LAYOUT_H

#include <linux/elf.h>
#include <linux/types.h>

struct vmcore_part {
	u64 offset;	/* in the file */
	u64 bytes;
	u64 pa;		/* of old memory, when there is no buffer */
	void *buf;	/* memory of this kernel that user space may map */
};

/* count parts without gaps, from offset 0 to bytes. */
struct vmcore_layout {
	u64 bytes;
	unsigned int count;
	struct vmcore_part part[];
};

/* An ELF header of either class; e_ident is at the same place in both. */
union vmcore_ehdr {
	unsigned char ident[EI_NIDENT];
	Elf64_Ehdr elf64;
	Elf32_Ehdr elf32;
};

/* The program header table that an elfcorehdr's ELF header promises. */
struct vmcore_table {
	u64 offset;	/* from the ELF header */
	size_t bytes;
	unsigned int count;
};

/*
 * Checks the ELF header of an elfcorehdr and says where its program headers are.
 * Returns 0 or -EINVAL: not the header of an ELF core file of this version.
 */
int vmcore_layout_check(const union vmcore_ehdr *ehdr, struct vmcore_table *ret_table);

/*
 * Turns program headers of the header's class into ELF64 ones.
 * raw: table->bytes from the elfcorehdr; phdr: room for table->count.
 */
void vmcore_layout_decode(const union vmcore_ehdr *ehdr, const struct vmcore_table *table,
			  const void *raw, Elf64_Phdr *phdr);

/* Bytes of the whole notes at the start of a buffer of room bytes; the first empty name ends them. */
size_t vmcore_layout_note_bytes(const void *notes, size_t room);

/* Bytes, page-aligned, of the file's ELF header with one PT_NOTE and this many PT_LOADs. */
u64 vmcore_layout_head_bytes(const union vmcore_ehdr *ehdr, unsigned int loads);

/*
 * The part of the file that holds a PT_LOAD of an elfcorehdr: the whole pages around
 * [p_offset, p_offset + p_memsz).  Returns 0 or -EINVAL: it ends beyond 2^64.
 */
int vmcore_layout_load(const Elf64_Phdr *load, struct vmcore_part *ret_part);

/* Gives every part its offset, in order, and the layout its size; 0 or -EFBIG: more than a loff_t holds. */
int vmcore_layout_place(struct vmcore_layout *layout);

/* The part that holds this offset; NULL beyond the end. */
const struct vmcore_part *vmcore_layout_find(const struct vmcore_layout *layout, u64 offset);

/*
 * Writes the file's ELF header and program headers into layout->part[0].buf, zeroed by the caller.
 * ehdr: the elfcorehdr's; load: its PT_LOADs, in the order of the layout's last parts;
 * note_bytes: device dumps and notes together, from part 1 on.
 * Returns 0 or -EFBIG: an offset that this ELF class can't express.
 */
int vmcore_layout_encode(const struct vmcore_layout *layout, const union vmcore_ehdr *ehdr,
			 const Elf64_Phdr *load, unsigned int loads, u64 note_bytes);

#endif
