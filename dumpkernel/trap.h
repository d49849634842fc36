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

/* Loads IDT and TSS (every vector on an IST stack) and sets CR0 and CR4 as we want them. */
void trap_init(void);

void trap_handle(struct trap_frame *frame);

/* entry.S */
int copy_from_old(void *dst, const void *src, size_t bytes);

#endif
