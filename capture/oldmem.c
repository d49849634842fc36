// SPDX-License-Identifier: GPL-2.0
#include "capture/oldmem.h"

void oldmem_fill_pattern(void *buf, size_t bytes)
{
	const u32 word = OLDMEM_BAD_PATTERN;
	u8 *to = buf;

	for (size_t at = 0; at < bytes; at++)
		to[at] = (u8)(word >> (at % 4 * 8));
}
