/* SPDX-License-Identifier: GPL-2.0 */
/* A kernel to boot, of any type: which bytes it wants where, how it is entered. */
#ifndef KEXEC_BOOT_KERNEL_H
#define KEXEC_BOOT_KERNEL_H

#include "kexec/bzimage.h"
#include "kexec/elf_image.h"
#include "kexec/ram_placement.h"

enum boot_kernel_type {
	BOOT_KERNEL_AUTO,
	BOOT_KERNEL_BZIMAGE64,	/* entered in long mode */
	BOOT_KERNEL_BZIMAGE,	/* entered in 32-bit protected mode */
	BOOT_KERNEL_ELF64,
	BOOT_KERNEL_ELF32,
};

struct boot_kernel {
	enum boot_kernel_type type;	/* never AUTO */
	bool entry_32;
	struct setup_header header;	/* for boot_params; made up for an ELF image */
	u32 cmdline_max_bytes;		/* without the NUL */
	u64 data_end_pa;		/* boot_params and the rest end there at the latest; 0: anywhere */
	u64 initrd_end_pa;		/* the same for the initrd */
	bool five_level;		/* can be entered on 5-level page tables, as far as it tells */
	struct ram_piece piece[ELF_IMAGE_MAX_PARTS];
	const u8 *data[ELF_IMAGE_MAX_PARTS];
	u64 data_bytes[ELF_IMAGE_MAX_PARTS];
	u32 count;			/* of pieces */
	u64 entry;			/* address, or offset from the first piece if that is movable */
	struct elf_image elf;		/* owns the data of an ELF image */
};

/* The type of that name (kexec-tools' names); -EINVAL. */
int boot_kernel_parse_type(const char *name, enum boot_kernel_type *ret_type);
const char *boot_kernel_type_name(enum boot_kernel_type type);

/*
 * Reads file[bytes], which must outlive the kernel.  type: what it must be, or AUTO;
 * entry_32bit: enter a bzImage in 32-bit mode.  -ENOEXEC: not an image that we can load,
 * *ret_why says why (a static string); -ENOMEM.
 */
int boot_kernel_init(struct boot_kernel *ret_kernel, const void *file, size_t bytes, enum boot_kernel_type type,
		     bool entry_32bit, const char **ret_why);
void boot_kernel_deinit(struct boot_kernel *kernel);

/* Where the kernel is entered when its first piece lies at first_pa. */
u64 boot_kernel_entry_pa(const struct boot_kernel *kernel, u64 first_pa);

#endif
