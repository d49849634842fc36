/* SPDX-License-Identifier: GPL-2.0 */
/* Packed files, unpacked in memory: gzip (RFC 1952), xz, zstd (RFC 8878), told by their first bytes. */
#ifndef KEXEC_DECOMPRESS_H
#define KEXEC_DECOMPRESS_H

#include "capture/env.h"

bool decompress_is_packed(const void *data, size_t bytes);

/*
 * Unpacks all of data[bytes] (several packed parts in a row are one file) into new
 * memory that the caller frees.  -EBADMSG: damaged, cut off, or not packed;
 * -EFBIG: more than max_bytes; -ENOMEM.
 */
int decompress(const void *data, size_t bytes, size_t max_bytes, char **ret_data, size_t *ret_bytes);

#endif
