/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A bzImage and its setup header (Linux Documentation/x86/boot.rst, boot protocol
 * 2.12 and later, relocatable).  The file comes from anywhere: every
 * field is checked before it is used.
 */
#ifndef KEXEC_BZIMAGE_H
#define KEXEC_BZIMAGE_H

#include <asm/bootparam.h>

#include "capture/env.h"

#define BZIMAGE_ENTRY_32 0u		/* boot.rst "32-bit BOOT PROTOCOL" */
#define BZIMAGE_ENTRY_64 0x200u	/* from the load address, boot.rst "64-bit BOOT PROTOCOL" */

struct bzimage {
	struct setup_header header;	/* as in the file, zeros after its own end */
	const u8 *code;			/* protected-mode part, in the caller's buffer */
	u64 code_bytes;
	u64 memory_bytes;		/* that it needs at its load address, whole pages */
	u64 align_bytes;		/* of the load address, at least a page */
	u32 cmdline_max_bytes;		/* without the NUL */
	bool entry_64;			/* has the 64-bit entry */
	bool above_4g;			/* may be loaded there */
	bool five_level;		/* can be entered with 5-level page tables */
	char version[128];		/* "" when the image tells none */
};

/*
 * Checks the image in file[bytes], which must outlive ret_image.
 * -ENOEXEC: not an image that we can load, *ret_why says why (a static string).
 */
int bzimage_parse(struct bzimage *ret_image, const void *file, size_t bytes, const char **ret_why);

/* True for the Lifeboat dump kernel, which understands handover_sums=. */
bool bzimage_is_dumpkernel(const struct bzimage *image);

#endif
