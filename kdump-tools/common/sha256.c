// SPDX-License-Identifier: GPL-2.0
#include "common/sha256.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define BLOCK_BYTES 64u

/* FIPS 180-4, 4.2.2 */
static const u32 round_constants[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static u32 rotate(u32 value, unsigned int bits)
{
	return value >> bits | value << (32 - bits);
}

static u32 read_be32(const u8 *at)
{
	return (u32)at[0] << 24 | at[1] << 16 | at[2] << 8 | at[3];
}

/* FIPS 180-4, 6.2.2 */
static void mix_block(u32 *state, const u8 *block)
{
	u32 a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
	u32 w[64];

	for (int t = 0; t < 16; t++)
		w[t] = read_be32(block + 4 * t);
	for (int t = 16; t < 64; t++) {
		u32 low = rotate(w[t - 15], 7) ^ rotate(w[t - 15], 18) ^ w[t - 15] >> 3;
		u32 high = rotate(w[t - 2], 17) ^ rotate(w[t - 2], 19) ^ w[t - 2] >> 10;

		w[t] = high + w[t - 7] + low + w[t - 16];
	}
	for (int t = 0; t < 64; t++) {
		u32 t1 = h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + round_constants[t] + w[t];
		u32 t2 = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));

		h = g;
		g = f;
		f = e;
		e = d + t1;
		d = c;
		c = b;
		b = a;
		a = t1 + t2;
	}
	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
	state[4] += e;
	state[5] += f;
	state[6] += g;
	state[7] += h;
}

void sha256_init(struct sha256 *hash)
{
	/* FIPS 180-4, 5.3.3 */
	*hash = (struct sha256){ .state = {
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
	} };
}

void sha256_update(struct sha256 *hash, const void *data, size_t bytes)
{
	const u8 *at = data;

	while (bytes) {
		size_t have = hash->total_bytes % BLOCK_BYTES;
		size_t part = min_u64(bytes, BLOCK_BYTES - have);

		hash->total_bytes += part;
		bytes -= part;
		if (part == BLOCK_BYTES) {
			mix_block(hash->state, at);
		} else {
			memcpy(hash->block + have, at, part);
			if (have + part == BLOCK_BYTES)
				mix_block(hash->state, hash->block);
		}
		at += part;
	}
}

void sha256_final(struct sha256 *hash, u8 *ret_digest)
{
	static const u8 padding[BLOCK_BYTES] = { 0x80 };
	u64 bits = hash->total_bytes * 8;
	size_t have = hash->total_bytes % BLOCK_BYTES;
	u8 length[8];

	for (int i = 0; i < 8; i++)
		length[i] = bits >> (56 - 8 * i);
	sha256_update(hash, padding, (have < 56 ? 56 : 120) - have);
	sha256_update(hash, length, sizeof(length));
	for (int i = 0; i < 32; i++)
		ret_digest[i] = hash->state[i / 4] >> (24 - 8 * (i % 4));
}

void sha256_print(const u8 *digest, char *ret_text)
{
	for (unsigned int i = 0; i < SHA256_BYTES; i++)
		snprintf(ret_text + 2 * i, 3, "%02x", digest[i]);
}

int sha256_parse(const char *text, u8 *ret_digest)
{
	static const char digits[] = "0123456789abcdef";
	u8 digest[SHA256_BYTES];

	for (unsigned int i = 0; i < 2 * SHA256_BYTES; i++) {
		const char *digit = text[i] ? strchr(digits, text[i]) : NULL;

		if (!digit)
			return -EINVAL;
		digest[i / 2] = digest[i / 2] << 4 | (u8)(digit - digits);
	}
	memcpy(ret_digest, digest, sizeof(digest));
	return 0;
}
