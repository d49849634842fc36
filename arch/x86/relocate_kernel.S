/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The jump: from this kernel's page tables to the identity map, copy a normal image to its
 * place, enter it.
 *
 * One CPU, interrupts off.  It begins where it is linked, in kernel text; the identity map
 * carries the kernel's half of the old one, so the code survives the switch of CR3.  Then it
 * goes on in its copy, in the control page, which lies in nobody's way, with a stack at that
 * page's end.  Nothing here may fault: there is no IDT.
 *
 * At the new kernel's entry (Linux boot protocol, "64-bit Boot Protocol"): long mode, identity
 * map, CR4 = PAE (+ LA57 as before), interrupts off, no valid GDT or IDT, all registers but RSP
 * zero, and zero on top of the stack: kexec-tools' purgatory looks there for a way back.
 */
#include <linux/linkage.h>
#include <asm/kexec.h>
#include <asm/nospec-branch.h>
#include <asm/page_types.h>
#include <asm/processor-flags.h>
#include <asm/segment.h>
#include <asm/unwind_hints.h>

#define COPY_BYTES	24		/* sizeof(struct kexec_copy) */

	.section .rodata
.Lno_table:
	.fill	10, 1, 0			// limit 0, base 0

	.text
	.code64
	.balign 64
/*
 * In:	RDI  start: physical entry point of the new kernel
 *	RSI  copy_list: first page of struct kexec_copy, 0 if all is in its place
 *	RDX  page_table: top level of the identity map
 *	RCX  control_page: where this code's copy lies
 * Kept: R12 start, R13 next step, R14 page_table
 */
SYM_CODE_START_NOALIGN(relocate_kernel)
	UNWIND_HINT_EMPTY
	ANNOTATE_NOENDBR
	cli
	cld
	movq	%rdi, %r12
	movq	%rsi, %r13
	movq	%rdx, %r14

	/* The CPU keeps segments as they were loaded, whatever becomes of their table. */
	movl	$__KERNEL_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	%eax, %fs
	movl	%eax, %gs
	lidt	.Lno_table(%rip)
	lgdt	.Lno_table(%rip)

	movq	%r14, %cr3			// the identity map, kernel half included
	leaq	PAGE_SIZE(%rcx), %rsp
	addq	$(.Lidentity - relocate_kernel), %rcx
	ANNOTATE_RETPOLINE_SAFE
	jmp	*%rcx				// to the copy of what follows

.Lidentity:
	UNWIND_HINT_EMPTY
	ANNOTATE_NOENDBR
	/* CR4 before CR0: CET does not allow WP to go (Intel SDM vol. 3, 2.5).  PGE off drops global TLB entries. */
	movq	%cr4, %rax
	andl	$X86_CR4_LA57, %eax
	orl	$X86_CR4_PAE, %eax
	movq	%rax, %cr4
	movq	%cr0, %rax
	andq	$~(X86_CR0_AM | X86_CR0_WP | X86_CR0_TS | X86_CR0_EM), %rax
	movq	%rax, %cr0

	/* The old kernel's half leads to what may be overwritten now. */
	leaq	(PAGE_SIZE / 2)(%r14), %rdi
	movl	$(PAGE_SIZE / 2 / 8), %ecx
	xorl	%eax, %eax
	rep stosq				// memset(page_table + 256 entries, 0)
	movq	%r14, %cr3

	testq	%r13, %r13
	jz	.Lenter
.Lnext_step:					// for (step = copy_list; ; step++)
	movq	0(%r13), %rdi			// dest
	movq	8(%r13), %rsi			// source
	movq	16(%r13), %rcx			// bytes
	addq	$COPY_BYTES, %r13
	testq	%rcx, %rcx
	jz	.Lnext_page
	shrq	$3, %rcx
	testq	%rsi, %rsi
	jz	.Lzero
	rep movsq				// memcpy(dest, source, bytes)
	jmp	.Lnext_step
.Lzero:
	rep stosq				// memset(dest, 0, bytes); RAX is 0
	jmp	.Lnext_step
.Lnext_page:
	movq	%rsi, %r13			// step = source
	testq	%r13, %r13
	jnz	.Lnext_step

.Lenter:
	movq	%r14, %cr3			// serializes: what was copied is code (SDM vol. 3, 8.3)
	pushq	$0
	popfq
	pushq	$0				// no way back
	pushq	%r12				// start, for ret
	xorl	%r15d, %r15d
	xorl	%r14d, %r14d
	xorl	%r13d, %r13d
	xorl	%r12d, %r12d
	xorl	%r11d, %r11d
	xorl	%r10d, %r10d
	xorl	%r9d, %r9d
	xorl	%r8d, %r8d
	xorl	%ebp, %ebp
	xorl	%edi, %edi
	xorl	%esi, %esi
	xorl	%edx, %edx
	xorl	%ecx, %ecx
	xorl	%ebx, %ebx
	xorl	%eax, %eax
	ANNOTATE_UNRET_SAFE
	ret
	int3
SYM_CODE_END(relocate_kernel)

	/* For the linker script, which compares it with KEXEC_CONTROL_CODE_MAX_SIZE. */
	.globl	kexec_control_code_size
	.set	kexec_control_code_size, . - relocate_kernel
