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
 * Code is position independent; static data that holds addresses is relocated by the image
 * itself (image.c) from a table of ELF's relative relocations, the only kind that there is
 * (dumpkernel/build.mk looks).
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
	.setup : {
		KEEP(*(.setup))
		/* Numbers for header.S, as addresses in this section, which starts at 0. */
		_setup_data_start = _etext;
		_setup_memory_end = _end;
		_setup_text_bytes = _etext - LAYOUT_SETUP_BYTES;
		_setup_data_bytes = _edata - _etext;
		_setup_bss_bytes = _end - _etext;
		_setup_init_bytes = _end - _image;
		_setup_syssize = (_edata - _image) / 16;
		_setup_kernel_info = kernel_info - _image;
		_setup_efi_entry = efi_entry;
	} :text
	ASSERT(SIZEOF(.setup) == LAYOUT_SETUP_BYTES, "the setup part has a fixed size")

	_image = .;
	.text : {
		KEEP(*(.head.text))
		*(.text .text.*)
	} :text
	ASSERT(_image == LAYOUT_SETUP_BYTES, "the loaded part follows the setup part")
	ASSERT(startup_64 == _image + LAYOUT_ENTRY64, "boot protocol: 64-bit entry at +0x200")

	.rela.dyn : { *(.rela.*) } :text
	_relocations_end = .;
	_relocations = . - SIZEOF(.rela.dyn);
	.rodata : { *(.rodata .rodata.*) . = ALIGN(LAYOUT_ALIGN); } :text
	_etext = .;

	.data : { _data = .; *(.data .data.*) *(.got .got.plt) . = ALIGN(LAYOUT_ALIGN); } :data
	_edata = .;

	.bss (NOLOAD) : {
		_bss = .;
		*(.bss .bss.*) *(COMMON)
		. = ALIGN(LAYOUT_ALIGN);
	} :data
	_end = .;

	/DISCARD/ : {
		*(.comment) *(.note .note.*) *(.eh_frame) *(.dynamic) *(.dynsym) *(.dynstr)
		*(.hash) *(.gnu.hash) *(.interp)
	}

	ASSERT(_edata <= IMAGE_BYTES, "the image grew past its limit in layout.h")
	ASSERT(_end - _edata <= LAYOUT_BSS_BYTES, "bss grew past LAYOUT_BSS_BYTES")
}
