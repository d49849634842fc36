/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The elfcorehdr: an ELF64 ET_CORE header that lists the dead kernel's CPU notes,
 * vmcoreinfo and memory (Documentation/admin-guide/kdump/kdump.rst; gABI chapter 5).
 * Made by kexec-tools, by our kexec or by the kernel itself; nothing in it is trusted.
 */
#ifndef CAPTURE_ELFCORE_H
#define CAPTURE_ELFCORE_H

#include "capture/oldmem.h"

#define ELFCORE_MAX_PHDRS 8192u

struct elfcore {
	const Elf64_Phdr *phdr;	/* in the caller's buffer */
	u32 count;
};

/* Bytes that the headers take, from the first 64 bytes; 0 when these are no such header. */
u64 elfcore_header_bytes(const void *first64);

/*
 * Checks a whole elfcorehdr of `bytes` bytes; *ret_core points into buf.
 * -EBADMSG: not ELF64 little-endian x86-64 ET_CORE, or cut off; -EINVAL: a program
 * header that overflows, or no PT_LOAD or PT_NOTE at all.
 */
int elfcore_open(const void *buf, u64 bytes, struct elfcore *ret_core);

/* True when [pa, pa + bytes) lies in one PT_LOAD. */
bool elfcore_is_ram(const struct elfcore *core, u64 pa, u64 bytes);

/*
 * Physical address of a kernel virtual address by the PT_LOADs' p_vaddr.
 * -EFAULT when no PT_LOAD holds it.
 */
int elfcore_translate(const struct elfcore *core, u64 va, u64 *ret_pa);

/* One ELF note in a buffer. */
struct elfcore_note {
	const char *name;	/* name_bytes long, with its NUL if it has one */
	const u8 *desc;
	u32 name_bytes;
	u32 desc_bytes;
	u32 type;
	u32 total_bytes;	/* head, name and desc, padded */
};

/* The note at *at in a buffer of `bytes`; false at the terminating empty note or when it is cut off. */
bool elfcore_next_note(const void *buf, u32 bytes, u32 *at, struct elfcore_note *ret_note);

bool elfcore_note_is(const struct elfcore_note *note, const char *name, u32 type);

#endif
