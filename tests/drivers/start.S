/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Entry of the driver test kernel, by QEMU's -kernel and the PVH boot ABI
 * (Xen, docs/misc/pvh.pandoc): 32-bit protected mode, paging off, EBX = struct
 * hvm_start_info.  Maps 1 TiB one to one with 1 GiB pages and goes to 64 bits.
 */
	.section .note.pvh, "a", @note
	.long 4, 4, 18				# name, descriptor, XEN_ELFNOTE_PHYS32_ENTRY
	.asciz "Xen"
	.long start

	.section .text
	.code32
	.globl start
start:
	cld
	mov $stack_end, %esp
	mov $pdpt, %edi
	xor %edx, %edx				# EDX:EAX = PDPTE
	mov $0x83, %eax				# present, writable, 1 GiB
	mov $1024, %ecx
1:	mov %eax, (%edi)
	mov %edx, 4(%edi)
	add $0x40000000, %eax
	adc $0, %edx
	add $8, %edi
	loop 1b

	movl $pdpt + 3, pml4
	movl $pdpt + 4096 + 3, pml4 + 8
	mov $pml4, %eax
	mov %eax, %cr3
	mov $0x20, %eax				# CR4.PAE
	mov %eax, %cr4
	mov $0xc0000080, %ecx			# EFER.LME
	rdmsr
	or $0x100, %eax
	wrmsr
	mov $0x80000001, %eax			# CR0.PG, PE
	mov %eax, %cr0
	lgdt gdt_pointer
	ljmp $8, $.Llong_mode

	.code64
.Llong_mode:
	xor %eax, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %ss
	mov %ebx, %edi
	call test_main
1:	cli
	hlt
	jmp 1b

	.section .rodata
	.balign 8
gdt:	.quad 0, 0x00af9b000000ffff		# 64-bit code
gdt_pointer:
	.word . - gdt - 1
	.long gdt

	.section .bss
	.balign 4096
pml4:	.skip 4096
pdpt:	.skip 8192
	.skip 65536
stack_end:

	.section .note.GNU-stack, "", @progbits
