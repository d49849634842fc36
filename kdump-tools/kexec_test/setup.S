/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The setup part of kexec_test as a bzImage: two sectors with a setup header (boot.rst,
 * protocol 2.15), put before the image by build.mk.  No firmware can start it.
 */
	.section .setup
setup:
	.org	0x1f1
	.byte	1				# setup_sects
	.short	0				# root_flags
	.long	setup_syssize
	.short	0, 0xffff, 0			# ram_size, vid_mode, root_dev
	.short	0xaa55				# boot_flag
	.byte	0xeb, header_end - jump_end	# jump over the header
jump_end:
	.ascii	"HdrS"
	.short	0x020f				# protocol 2.15
	.long	0				# realmode_swtch
	.short	0				# start_sys_seg
	.short	version - setup - 0x200		# kernel_version
	.byte	0				# type_of_loader
	.byte	1				# loadflags: LOADED_HIGH
	.short	0				# setup_move_size
	.long	0x100000			# code32_start
	.long	0, 0, 0				# ramdisk_image, ramdisk_size, bootsect_kludge
	.short	0				# heap_end_ptr
	.byte	0, 0				# ext_loader_ver, ext_loader_type
	.long	0				# cmd_line_ptr
	.long	0x7fffffff			# initrd_addr_max
	.long	0x1000				# kernel_alignment
	.byte	1				# relocatable_kernel
	.byte	12				# min_alignment
	.short	0x63				# xloadflags: KERNEL_64, CAN_BE_LOADED_ABOVE_4G, 5LEVEL, 5LEVEL_ENABLED
	.long	2047				# cmdline_size
	.long	0				# hardware_subarch
	.quad	0				# hardware_subarch_data
	.long	0, 0				# payload_offset, payload_length
	.quad	0				# setup_data
	.quad	0x100000			# pref_address
	.long	setup_init_size
	.long	0, 0				# handover_offset, kernel_info_offset
header_end:
version:
	.asciz	"lifeboat-kexec_test " VERSION
	.org	0x400
