/* SPDX-License-Identifier: GPL-2.0 */
/* Compression of single pages. */
#ifndef CAPTURE_CODEC_H
#define CAPTURE_CODEC_H

#include "capture/env.h"

/* What a codec may write behind the page that it was asked for, while it tries. */
#define CODEC_SLACK_BYTES 512u

struct codec {
	const char *name;
	u32 kdump_flag;
	u32 work_bytes;		/* of memory, 16-byte aligned, one for each CPU */

	/* Makes work ready, once; takes all the memory that there is to take.  0, -ENOMEM. */
	int (*init)(void *work);
	/* Gives back what init() took; NULL: nothing. */
	void (*release)(void *work);

	/*
	 * Compresses page[PAGE_BYTES] to out[PAGE_BYTES + CODEC_SLACK_BYTES].  Returns how many
	 * bytes it takes, less than PAGE_BYTES; 0: it does not shrink, or could not be done.
	 */
	u32 (*compress)(void *work, const u8 *page, u8 *out);
};

/* capture/codecs/: by the distribution's libraries, linked where they are used. */
extern const struct codec codec_lzo, codec_zlib, codec_zstd;

#endif
