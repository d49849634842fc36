/* SPDX-License-Identifier: GPL-2.0 */
/* An image to boot as kexec_load wants it: pieces placed in RAM and the bytes of each. */
#ifndef KEXEC_BOOT_IMAGE_H
#define KEXEC_BOOT_IMAGE_H

#include "kexec/boot_data.h"
#include "kexec/boot_load.h"
#include "kexec/load_files.h"
#include "kexec/machine.h"

/* Builds, places and hands the image to the kernel.  Says its errors. */
int boot_image_load(const struct boot_load *request, const struct load_files *files,
		    const struct boot_kernel *kernel, const struct machine *machine);

#endif
