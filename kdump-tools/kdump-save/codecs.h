/* SPDX-License-Identifier: GPL-2.0 */
/* The compressions of the KDUMP format, by the distribution's libraries. */
#ifndef KDUMP_SAVE_CODECS_H
#define KDUMP_SAVE_CODECS_H

#include "capture/codec.h"

struct page_codec {
	const struct codec *codec;
	char option;		/* the letter that asks for it */
	/* Exactly one page out of what compress() made, or -EBADMSG. */
	int (*expand)(const u8 *data, u32 bytes, u8 *page);
	void (*end_thread)(void);	/* gives back what the calling thread's expand() took; NULL: nothing */
};

extern const struct page_codec page_codec_zlib, page_codec_lzo, page_codec_zstd, page_codec_snappy;

/* Those that this program was linked with, then NULL; codecs.c, or codecs_boot.c without snappy. */
extern const struct page_codec *const codecs[];

/* NULL: not in this program. */
const struct page_codec *codecs_by_option(char option);
const struct page_codec *codecs_by_flag(u32 kdump_flag);

/* The calling thread expands no more. */
void codecs_end_thread(void);

#endif
