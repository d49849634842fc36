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

enum crash_piece {
	CRASH_PIECE_KERNEL,
	CRASH_PIECE_ELFCOREHDR,
	CRASH_PIECE_STUB,
	CRASH_PIECE_BOOT_PARAMS,
	CRASH_PIECE_CMDLINE,
	CRASH_PIECE_INITRD,	/* last: may be absent */
	CRASH_PIECES
};

struct crash_image {
	const struct load_files *files;
	const struct machine *machine;
	const struct elfcorehdr_facts *facts;
	const char *cmdline;	/* as asked for */
	enum kexec_slot slot;
	bool sums;		/* hand CRCs over */
	bool update_elfcorehdr;	/* the kernel will write it anew */
	struct placement_piece piece[CRASH_PIECES];
	struct placement_request placement;
	void *data[CRASH_PIECES];
	u64 data_bytes[CRASH_PIECES];
};

/*
 * Says how large every piece is; places and builds nothing.  The arguments must
 * outlive the image.  Says its errors: -EINVAL when the command line is too long, -ENOMEM, for a
 * fallback fallback_read_taken()'s.
 */
int crash_image_init(struct crash_image *image, const struct crash_load *request,
		     const struct load_files *files, const struct machine *machine,
		     const struct elfcorehdr_facts *facts);

/* Places the pieces, builds their bytes and hands them to the kernel.  Says its errors. */
int crash_image_load(struct crash_image *image);

void crash_image_deinit(struct crash_image *image);

#endif
