/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A fuzzer is one function that gets bytes.  Most begin with a valid object, which the
 * input damages in a few places: the empty input is valid.
 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include "capture/env.h"

#include <stdlib.h>

/* libFuzzer's entry; 0. */
int LLVMFuzzerTestOneInput(const u8 *data, size_t bytes);

/* What must be true whatever the input: the fuzzer stops and keeps the input if it is not. */
#define FUZZ_REQUIRE(condition) do { if (!(condition)) __builtin_trap(); } while (0)

#define FUZZ_DAMAGE_BYTES 4u

/* One place: {u16 where, u8 how, u8 value}. */
static inline void fuzz_damage_one(u8 *object, size_t object_bytes, const u8 *data)
{
	size_t at = (data[0] | (size_t)data[1] << 8) % object_bytes;
	size_t run = object_bytes - at < 8 ? object_bytes - at : 8;
	u64 number = 0;

	switch (data[2] % 4) {
	case 0:
		object[at] ^= data[3];
		break;
	case 1:
		memset(object + at, data[3], run < 4 ? run : 4);
		break;
	case 2:
		memset(object + at, data[3], run);
		break;
	default:	/* a number a little larger or smaller */
		memcpy(&number, object + at, run);
		number += (u64)(s64)(signed char)data[3];
		memcpy(object + at, &number, run);
	}
}

/* As many places as the input has; returns the bytes of input that were used. */
static inline size_t fuzz_damage(void *object, size_t object_bytes, const u8 *data, size_t bytes)
{
	size_t used = 0;

	for (; used + FUZZ_DAMAGE_BYTES <= bytes; used += FUZZ_DAMAGE_BYTES)
		fuzz_damage_one(object, object_bytes, data + used);
	return used;
}

/* A copy in memory of exactly its size, so that one byte more is seen; the caller frees. */
static inline void *fuzz_copy(const void *object, size_t bytes)
{
	void *copy = malloc(bytes ? bytes : 1);

	if (!copy)
		abort();
	return memcpy(copy, object, bytes);
}

#endif
