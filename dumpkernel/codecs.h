/* SPDX-License-Identifier: GPL-2.0 */
/* The compressions in this image, and what their libraries need: SSE, a stack guard, a libc of five functions. */
#ifndef DUMPKERNEL_CODECS_H
#define DUMPKERNEL_CODECS_H

#include "capture/codec.h"

/* By the KDUMP flag; NULL: not in this image. */
const struct codec *codecs_find(u32 kdump_flag);

/* Makes the calling CPU fit for them; once for each CPU that compresses. */
void codecs_enable_cpu(void);

#endif
