/* SPDX-License-Identifier: GPL-2.0 */
/* Exceptions and NMI: a register dump and a stable code, then the failure action. */
#ifndef DUMPKERNEL_TRAP_H
#define DUMPKERNEL_TRAP_H

#include "capture/env.h"

/* What entry.S has on the stack. */
struct trap_frame {
	u64 r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax;
	u64 vector, error;
	u64 rip, cs, rflags, rsp, ss;
};

#define TRAP_STACKS 4	/* IST 1 faults, 2 NMI, 3 double fault, 4 machine check */

struct tss {
	u32 reserved0;
	u64 rsp[3];
	u64 reserved1;
	u64 ist[7];
	u64 reserved2;
	u16 reserved3, io_map;
} __attribute__((packed));
_Static_assert(sizeof(struct tss) == 104, "SDM 3A figure 7-11");

/* Of one CPU. */
struct trap_tables {
	u64 gdt[6];		/* null, null, code, data, TSS: two words */
	struct tss tss;
};

/* Loads IDT and TSS (every vector on an IST stack) and sets CR0 and CR4 as we want them. */
void trap_init(void);

/* The same on another CPU, but CR0 and CR4.  tables: zeroed; stacks: TRAP_STACKS of stack_bytes; both stay. */
void trap_load(struct trap_tables *tables, u8 *stacks, u32 stack_bytes);

void trap_handle(struct trap_frame *frame);

/* entry.S */
int copy_from_old(void *dst, const void *src, size_t bytes);

#endif
