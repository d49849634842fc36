/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The dump kernel as a bzImage, byte for byte: address = offset in the file.
 *
 *	0x0000	setup part: MZ and PE header, setup header at 0x1f1 (header.S)
 *	0x1000	loaded part; the loader chooses any page-aligned address for it
 *	0x1000	  32-bit entry		(header.S)
 *	0x1200	  64-bit entry		(entry.S)
 *	  ...	  text, rodata		mapped read-only, executable
 *	  ...	  data			mapped writable, not executable
 *	_edata	end of the file (a PE signature may follow)
 *	  ...	  bss: stacks, first page tables
 *	_end	_end - 0x1000 = init_size
 *
 * Code is position independent and no static data holds an address: nothing is left to
 * relocate (dumpkernel/build.mk looks).
 */
#include "layout.h"

OUTPUT_FORMAT("elf64-x86-64")
OUTPUT_ARCH(i386:x86-64)
ENTRY(startup_64)

PHDRS
{
	text PT_LOAD FLAGS(5);
	data PT_LOAD FLAGS(6);
}

SECTIONS
{
	. = 0;
	.setup : { KEEP(*(.setup)) } :text
	ASSERT(SIZEOF(.setup) == LAYOUT_SETUP_BYTES, "the setup part has a fixed size")

	_image = .;
	.text : {
		KEEP(*(.head.text))
		*(.text .text.*)
	} :text
	ASSERT(_image == LAYOUT_SETUP_BYTES, "the loaded part follows the setup part")
	ASSERT(startup_64 == _image + LAYOUT_ENTRY64, "boot protocol: 64-bit entry at +0x200")

	.rodata : { *(.rodata .rodata.*) . = ALIGN(LAYOUT_ALIGN); } :text
	_etext = .;

	.data : { _data = .; *(.data .data.*) . = ALIGN(LAYOUT_ALIGN); } :data
	_edata = .;

	.bss (NOLOAD) : {
		_bss = .;
		*(.bss .bss.*) *(COMMON)
		. = ALIGN(LAYOUT_ALIGN);
	} :data
	_end = .;

	.got : { *(.got .got.*) }
	ASSERT(SIZEOF(.got) == 0, "a symbol is not hidden")

	/DISCARD/ : {
		*(.comment) *(.note .note.*) *(.eh_frame) *(.dynamic) *(.dynsym) *(.dynstr)
		*(.hash) *(.gnu.hash) *(.interp) *(.got.plt)
	}

	/* Numbers for header.S. */
	_setup_data_start = ABSOLUTE(_etext);
	_setup_memory_end = ABSOLUTE(_end);
	_setup_text_bytes = ABSOLUTE(_etext - LAYOUT_SETUP_BYTES);
	_setup_data_bytes = ABSOLUTE(_edata - _etext);
	_setup_bss_bytes = ABSOLUTE(_end - _etext);
	_setup_init_bytes = ABSOLUTE(_end - _image);
	_setup_syssize = ABSOLUTE((_edata - _image) / 16);
	_setup_kernel_info = ABSOLUTE(kernel_info - _image);
	_setup_efi_entry = ABSOLUTE(efi_entry);

	ASSERT(_edata <= LAYOUT_MAX_FILE_BYTES, "the image grew past 128 KiB")
	ASSERT(_end - _image <= LAYOUT_MAX_INIT_BYTES, "image and bss grew past LAYOUT_MAX_INIT_BYTES")
}
