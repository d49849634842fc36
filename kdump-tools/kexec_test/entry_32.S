/* SPDX-License-Identifier: GPL-2.0 */
/*
 * 32-bit entry, first byte of the image (boot.rst, "32-bit BOOT PROTOCOL"; ELF32's entry).
 * Saves the CPU's state, then goes to long mode with an identity map of the first 4 GiB.
 *
 *	in:	ESI boot_params, CS DS ES SS flat; paging off; ESP anything
 *	out:	entry_common (entry_64.S) in long mode
 *	uses:	CR2 to keep ESP, boot_params.scratch (0x1e4) as the first stack
 *		EBX: address of .Lhere, so that x - .Lhere(%ebx) is x wherever we are
 */
#include "entry.h"

#define BOOT_PARAMS_SCRATCH_END 0x1e8
#define AT(symbol) symbol - .Lhere(%ebx)
#define STATE(offset) entry_state + offset - .Lhere(%ebx)
#define STATE_WORD %eax
#define STATE_BITS 32

	.section .head32.text, "ax"
	.code32
	.globl	start_32
start_32:
	movl	%esp, %cr2
	leal	BOOT_PARAMS_SCRATCH_END(%esi), %esp
	call	.Lhere
.Lhere:
	xchgl	%ebx, (%esp)			/* ebx = .Lhere */
	movl	%eax, STATE(ENTRY_GPR)
	movl	%ecx, STATE(ENTRY_GPR + 16)
	movl	%edx, STATE(ENTRY_GPR + 24)
	movl	%esi, STATE(ENTRY_GPR + 32)
	movl	%edi, STATE(ENTRY_GPR + 40)
	movl	%ebp, STATE(ENTRY_GPR + 48)
	popl	STATE(ENTRY_GPR + 8)		/* ebx at entry */
	movl	%cr2, %eax
	movl	%eax, STATE(ENTRY_RSP)
	leal	AT(entry_stack_top), %esp
#include "save_state.h"

	leal	AT(image_bss), %edi		/* memset(image_bss, 0, image_end - image_bss) */
	leal	AT(image_end), %ecx
	subl	%edi, %ecx
	xorl	%eax, %eax
	rep stosb

	leal	AT(entry_pml4), %edi		/* pml4[0] = pdpt */
	leal	AT(entry_pdpt + 3), %eax	/* present, writable */
	movl	%eax, (%edi)
	leal	AT(entry_pd + 3), %eax		/* pdpt[0..3] = the four directories */
	leal	AT(entry_pdpt), %edx
	movl	$4, %ecx
.Lpdpt:	movl	%eax, (%edx)
	addl	$0x1000, %eax
	addl	$8, %edx
	loop	.Lpdpt
	leal	AT(entry_pd), %edx		/* 2048 pages of 2 MiB */
	movl	$0x83, %eax
	movl	$2048, %ecx
.Lpd:	movl	%eax, (%edx)
	addl	$0x200000, %eax
	addl	$8, %edx
	loop	.Lpd

	movl	%edi, %cr3			/* Intel SDM 3A, 9.8.5: PAE, cr3, LME, PG */
	movl	$0x20, %eax
	movl	%eax, %cr4
	movl	$ENTRY_MSR_EFER, %ecx
	rdmsr
	btsl	$8, %eax
	wrmsr
	movl	$0x80000011, %eax		/* PG, ET, PE */
	movl	%eax, %cr0
	leal	AT(entry_gdt), %eax
	pushl	$0				/* gdtr = { limit, gdt } */
	pushl	%eax
	pushw	$31
	lgdt	(%esp)
	pushl	$ENTRY_CS
	leal	AT(entry_common), %eax
	pushl	%eax
	lretl

	.bss
	.balign	4096
entry_pml4:	.skip	0x1000
entry_pdpt:	.skip	0x1000
entry_pd:	.skip	0x4000

	.section .note.GNU-stack, "", @progbits
