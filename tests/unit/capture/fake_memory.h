/* SPDX-License-Identifier: GPL-2.0 */
/* A dead kernel's memory and its elfcorehdr, made up for tests. */
#ifndef TESTS_FAKE_MEMORY_H
#define TESTS_FAKE_MEMORY_H

#include "capture/elfcore.h"

#define FAKE_MAX_PHDRS 16
#define FAKE_MAX_BAD 16

struct fake_memory {
	struct oldmem mem;	/* first: read() gets a pointer to it */
	u8 *ram;		/* [base, base + bytes) of physical memory */
	u64 base, bytes;
	u64 bad[FAKE_MAX_BAD];	/* pages that the CPU can't read: -EIO */
	u32 bad_count;
	u64 shy[FAKE_MAX_BAD];	/* pages that only the disk can't read */
	u32 shy_count;
	u64 note_at;		/* where fake_memory_add_note() puts the next one */
	u64 reads;		/* so far */
	u64 flaky_first, flaky_count;	/* reads number flaky_first .. flaky_first + flaky_count - 1 fail: -EIO */
	struct {
		Elf64_Ehdr ehdr;
		Elf64_Phdr phdr[FAKE_MAX_PHDRS];
	} core;			/* a valid elfcorehdr as soon as it has a load and a note */
};

/* Random contents, the same for each seed; base and bytes: page aligned.  Ends the test without memory. */
void fake_memory_init(struct fake_memory *memory, u64 base, u64 bytes, u64 seed);
void fake_memory_deinit(struct fake_memory *memory);

u8 *fake_memory_at(const struct fake_memory *memory, u64 pa);

/* One more program header; the first call also makes the ELF header.  Its place is returned. */
Elf64_Phdr *fake_memory_add_phdr(struct fake_memory *memory, u32 type, u64 pa, u64 bytes);

/* A PT_LOAD whose virtual address is FAKE_VA + pa. */
#define FAKE_VA 0xffff888000000000ull
void fake_memory_add_load(struct fake_memory *memory, u64 pa, u64 bytes);

/* Writes one ELF note and its end at memory->note_at, which it moves to the next page; adds its PT_NOTE. */
void fake_memory_add_note(struct fake_memory *memory, const char *name, u32 type, const void *desc, u32 bytes);

/* The elfcorehdr, checked. */
struct elfcore fake_memory_core(const struct fake_memory *memory);

bool fake_memory_is_bad(const struct fake_memory *memory, u64 pa);

/* Whether the disk can't read some byte of [buf, buf + bytes). */
bool fake_memory_faults(const struct fake_memory *memory, const void *buf, u64 bytes);

/* Writes one note into buf; returns its bytes, padded. */
u32 fake_note_put(void *buf, const char *name, u32 type, const void *desc, u32 bytes);

/* xorshift64*: a sequence that every machine agrees on. */
u64 fake_random(u64 *seed);

#endif
