/* SPDX-License-Identifier: GPL-2.0 */
/* The dump kernel's own image, as vmlinux-lds/dumpkernel.lds.S lays it out. */
#ifndef DUMPKERNEL_IMAGE_H
#define DUMPKERNEL_IMAGE_H

#include "capture/env.h"

extern const u8 _image[], _etext[], _edata[], _end[];
extern const Elf64_Rela _relocations[], _relocations_end[];

/* header.S, written by seal.c after linking. */
extern const u32 image_crc[2];	/* CRC-32 of [_image, _edata) with image_crc[0] zero; bytes */

/* -EBADMSG when the image is not as it was linked.  Call before any static data is written. */
int image_check(void);

/* Makes addresses in static data right for where the image runs; once, after image_check(), before any is used. */
void image_relocate(void);

#endif
