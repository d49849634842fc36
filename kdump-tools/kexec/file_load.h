/* SPDX-License-Identifier: GPL-2.0 */
/* Loading by kexec_file_load: the kernel builds and places everything; we foresee how much. */
#ifndef KEXEC_FILE_LOAD_H
#define KEXEC_FILE_LOAD_H

#include "kexec/kexec_call.h"
#include "kexec/load_files.h"
#include "kexec/machine.h"

/* Bytes of crash region that it takes at region_start.  -ENOMEM (said). */
int file_load_need(const struct crash_load *request, const struct load_files *files,
		   const struct machine *machine, u64 region_start, u64 *ret_bytes);

/*
 * Longest command line (without the NUL) that the kernel takes for an image that itself
 * takes image_max_bytes: it keeps room for elfcorehdr=, also when that is not added.
 */
u64 file_load_cmdline_max(u64 image_max_bytes);

/* What the kernel would refuse without saying why: -EINVAL (said) for a command line that is too long. */
int file_load_check(const struct crash_load *request, const struct load_files *files);

/*
 * Loads a request's files (initrd: NULL for none) into a slot; silent, what the kernel
 * says, or open(2)'s and load_files_open_kernel()'s errors.
 */
int file_load_run(enum kexec_slot slot, const struct load_files *files, const char *kernel, const char *initrd,
		  const char *cmdline);

#endif
