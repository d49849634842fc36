/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CAPTURE_CRC32_H
#define CAPTURE_CRC32_H

#include "capture/env.h"

/*
 * CRC-32 of ISO 3309 / ITU-T V.42 (zlib's crc32()): pass 0 first, then the last
 * result to go on.  bytes: length of data.
 */
u32 crc32_update(u32 crc, const void *data, size_t bytes);

#endif
