/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Entry stub for images that begin in 32-bit protected mode, see stub.h.  This is a blob:
 * stub.c copies it to STUB_CODE of a page below 4 GiB, so it reaches the page's data only
 * relative to its own place.
 *
 * Entered by:	the old kernel's switch code, in long mode
 * CPUs:	one; the others are halted or may still run
 * Interrupts:	off; no IDT until the image loads its own: an NMI here resets
 * Mapping:	identity, covers at least RAM, until paging is turned off
 * May fault:	no memory but this page is touched
 *
 *	in:	nothing
 *	out:	ESI boot_params, ESP top of this page, all other GPRs 0,
 *		CS STUB_CS, DS ES FS GS SS STUB_DS (flat, 32 bits), IF = DF = 0,
 *		CR0 PE (paging off), CR3 0, CR4 0, EFER LME off
 *	uses:	EAX, EBX (page), ECX, EDX
 *
 * The order is that of Intel SDM 3A, 9.8.5.4: compatibility mode, paging off, EFER.LME
 * off, and only then CR4, whose PAE and LA57 bits can't change while long mode is on.
 */
#include "kexec/stub.h"

#define MSR_EFER 0xc0000080
#define EFER_LME_BIT 8
#define CR0_PE 0x01
#define CR0_PG_BIT 31

	.section .rodata
	.code64
	.globl	stub_32_code, stub_32_code_end
	.balign 16
.Lpage = stub_32_code - STUB_CODE			/* start of the page, wherever it is */

stub_32_code:
	cli
	cld
	leaq	.Lpage(%rip), %rbx			/* ebx = page */
	lgdt	STUB_GDTR(%rbx)
	movq	STUB_STACK(%rbx), %rsp
	pushq	$STUB_CS				/* cs = STUB_CS, a 32-bit segment */
	leaq	.Lcompat(%rip), %rax
	pushq	%rax
	lretq

	.code32
.Lcompat:
	movl	$STUB_DS, %eax				/* ds = es = fs = gs = ss = STUB_DS */
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %fs
	movl	%eax, %gs
	movl	%eax, %ss
	movl	%cr0, %eax				/* cr0.pg = 0: leaves long mode */
	btrl	$CR0_PG_BIT, %eax
	movl	%eax, %cr0
	movl	$MSR_EFER, %ecx				/* efer.lme = 0 */
	rdmsr
	btrl	$EFER_LME_BIT, %eax
	wrmsr
	movl	$CR0_PE, %eax				/* cr0 = PE */
	movl	%eax, %cr0
	xorl	%eax, %eax				/* cr3 = cr4 = 0 */
	movl	%eax, %cr3
	movl	%eax, %cr4

	movl	STUB_STACK(%ebx), %esp			/* image(esi = boot_params) */
	movl	STUB_BOOT_PARAMS(%ebx), %esi
	pushl	STUB_ENTRY(%ebx)
	xorl	%ebx, %ebx
	xorl	%ecx, %ecx
	xorl	%edx, %edx
	xorl	%edi, %edi
	xorl	%ebp, %ebp
	ret
stub_32_code_end:

	.section .note.GNU-stack, "", @progbits
