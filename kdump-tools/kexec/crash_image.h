/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A crash image as kexec_load wants it: pieces placed in the crash region and the
 * bytes of each.  Everything that the image gets is fixed here, before the crash.
 */
#ifndef KEXEC_CRASH_IMAGE_H
#define KEXEC_CRASH_IMAGE_H

#include "kexec/elfcorehdr.h"
#include "kexec/kexec_call.h"
#include "kexec/load_files.h"
#include "kexec/machine.h"
#include "kexec/placement.h"

/* Of each kernel, from its first piece on. */
enum crash_piece {
	CRASH_PIECE_KERNEL,
	CRASH_PIECE_STUB,
	CRASH_PIECE_BOOT_PARAMS,
	CRASH_PIECE_CMDLINE,
	CRASH_PIECE_INITRD,	/* last: may be absent, but not when there is a chain */
	CRASH_PIECES
};

#define CRASH_ELFCOREHDR 0u	/* the piece that both kernels use */
#define CRASH_FIRST 1u
#define CRASH_CHAIN (CRASH_FIRST + CRASH_PIECES)
#define CRASH_MAX_PIECES (CRASH_CHAIN + CRASH_PIECES)
_Static_assert(CRASH_MAX_PIECES <= 16, "KEXEC_SEGMENT_MAX");

/* One of the kernels in it: the one that a panic starts, and the one that this starts when it fails. */
struct crash_kernel {
	const struct load_files *files;
	const char *cmdline;	/* as asked for */
	u32 first;		/* its pieces: CRASH_FIRST or CRASH_CHAIN */
};

struct crash_image {
	struct crash_kernel kernel[2];
	u32 kernels;
	const struct machine *machine;
	const struct elfcorehdr_facts *facts;
	enum kexec_slot slot;
	bool sums;		/* hand CRCs over */
	bool update_elfcorehdr;	/* the kernel will write it anew */
	struct placement_piece piece[CRASH_MAX_PIECES];
	struct placement_request placement;
	void *data[CRASH_MAX_PIECES];
	u64 data_bytes[CRASH_MAX_PIECES];
};

/*
 * Says how large every piece is; places and builds nothing.  The arguments must
 * outlive the image; chain_files: of request->chain.  Says its errors: -EINVAL when a command line is too
 * long or the chain can't be one, -ENOMEM, for a fallback fallback_read_taken()'s.
 */
int crash_image_init(struct crash_image *image, const struct crash_load *request, const struct load_files *files,
		     const struct load_files *chain_files, const struct machine *machine,
		     const struct elfcorehdr_facts *facts);

/* Places the pieces and builds their bytes, which are the image's; the step before loading.  Says its errors. */
int crash_image_make(struct crash_image *image);

/* The same, and hands them to the kernel.  Says its errors. */
int crash_image_load(struct crash_image *image);

void crash_image_deinit(struct crash_image *image);

#endif
