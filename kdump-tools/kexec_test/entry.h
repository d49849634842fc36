/* SPDX-License-Identifier: GPL-2.0 */
/* The CPU as it was at entry, saved by entry_32.S and entry_64.S before they change it. */
#ifndef KEXEC_TEST_ENTRY_H
#define KEXEC_TEST_ENTRY_H

/* Offsets in struct entry_state. */
#define ENTRY_GPR 0		/* u64 rax rbx rcx rdx rsi rdi rbp rsp r8 .. r15 */
#define ENTRY_RSI 32
#define ENTRY_RSP 56
#define ENTRY_CR0 128
#define ENTRY_CR3 136
#define ENTRY_CR4 144
#define ENTRY_EFER 152
#define ENTRY_FLAGS 160
#define ENTRY_SEGMENTS 168	/* u16 cs ds es fs gs ss tr ldtr */
#define ENTRY_GDTR 184		/* u16 limit, u64 base */
#define ENTRY_IDTR 200
#define ENTRY_BITS 216		/* u32: 32 or 64 */
#define ENTRY_BYTES 224

#define ENTRY_STACK_BYTES 0x4000
#define ENTRY_MSR_EFER 0xc0000080

/* Selectors of our GDT, the boot protocol's. */
#define ENTRY_CS 0x10
#define ENTRY_DS 0x18

#ifndef __ASSEMBLER__
#include "capture/env.h"

struct entry_table {
	u16 limit;
	u8 base[8];
	u8 unused[6];
};

struct entry_state {
	u64 gpr[16];
	u64 cr0, cr3, cr4, efer, flags;
	u16 segment[8];
	struct entry_table gdtr, idtr;
	u32 bits;
	u32 unused;
};

/* In .data: bss is cleared later. */
extern struct entry_state entry_state;

/* Of the linker script. */
extern u8 image_start[], image_text_end[], image_end[];

/* main.c, called by entry_64.S on our stack, tables as the loader left them. */
void test_main(void);
#endif
#endif
