/* SPDX-License-Identifier: GPL-2.0 */
/* Loading by kexec_file_load: the kernel builds and places everything; we foresee how much. */
#ifndef KEXEC_FILE_LOAD_H
#define KEXEC_FILE_LOAD_H

#include "kexec/load_files.h"
#include "kexec/machine.h"

/* Bytes of crash region that it takes at region_start.  -ENOMEM (said). */
int file_load_need(const struct crash_load *request, const struct load_files *files,
		   const struct machine *machine, u64 region_start, u64 *ret_bytes);

/* What the kernel would refuse without saying why: -EINVAL (said) for a command line that is too long. */
int file_load_check(const struct crash_load *request, const struct load_files *files);

/* Loads; silent, what the kernel says or open(2)'s errors. */
int file_load_run(const struct crash_load *request);

#endif
