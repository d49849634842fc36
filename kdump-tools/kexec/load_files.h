/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel image and initrd of a request, read and checked. */
#ifndef KEXEC_LOAD_FILES_H
#define KEXEC_LOAD_FILES_H

#include "kexec/bzimage.h"
#include "kexec/crash_load.h"

struct load_files {
	char *kernel;
	size_t kernel_bytes;
	struct bzimage image;		/* points into kernel */
	char *initrd;			/* NULL: none */
	size_t initrd_bytes;
};

/* Says its errors: open(2)'s and read(2)'s, -EFBIG, -ENOEXEC, -ENOMEM. */
int load_files_init(struct load_files *files, const struct crash_load *request);

/*
 * When the image is our dump kernel: is it undamaged, and is the initrd a config block
 * that it will accept?  Better refused now than at the crash.  -ENOEXEC, -EINVAL, said.
 */
int load_files_check_dumpkernel(const struct load_files *files, const struct crash_load *request);

void load_files_deinit(struct load_files *files);

#endif
