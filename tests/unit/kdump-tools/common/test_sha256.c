// SPDX-License-Identifier: GPL-2.0
#include "../kdumpctl/unit.h"

#include <errno.h>
#include <string.h>

#include "common/sha256.h"

static void expect_digest(const void *data, size_t bytes, size_t step, const char *want)
{
	struct sha256 hash;
	u8 digest[SHA256_BYTES];
	char text[SHA256_TEXT_BYTES];

	sha256_init(&hash);
	for (size_t at = 0; at < bytes; at += step)
		sha256_update(&hash, (const char *)data + at, bytes - at < step ? bytes - at : step);
	sha256_final(&hash, digest);
	sha256_print(digest, text);
	assert_string_equal(text, want);
}

/* NIST's examples for SHA-256, and every way to cut the input into pieces. */
static void test_sha256_examples(void **state)
{
	static const char two_blocks[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
	static char million[1000000];

	expect_digest("", 0, 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	expect_digest("abc", 3, 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	for (size_t step = 1; step <= sizeof(two_blocks) - 1; step++)
		expect_digest(two_blocks, sizeof(two_blocks) - 1, step, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	memset(million, 'a', sizeof(million));
	expect_digest(million, sizeof(million), 999, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* The padding is different around 55 and 64 bytes: sums of sums, against coreutils. */
static void test_sha256_lengths(void **state)
{
	struct sha256 all, one;
	u8 digest[SHA256_BYTES];
	char data[130], text[SHA256_TEXT_BYTES];

	memset(data, 'x', sizeof(data));
	sha256_init(&all);
	for (size_t bytes = 0; bytes <= sizeof(data); bytes++) {
		sha256_init(&one);
		sha256_update(&one, data, bytes);
		sha256_final(&one, digest);
		sha256_update(&all, digest, sizeof(digest));
	}
	sha256_final(&all, digest);
	sha256_print(digest, text);
	assert_string_equal(text, "f5a018ad6f7a21c451c8d98b57699f4aeeb1976b88771c339c7ea60cd09c64ef");
}

static void test_sha256_parse(void **state)
{
	u8 digest[SHA256_BYTES], again[SHA256_BYTES] = { 7 };
	char text[SHA256_TEXT_BYTES];

	for (unsigned int i = 0; i < SHA256_BYTES; i++)
		digest[i] = i * 37;
	sha256_print(digest, text);
	assert_int_equal(sha256_parse(text, again), 0);
	assert_memory_equal(digest, again, sizeof(digest));
	text[63] = 'g';
	again[0] = 7;
	assert_int_equal(sha256_parse(text, again), -EINVAL);
	assert_int_equal(sha256_parse("", again), -EINVAL);
	assert_int_equal(again[0], 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sha256_examples),
		cmocka_unit_test(test_sha256_lengths),
		cmocka_unit_test(test_sha256_parse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
