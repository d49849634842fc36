/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kexec_test, one image for all its forms (kdump-tools/kexec_test/build.mk):
 *
 *	base + 0x000	32-bit entry	entry_32.S
 *	base + 0x200	64-bit entry	entry_64.S
 *	  ...		text, rodata	mapped read-only
 *	  ...		data, bss	mapped writable
 *
 * Loaded at the base as ELF, anywhere page aligned as bzImage: no address is in it.
 * .setup is no part of memory: it stands before the image in the bzImage.
 */
OUTPUT_FORMAT("elf64-x86-64")
OUTPUT_ARCH(i386:x86-64)
ENTRY(start_64)

PHDRS
{
	text PT_LOAD FLAGS(5);
	data PT_LOAD FLAGS(6);
}

SECTIONS
{
	. = 0x2000000;
	image_start = .;
	.text : {
		KEEP(*(.head32.text))
		. = 0x200;
		KEEP(*(.head64.text))
		*(.text .text.*)
	} :text
	ASSERT(start_32 == image_start && start_64 == image_start + 0x200, "boot protocol: the entries' places")
	.rodata : { *(.rodata .rodata.*) . = ALIGN(0x1000); } :text
	image_text_end = .;
	.data : { *(.data .data.*) . = ALIGN(0x1000); } :data
	image_bss = .;
	.bss (NOLOAD) : { *(.bss .bss.*) *(COMMON) . = ALIGN(0x1000); } :data
	image_end = .;

	setup_syssize = ABSOLUTE((image_bss - image_start) / 16);
	setup_init_size = ABSOLUTE(image_end - image_start);
	.setup 0 : { KEEP(*(.setup)) } :NONE
	ASSERT(SIZEOF(.setup) == 0x400, "setup_sects in setup.S says two sectors")
	.got : { *(.got .got.*) } :NONE
	ASSERT(SIZEOF(.got) == 0, "a symbol is not hidden")

	/DISCARD/ : { *(.comment) *(.note .note.*) *(.eh_frame) *(.got.plt) }
	ASSERT(image_end - image_start <= 0x40000, "kexec_test grew past 256 KiB")
}
