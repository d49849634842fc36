/* SPDX-License-Identifier: GPL-2.0 */
/* Packing the archive as the capture kernel can unpack it. */
#ifndef INITRAMFS_PACK_H
#define INITRAMFS_PACK_H

#include "initramfs/buffer.h"

enum pack_format { PACK_GZIP, PACK_ZSTD };

/* "gzip", "zstd" */
const char *pack_name(enum pack_format format);

/*
 * Appends data[bytes], packed, to `packed`; the same input gives the same bytes.  The
 * window stays small: unpacking takes memory where there is little.  -ENOMEM, -EIO for
 * what the library refuses.
 */
int pack(enum pack_format format, const void *data, size_t bytes, struct buffer *packed);

#endif
