/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The setup part: one file that is a bzImage for kexec (Documentation/x86/boot.rst,
 * protocol 2.15) and a PE/COFF image for signing tools (PE format, "PE32+").
 * It is never run by firmware or a boot loader on purpose; who tries is told.
 */
#include "layout.h"

	.section ".setup", "a"
	.code16
file:
	.ascii	"MZ"
	.org	0x3c
	.long	pe_header - file

pe_header:
	.ascii	"PE\0\0"
	.short	0x8664				# Machine: AMD64
	.short	2				# NumberOfSections
	.long	0, 0, 0				# no time stamp, no symbols
	.short	section_table - optional_header
	.short	0x0206				# executable, line numbers stripped, debug stripped
optional_header:
	.short	0x020b				# PE32+
	.byte	0, 0
	.long	_setup_text_bytes - file		# SizeOfCode
	.long	_setup_data_bytes - file		# SizeOfInitializedData
	.long	0				# SizeOfUninitializedData
	.long	_setup_efi_entry - file		# AddressOfEntryPoint
	.long	LAYOUT_SETUP_BYTES		# BaseOfCode
	.quad	0				# ImageBase
	.long	LAYOUT_ALIGN			# SectionAlignment
	.long	0x200				# FileAlignment
	.short	0, 0, 0, 0, 0, 0		# versions
	.long	0
	.long	_setup_memory_end - file		# SizeOfImage
	.long	LAYOUT_SETUP_BYTES		# SizeOfHeaders
	.long	0				# CheckSum: written by the signer
	.short	10				# Subsystem: EFI application
	.short	0x0100				# DllCharacteristics: NX compatible
	.quad	0, 0, 0, 0			# stack and heap sizes
	.long	0
	.long	(section_table - data_directories) / 8
data_directories:
	.quad	0, 0, 0, 0			# export, import, resource, exception
	.quad	0				# certificates: filled by the signer
	.quad	0				# relocations: none
section_table:
	.ascii	".text\0\0\0"
	.long	_setup_text_bytes - file, LAYOUT_SETUP_BYTES	# VirtualSize, VirtualAddress
	.long	_setup_text_bytes - file, LAYOUT_SETUP_BYTES	# SizeOfRawData, PointerToRawData
	.long	0, 0, 0
	.long	0x60000020			# code, execute, read
	.ascii	".data\0\0\0"
	.long	_setup_bss_bytes - file, _setup_data_start - file
	.long	_setup_data_bytes - file, _setup_data_start - file
	.long	0, 0, 0
	.long	0xc0000040			# data, read, write

	.org	0x1f1				# setup header
	.byte	LAYOUT_SETUP_BYTES / 512 - 1	# setup_sects
	.short	0				# root_flags
	.long	_setup_syssize - file
	.short	0				# ram_size
	.short	0xffff				# vid_mode: normal
	.short	0				# root_dev
	.short	0xaa55				# boot_flag
	.byte	0xeb, setup_end - jump_end	# jump over the header
jump_end:
	.ascii	"HdrS"
	.short	0x020f				# protocol 2.15
	.long	0				# realmode_swtch
	.short	0				# start_sys_seg
	.short	version_string - file - 0x200	# kernel_version
	.byte	0				# type_of_loader
	.byte	1				# loadflags: LOADED_HIGH
	.short	0				# setup_move_size
	.long	0x100000			# code32_start
	.long	0, 0				# ramdisk_image, ramdisk_size
	.long	0				# bootsect_kludge
	.short	0				# heap_end_ptr
	.byte	0, 0				# ext_loader_ver, ext_loader_type
	.long	0				# cmd_line_ptr
	.long	0x7fffffff			# initrd_addr_max
	.long	LAYOUT_ALIGN			# kernel_alignment
	.byte	1				# relocatable_kernel
	.byte	12				# min_alignment: 2^12
	.short	0x63				# xloadflags: KERNEL_64, CAN_BE_LOADED_ABOVE_4G, 5LEVEL, 5LEVEL_ENABLED
	.long	2047				# cmdline_size
	.long	0				# hardware_subarch
	.quad	0				# hardware_subarch_data
	.long	0, 0				# payload_offset, payload_length: nothing is packed
	.quad	0				# setup_data
	.quad	0x100000			# pref_address
	.long	_setup_init_bytes - file		# init_size
	.long	0				# handover_offset
	.long	_setup_kernel_info - file		# kernel_info_offset
setup_end:

/* A boot loader started us in real mode: say so by the BIOS (INT 10h, AH = 0Eh). */
	cli
	cld
	mov	%cs, %ax
	sub	$0x20, %ax			# entered at segment:0x200 of the setup part
	mov	%ax, %ds
	mov	$(bios_message - file), %si
.Lbios_char:
	lodsb
	test	%al, %al
	jz	.Lbios_halt
	mov	$0x0e, %ah
	mov	$7, %bx
	int	$0x10
	jmp	.Lbios_char
.Lbios_halt:
	hlt
	jmp	.Lbios_halt
bios_message:
	.asciz	"Lifeboat's dump kernel only runs after a panic; load it by kdumpctl or kexec -p.\r\n"

version_string:
	.asciz	"lifeboat-dumpkernel " VERSION
	.org	LAYOUT_SETUP_BYTES

/* Loaded part: 32-bit entry (only kexec's 64-bit one is supported), then entry.S. */
	.section ".head.text", "ax"
	.code32
startup_32:
	cli
.Lhalt32:
	hlt
	jmp	.Lhalt32

	.code64
/* UEFI started the image as a program: return EFI_UNSUPPORTED (UEFI 2.10, appendix D). */
	.globl	efi_entry
	.hidden	efi_entry
efi_entry:
	movabs	$0x8000000000000003, %rax
	ret

	.balign	8
	.globl	kernel_info
	.hidden	kernel_info
kernel_info:					# Documentation/x86/boot.rst, "kernel_info"
	.ascii	"LToP"
	.long	kernel_info_end - kernel_info
	.long	kernel_info_end - kernel_info
	.long	0				# setup_type_max
kernel_info_end:

/* Written after linking (seal.c): CRC-32 of the loaded part with the CRC zero, and its length. */
	.globl	image_crc
	.hidden	image_crc
	.balign	8
	.ascii	"LBIMGCRC"
image_crc:
	.long	0
	.long	0
