/* SPDX-License-Identifier: GPL-2.0 */
/* SHA-256 (FIPS 180-4): names of contents, so that only what changed is built again. */
#ifndef COMMON_SHA256_H
#define COMMON_SHA256_H

#include "capture/env.h"

#define SHA256_BYTES 32u
#define SHA256_TEXT_BYTES (2 * SHA256_BYTES + 1)

struct sha256 {
	u32 state[8];
	u64 total_bytes;
	u8 block[64];	/* what does not fill a block yet */
};

void sha256_init(struct sha256 *hash);
void sha256_update(struct sha256 *hash, const void *data, size_t bytes);

/* Ends it; ret_digest: SHA256_BYTES. */
void sha256_final(struct sha256 *hash, u8 *ret_digest);

/* Hexadecimal; ret_text: SHA256_TEXT_BYTES. */
void sha256_print(const u8 *digest, char *ret_text);

/* -EINVAL: text does not begin with 64 hexadecimal digits. */
int sha256_parse(const char *text, u8 *ret_digest);

#endif
