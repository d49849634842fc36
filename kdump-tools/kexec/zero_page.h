/* SPDX-License-Identifier: GPL-2.0 */
/*
 * struct boot_params ("zero page") for an image that we load: what it was given and
 * which memory it may use.  Linux Documentation/x86/{boot,zero-page}.rst.
 */
#ifndef KEXEC_ZERO_PAGE_H
#define KEXEC_ZERO_PAGE_H

#include "kexec/bzimage.h"
#include "kexec/firmware.h"
#include "kexec/machine.h"

struct zero_page_basics {
	const struct setup_header *header;
	const struct firmware *firmware;
	u64 cmdline_pa;
	u64 initrd_pa;
	u64 initrd_bytes;		/* 0: none */
};

/* What every image is told; the memory map stays empty. */
void zero_page_build_basics(struct boot_params *params, const struct zero_page_basics *basics);

struct zero_page_request {
	const struct bzimage *image;
	const struct machine *machine;
	const struct firmware *firmware;
	u64 cmdline_pa;
	u64 initrd_pa;
	u64 initrd_bytes;		/* 0: none */
	struct memrange elfcorehdr;	/* not to be used as RAM */
};

/* The same for a crash image, with the memory that it may use. */
void zero_page_build(struct boot_params *params, const struct zero_page_request *request);

#endif
