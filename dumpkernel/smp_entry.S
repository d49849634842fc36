/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where another CPU begins after INIT and a start-up interrupt.  smp_start.c copies this to a
 * page below 640 KiB and puts struct smp_entry_data behind it.  Several CPUs may run it at once.
 *
 *	entered in	real mode, cs = page / 16, ip = 0, interrupts off, caches as before INIT
 *	ebx		address of the page, from .Lreal on
 *	leaves		smp_main(block rdi), 64-bit mode, rsp = end of the block, the page tables,
 *			CR0, CR4 and EFER of the coordinator; GDT still in the page, no IDT
 *	may fault	no: until smp_main() has an IDT, a fault resets the machine
 *
 * Intel SDM volume 3A (2023-06), 9.4.4 (start), 10.8.5 (to 64-bit mode: protected mode first,
 * CR4 and CR3 while paging is off, EFER.LME, then CR0.PG).
 */
#include "layout.h"
#include "smp_entry.h"

#define CODE32 0x08
#define AT(label) ((label) - smp_entry)
#define DATA(field) (SMP_ENTRY_BYTES + (field))

	.section .rodata.smp_entry, "a"
	.balign	16
	.globl	smp_entry
	.hidden	smp_entry
	.code16
smp_entry:
.Lreal:
	cli
	cld
	xor	%ebx, %ebx
	mov	%cs, %bx
	mov	%bx, %ds
	shl	$4, %ebx
	lea	AT(.Lgdt)(%ebx), %eax		# all CPUs write the same
	mov	%eax, AT(.Lgdtr) + 2
	lea	AT(.Lprotected)(%ebx), %eax
	mov	%eax, AT(.Lto_protected)
	lea	AT(.Llong)(%ebx), %eax
	mov	%eax, AT(.Lto_long)
	lgdtl	AT(.Lgdtr)
	mov	%cr0, %eax
	or	$1, %eax			# PE
	mov	%eax, %cr0
	ljmpl	*AT(.Lto_protected)

	.code32
.Lprotected:
	mov	$LAYOUT_SEL_DATA, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	mov	DATA(SMP_DATA_CR4)(%ebx), %eax
	mov	%eax, %cr4
	mov	DATA(SMP_DATA_LOW_ROOT)(%ebx), %eax
	mov	%eax, %cr3
	mov	$0xc0000080, %ecx		# IA32_EFER
	mov	DATA(SMP_DATA_EFER)(%ebx), %eax
	xor	%edx, %edx
	wrmsr
	mov	DATA(SMP_DATA_CR0)(%ebx), %eax
	mov	%eax, %cr0
	ljmp	*AT(.Lto_long)(%ebx)

	.code64
.Llong:
	mov	%ebx, %ebx			# upper half: 0
	mov	DATA(SMP_DATA_CR3)(%rbx), %rax
	mov	%rax, %cr3
	xor	%eax, %eax
	mov	%eax, %fs
	mov	%eax, %gs
	inc	%eax
	lock xadd %eax, DATA(SMP_DATA_ARRIVED)(%rbx)
	cmp	DATA(SMP_DATA_COUNT)(%rbx), %eax
	jae	.Lhalt				# one more than were called
	imul	$LAYOUT_CPU_BYTES, %rax, %rdi
	add	DATA(SMP_DATA_CPUS)(%rbx), %rdi
	lea	LAYOUT_CPU_BYTES(%rdi), %rsp
	xor	%ebp, %ebp
	call	*DATA(SMP_DATA_MAIN)(%rbx)
.Lhalt:
	hlt
	jmp	.Lhalt

	.balign	8
.Lgdt:
	.quad	0
	.quad	0x00cf9b000000ffff		# CODE32
	.quad	0x00af9b000000ffff		# LAYOUT_SEL_CODE
	.quad	0x00cf93000000ffff		# LAYOUT_SEL_DATA
.Lgdt_end:
.Lgdtr:
	.short	.Lgdt_end - .Lgdt - 1
	.long	0				# .Lgdt
.Lto_protected:
	.long	0				# .Lprotected
	.short	CODE32
.Lto_long:
	.long	0				# .Llong
	.short	LAYOUT_SEL_CODE
	.org	SMP_ENTRY_BYTES
