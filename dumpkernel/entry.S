/* SPDX-License-Identifier: GPL-2.0 */
/*
 * 64-bit entry, called by relocate_kernel, by purgatory or by our kexec's stub.
 *
 *	rsi	boot_params, or 0 when the loader passes none
 *	cr3	identity map of RAM; no device is mapped
 *	cr4	PAE, and LA57 if the dead kernel ran with it
 *	idt	invalid: until trap_init() any fault resets the machine
 *	rsp	anything
 *
 * One CPU, interrupts off.  The loader may have left garbage in bss (a PE signature
 * lies there in a signed image).
 */
#include "layout.h"

	.section ".head.text", "ax"
	.code64
	.org	LAYOUT_ENTRY64
	.globl	startup_64
	.hidden	startup_64
startup_64:
	cli
	cld
	lea	_bss(%rip), %rdi		# memset(_bss, 0, _end - _bss)
	lea	_end(%rip), %rcx
	sub	%rdi, %rcx
	xor	%eax, %eax
	rep stosb

	lea	boot_stack_top(%rip), %rsp
	lea	gdt(%rip), %rax			# gdtr = { limit, gdt }
	push	%rax
	pushw	$(gdt_end - gdt - 1)
	lgdt	(%rsp)
	add	$10, %rsp

	mov	$LAYOUT_SEL_DATA, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	xor	%eax, %eax
	mov	%eax, %fs
	mov	%eax, %gs
	pushq	$LAYOUT_SEL_CODE
	lea	.Lown_code(%rip), %rax
	push	%rax
	lretq
.Lown_code:
	mov	%rsi, %rdi			# dump_main(boot_params)
	xor	%ebp, %ebp
	call	dump_main
	ud2

	.balign	16
gdt:					# until trap_init() loads one with a TSS
	.quad	0, 0
	.quad	0x00af9b000000ffff		# 0x10 code, 64-bit, accessed: the CPU need not write
	.quad	0x00cf93000000ffff		# 0x18 data
gdt_end:

/*
 * Exceptions.  Each stub is 16 bytes: [error code or 0], vector, common part.
 * Stack at trap_common, from rsp up: vector, error, rip, cs, rflags, rsp, ss.
 */
	.text
	.balign	16
	.globl	trap_stubs
	.hidden	trap_stubs
trap_stubs:
	vector = 0
	.rept	32
	.balign	16
	.if !((1 << vector) & 0x60227d00)	# 8 10-14 17 21 29 30 push an error code (SDM 3A, table 6-1)
	pushq	$0
	.endif
	pushq	$vector
	jmp	trap_common
	vector = vector + 1
	.endr

	.balign	16
trap_common:
	push	%rax				# struct trap_frame, trap.h
	push	%rbx
	push	%rcx
	push	%rdx
	push	%rsi
	push	%rdi
	push	%rbp
	push	%r8
	push	%r9
	push	%r10
	push	%r11
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rsp, %rdi
	cld
	call	trap_handle			# returns only when the trap is mended
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%r11
	pop	%r10
	pop	%r9
	pop	%r8
	pop	%rbp
	pop	%rdi
	pop	%rsi
	pop	%rdx
	pop	%rcx
	pop	%rbx
	pop	%rax
	add	$16, %rsp
	iretq

/*
 * int copy_from_old(void *dst rdi, const void *src rsi, size_t bytes rdx)
 * 0, or -1 when a byte of src can't be read: trap_handle() moves rip to the fixup.
 */
	.globl	copy_from_old, copy_from_old_words, copy_from_old_bytes, copy_from_old_fixup
	.hidden	copy_from_old, copy_from_old_words, copy_from_old_bytes, copy_from_old_fixup
copy_from_old:
	mov	%rdx, %rcx
	shr	$3, %rcx
copy_from_old_words:
	rep movsq
	mov	%edx, %ecx
	and	$7, %ecx
copy_from_old_bytes:
	rep movsb
	xor	%eax, %eax
	ret
copy_from_old_fixup:
	mov	$-1, %eax
	ret

	.bss
	.balign	16
	.skip	LAYOUT_STACK_BYTES
boot_stack_top:
