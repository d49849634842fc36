/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Entry stub, see stub.h.  This is a blob: stub.c copies it to STUB_CODE of a page,
 * so it reaches the page's data only relative to its own place.
 *
 * Entered by:	the old kernel's switch code, or by anything else in long mode
 * CPUs:	one; the others are halted or may still run
 * Interrupts:	off; no IDT until the image loads its own: an NMI here resets
 * Mapping:	identity, covers at least RAM; GDT, LDT, TR: not valid
 * May fault:	no memory but this page is touched
 *
 *	in:	nothing
 *	out:	RSI boot_params, RSP top of this page, all other GPRs 0,
 *		CS STUB_CS, DS ES FS GS SS STUB_DS, IF = DF = 0
 *	uses:	RAX
 */
#include "kexec/stub.h"

	.section .rodata
	.code64
	.globl	stub_code, stub_code_end
	.balign 16
.Lpage = stub_code - STUB_CODE				/* start of the page, wherever it is */

stub_code:
	cli
	cld
	lgdt	.Lpage + STUB_GDTR(%rip)
	movl	$STUB_DS, %eax
	movl	%eax, %ds				/* ds = es = fs = gs = ss = STUB_DS */
	movl	%eax, %es
	movl	%eax, %fs
	movl	%eax, %gs
	movl	%eax, %ss
	movq	.Lpage + STUB_STACK(%rip), %rsp
	pushq	$STUB_CS				/* cs = STUB_CS: only a far return sets it */
	leaq	.Lcs_loaded(%rip), %rax
	pushq	%rax
	lretq
.Lcs_loaded:
	movq	.Lpage + STUB_BOOT_PARAMS(%rip), %rsi	/* image(rsi = boot_params) */
	xorl	%eax, %eax
	xorl	%ebx, %ebx
	xorl	%ecx, %ecx
	xorl	%edx, %edx
	xorl	%edi, %edi
	xorl	%ebp, %ebp
	xorl	%r8d, %r8d
	xorl	%r9d, %r9d
	xorl	%r10d, %r10d
	xorl	%r11d, %r11d
	xorl	%r12d, %r12d
	xorl	%r13d, %r13d
	xorl	%r14d, %r14d
	xorl	%r15d, %r15d
	jmp	*.Lpage + STUB_ENTRY(%rip)
stub_code_end:

	.section .note.GNU-stack, "", @progbits
