/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A static ELF executable as an image to boot: which bytes go to which physical
 * addresses.  The file comes from anywhere: every field is checked before it is used.
 */
#ifndef KEXEC_ELF_IMAGE_H
#define KEXEC_ELF_IMAGE_H

#include "capture/env.h"

#define ELF_IMAGE_MAX_PARTS 8

/* PT_LOADs that share a page or touch, as one: kexec_load wants whole pages apart. */
struct elf_image_part {
	u64 pa;			/* page aligned */
	u64 bytes;		/* of memory, whole pages */
	u8 *data;
	u64 data_bytes;		/* the rest of the memory is zeros */
};

struct elf_image {
	struct elf_image_part part[ELF_IMAGE_MAX_PARTS];	/* by address */
	u32 count;
	u64 entry_pa;
	bool is_64;
};

/*
 * Reads the image in file[bytes]; the parts are new memory.  -ENOEXEC: not an image
 * that we can load, *ret_why says why (a static string); -ENOMEM.
 */
int elf_image_init(struct elf_image *ret_image, const void *file, size_t bytes, const char **ret_why);
void elf_image_deinit(struct elf_image *image);

/* True when the file begins as an ELF file does. */
bool elf_image_is_elf(const void *file, size_t bytes);

#endif
