/* SPDX-License-Identifier: GPL-2.0 */
/*
 * 64-bit entry, 0x200 bytes into the image (boot.rst, "64-bit BOOT PROTOCOL"; ELF64's
 * entry).  Saves the CPU's state and calls C.
 *
 *	in:	RSI boot_params; long mode, identity map of RAM; RSP anything
 */
#include "entry.h"

#define STATE(offset) entry_state + offset(%rip)
#define STATE_WORD %rax
#define STATE_BITS 64

	.section .head64.text, "ax"
	.code64
	.globl	start_64
start_64:
	movq	%rax, STATE(ENTRY_GPR)
	movq	%rbx, STATE(ENTRY_GPR + 8)
	movq	%rcx, STATE(ENTRY_GPR + 16)
	movq	%rdx, STATE(ENTRY_GPR + 24)
	movq	%rsi, STATE(ENTRY_GPR + 32)
	movq	%rdi, STATE(ENTRY_GPR + 40)
	movq	%rbp, STATE(ENTRY_GPR + 48)
	movq	%rsp, STATE(ENTRY_RSP)
	movq	%r8, STATE(ENTRY_GPR + 64)
	movq	%r9, STATE(ENTRY_GPR + 72)
	movq	%r10, STATE(ENTRY_GPR + 80)
	movq	%r11, STATE(ENTRY_GPR + 88)
	movq	%r12, STATE(ENTRY_GPR + 96)
	movq	%r13, STATE(ENTRY_GPR + 104)
	movq	%r14, STATE(ENTRY_GPR + 112)
	movq	%r15, STATE(ENTRY_GPR + 120)
	leaq	entry_stack_top(%rip), %rsp
#include "save_state.h"

	leaq	image_bss(%rip), %rdi		/* memset(image_bss, 0, image_end - image_bss) */
	leaq	image_end(%rip), %rcx
	subq	%rdi, %rcx
	xorl	%eax, %eax
	rep stosb

	leaq	entry_gdt(%rip), %rax		/* gdtr = { limit, gdt } */
	pushq	%rax
	pushw	$31
	lgdt	(%rsp)
	pushq	$ENTRY_CS
	leaq	entry_common(%rip), %rax
	pushq	%rax
	lretq

/* Both entries come here: long mode, our GDT and CS, an identity map of the image. */
	.globl	entry_common
entry_common:
	movl	$ENTRY_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	xorl	%eax, %eax
	movl	%eax, %fs
	movl	%eax, %gs
	leaq	entry_stack_top(%rip), %rsp
	xorl	%ebp, %ebp
	call	test_main
	ud2

	.section .rodata
	.balign	16
	.globl	entry_gdt
entry_gdt:
	.quad	0, 0
	.quad	0x00af9b000000ffff		/* ENTRY_CS: 64-bit code, accessed */
	.quad	0x00cf93000000ffff		/* ENTRY_DS */

	.data
	.balign	16
	.globl	entry_state
entry_state:
	.skip	ENTRY_BYTES

	.bss
	.balign	16
	.skip	ENTRY_STACK_BYTES
	.globl	entry_stack_top
entry_stack_top:

	.section .note.GNU-stack, "", @progbits
