/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel image and initrd of a request, read, unpacked and checked. */
#ifndef KEXEC_LOAD_FILES_H
#define KEXEC_LOAD_FILES_H

#include "kexec/bzimage.h"
#include "kexec/crash_load.h"

struct load_files {
	char *kernel;			/* unpacked */
	size_t kernel_bytes;
	bool kernel_was_packed;
	struct bzimage image;		/* points into kernel; zeros from load_files_read() */
	char *initrd;			/* NULL: none */
	size_t initrd_bytes;
};

/*
 * Reads a kernel of any type, .gz, .xz or .zst too, and the initrd (NULL: none), which
 * stays packed as Linux wants it.  Says its errors: open(2)'s and read(2)'s, -EBADMSG,
 * -EFBIG, -EINVAL for an empty initrd, -ENOMEM.
 */
int load_files_read(struct load_files *files, const char *kernel, const char *initrd);

/* The same for a crash image, which must be a bzImage: also -ENOEXEC. */
int load_files_init(struct load_files *files, const struct crash_load *request);

/*
 * When the image is our dump kernel: is it undamaged, and is the initrd a config block
 * that it will accept?  Better refused now than at the crash.  -ENOEXEC, -EINVAL, said.
 */
int load_files_check_dumpkernel(const struct load_files *files, const struct crash_load *request);

/*
 * Opens the kernel for kexec_file_load: the file itself, or its unpacked bytes.
 * ret_fd is the caller's.  Silent: open(2)'s, memfd_create(2)'s, write(2)'s errors.
 */
int load_files_open_kernel(const struct load_files *files, const char *path, int *ret_fd);

void load_files_deinit(struct load_files *files);

#endif
