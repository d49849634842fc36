// SPDX-License-Identifier: GPL-2.0
/* The dump kernel's libc against the real one: the same source, under other names. */
#define memcpy k_memcpy
#define memmove k_memmove
#define memset k_memset
#define memcmp k_memcmp
#define strlen k_strlen
#define strcmp k_strcmp
#define strncmp k_strncmp
#define snprintf k_snprintf
#define vsnprintf k_vsnprintf
#include "../../../dumpkernel/libk.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef strlen
#undef strcmp
#undef strncmp
#undef snprintf
#undef vsnprintf

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>

#define ROUNDS 200000

static void fill_random(u8 *buf, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		buf[i] = (u8)rand();
}

static int sign(int value)
{
	return (value > 0) - (value < 0);
}

/* --- memory ---------------------------------------------------------------------------- */

static void test_memmove_random(void **state)
{
	u8 ours[128], theirs[128];

	fill_random(ours, sizeof(ours));
	memcpy(theirs, ours, sizeof(ours));
	for (u32 i = 0; i < ROUNDS; i++) {
		size_t len = (size_t)rand() % 65, to = (size_t)rand() % 64, from = (size_t)rand() % 64;

		assert_ptr_equal(k_memmove(ours + to, ours + from, len), ours + to);
		memmove(theirs + to, theirs + from, len);
		assert_memory_equal(ours, theirs, sizeof(ours));
	}
}

static void test_memcpy_memset_random(void **state)
{
	u8 ours[128] = { 0 }, theirs[128] = { 0 }, from[64];

	for (u32 i = 0; i < ROUNDS; i++) {
		size_t len = (size_t)rand() % 65, to = (size_t)rand() % 64;

		if (i % 2) {
			fill_random(from, sizeof(from));
			assert_ptr_equal(k_memcpy(ours + to, from, len), ours + to);
			memcpy(theirs + to, from, len);
		} else {
			assert_ptr_equal(k_memset(ours + to, (int)i, len), ours + to);
			memset(theirs + to, (int)i, len);
		}
		assert_memory_equal(ours, theirs, sizeof(ours));
	}
}

static void test_memcmp_random(void **state)
{
	u8 a[8], b[8];

	for (u32 i = 0; i < ROUNDS; i++) {
		size_t len = (size_t)rand() % 9;

		for (u32 j = 0; j < sizeof(a); j++) {
			a[j] = rand() % 8 ? 0x80 : (u8)rand();
			b[j] = rand() % 8 ? 0x80 : (u8)rand();
		}
		assert_int_equal(sign(k_memcmp(a, b, len)), sign(memcmp(a, b, len)));
	}
}

/* --- strings ----------------------------------------------------------------------------- */

static void random_string(char *s, size_t size)
{
	size_t len = (size_t)rand() % size;

	for (size_t i = 0; i < len; i++)
		s[i] = rand() % 8 ? 'a' : (char)(1 + rand() % 255);
	s[len] = 0;
}

static void test_strcmp_random(void **state)
{
	char a[8], b[8];

	for (u32 i = 0; i < ROUNDS; i++) {
		size_t len = (size_t)rand() % 10;

		random_string(a, sizeof(a));
		random_string(b, sizeof(b));
		assert_int_equal(k_strlen(a), strlen(a));
		assert_int_equal(sign(k_strcmp(a, b)), sign(strcmp(a, b)));
		assert_int_equal(sign(k_strncmp(a, b, len)), sign(strncmp(a, b, len)));
	}
}

/* --- vsnprintf ----------------------------------------------------------------------------- */

static int ours_format(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int count;

	va_start(args, fmt);
	count = k_vsnprintf(buf, size, fmt, args);
	va_end(args);
	return count;
}

/* The same count, text and end in a buffer of any size, and nothing behind it. */
#define ASSERT_SAME(fmt, ...) do { \
		for (size_t size_ = 0; size_ < 48; size_ += 1 + (size_t)rand() % 8) { \
			char ours_[64], theirs_[64]; \
			memset(ours_, 0x7e, sizeof(ours_)); \
			memset(theirs_, 0x7e, sizeof(theirs_)); \
			assert_int_equal(ours_format(ours_, size_, fmt, __VA_ARGS__), \
					 snprintf(theirs_, size_, fmt, __VA_ARGS__)); \
			assert_memory_equal(ours_, theirs_, sizeof(ours_)); \
		} \
	} while (0)

static u64 random_number(void)
{
	static const u64 edges[] = { 0, 1, 9, 10, ~0ull, INT_MAX, 1ull << 31, UINT_MAX, 1ull << 32, LLONG_MAX, 1ull << 63 };
	u64 number = (u64)rand() << 33 ^ (u64)rand() << 11 ^ (u64)rand();

	return rand() % 4 ? number >> rand() % 64 : edges[(u32)rand() % ARRAY_SIZE(edges)];
}

/* "a%<flags><width><length><conversion>b" with flags out of the given ones. */
static void random_format(char *fmt, const char *const *flags, u32 flag_count, const char *rest)
{
	char width[4] = "";

	if (rand() % 2)
		snprintf(width, sizeof(width), "%d", 1 + rand() % 30);
	snprintf(fmt, 24, "a%%%s%s%sb", flags[(u32)rand() % flag_count], width, rest);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"

static void test_vsnprintf_numbers(void **state)
{
	static const char *const flags[] = { "", "-", "0", "-0", "0-" };
	static const char *const rests[] = { "d", "u", "x", "ld", "lu", "lx", "lld", "llu", "llx", "zu", "zx" };
	char fmt[24];

	for (u32 i = 0; i < ROUNDS / 20; i++) {
		const char *rest = rests[(u32)rand() % ARRAY_SIZE(rests)];
		u64 number = random_number();

		random_format(fmt, flags, ARRAY_SIZE(flags), rest);
		if (rest[1])
			ASSERT_SAME(fmt, number);
		else
			ASSERT_SAME(fmt, (unsigned)number);
	}
}

static void test_vsnprintf_strings(void **state)
{
	static const char *const flags[] = { "", "-" };
	char fmt[24], text[40];
	int letter;

	for (u32 i = 0; i < ROUNDS / 20; i++) {
		random_string(text, sizeof(text));
		random_format(fmt, flags, ARRAY_SIZE(flags), "s");
		ASSERT_SAME(fmt, text);
		letter = rand() % 256;
		random_format(fmt, flags, ARRAY_SIZE(flags), "c");
		ASSERT_SAME(fmt, letter);
	}
}

/* Not a format of ours: shown as it stands, nothing is read from the arguments. */
static void test_vsnprintf_unknown(void **state)
{
	static const struct { const char *fmt, *expected; } unknown[] = {
		{ "100%", "100%" }, { "%q|%d", "%q|7" }, { "%", "%" }, { "%5", "%" }, { "%ll", "%" }, { "%-0", "%" },
	};
	char buf[32];

	for (u32 i = 0; i < ARRAY_SIZE(unknown); i++) {
		assert_int_equal(ours_format(buf, sizeof(buf), unknown[i].fmt, 7), (int)strlen(unknown[i].expected));
		assert_string_equal(buf, unknown[i].expected);
	}
}

#pragma GCC diagnostic pop

static void test_vsnprintf_several(void **state)
{
	ASSERT_SAME("%d%% of %s at %llx, %c %-4u|", -5, "old memory", 0x123456789abull, 'x', 42u);
	ASSERT_SAME("%s", "");
	ASSERT_SAME("%08x %016llx", 0xbeefu, 0x1000ull);
	ASSERT_SAME("%s %05d", "zero pad", -42);
}

/* Hexadecimal digits without 0x, unlike glibc's. */
static void test_vsnprintf_pointer(void **state)
{
	char buf[32];

	assert_int_equal(ours_format(buf, sizeof(buf), "%p %p", (void *)0xfeed0000, NULL), 10);
	assert_string_equal(buf, "feed0000 0");
}

static void test_snprintf_cut_off(void **state)
{
	char buf[4] = "xyz";

	assert_int_equal(k_snprintf(buf, sizeof(buf), "%s", "abcdef"), 6);
	assert_string_equal(buf, "abc");
	assert_int_equal(k_snprintf(NULL, 0, "%d", 12345), 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memmove_random),
		cmocka_unit_test(test_memcpy_memset_random),
		cmocka_unit_test(test_memcmp_random),
		cmocka_unit_test(test_strcmp_random),
		cmocka_unit_test(test_vsnprintf_numbers),
		cmocka_unit_test(test_vsnprintf_strings),
		cmocka_unit_test(test_vsnprintf_unknown),
		cmocka_unit_test(test_vsnprintf_several),
		cmocka_unit_test(test_vsnprintf_pointer),
		cmocka_unit_test(test_snprintf_cut_off),
	};

	srand(1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
