// SPDX-License-Identifier: GPL-2.0
#include "kexec/dumpkernel_seal.h"

#include <string.h>

#include "capture/crc32.h"

/* dumpkernel/header.S: the magic, then the CRC-32 of the sealed bytes with itself zero, then their number. */
#define SEAL_MAGIC "LBIMGCRC"
#define SEAL_MAGIC_BYTES 8u

struct dumpkernel_seal {
	u32 crc32;
	u32 bytes;
};

static bool dumpkernel_seal_check(const u8 *code, u64 bytes, u64 at)
{
	const u32 zero = 0;
	struct dumpkernel_seal seal;
	u64 after_crc = at + sizeof(zero);
	u32 crc;

	memcpy(&seal, code + at, sizeof(seal));
	if (seal.bytes < at + sizeof(seal) || seal.bytes > bytes)
		return false;
	crc = crc32_update(0, code, at);
	crc = crc32_update(crc, &zero, sizeof(zero));
	crc = crc32_update(crc, code + after_crc, seal.bytes - after_crc);
	return crc == seal.crc32;
}

bool dumpkernel_seal_matches(const u8 *code, u64 bytes)
{
	for (u64 at = SEAL_MAGIC_BYTES; at + sizeof(struct dumpkernel_seal) <= bytes; at++)
		if (!memcmp(code + at - SEAL_MAGIC_BYTES, SEAL_MAGIC, SEAL_MAGIC_BYTES))
			return dumpkernel_seal_check(code, bytes, at);
	return false;
}
