// SPDX-License-Identifier: GPL-2.0
#include "kdump-save/codecs.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>

#include "../../capture/fake_memory.h"
#include "capture/kdump_format.h"

#define OUT_BYTES (PAGE_BYTES + CODEC_SLACK_BYTES)

static u64 seed = 17;

/* From nothing but zeroes to noise: runs of bytes whose length shrinks. */
static void fill(u8 *page, u32 kind)
{
	u8 byte = 0;

	for (u32 i = 0; i < PAGE_BYTES; i++) {
		if (kind && fake_random(&seed) % 64 < kind)
			byte = (u8)fake_random(&seed);
		page[i] = byte;
	}
}

static void test_what_goes_in_comes_out(void **state)
{
	for (const struct page_codec *const *codec = codecs; *codec; codec++) {
		void *work = aligned_alloc(64, align_up((*codec)->codec->work_bytes, 64));
		u8 *out = malloc(OUT_BYTES), page[PAGE_BYTES], again[PAGE_BYTES];
		u32 shrunk = 0;

		assert_int_equal((*codec)->codec->init(work), 0);
		for (u32 kind = 0; kind <= 64; kind++) {
			u32 bytes;

			fill(page, kind);
			bytes = (*codec)->codec->compress(work, page, out);
			assert_true(bytes < PAGE_BYTES);
			if (!bytes)
				continue;
			shrunk++;
			assert_int_equal((*codec)->expand(out, bytes, again), 0);
			assert_memory_equal(page, again, PAGE_BYTES);
		}
		assert_true(shrunk > 20 && shrunk < 65);
		if ((*codec)->codec->release)
			(*codec)->codec->release(work);
		free(work);
		free(out);
	}
}

/* Any damage is an error or another page, never a byte outside of the page. */
static void test_damaged_data(void **state)
{
	for (const struct page_codec *const *codec = codecs; *codec; codec++) {
		void *work = aligned_alloc(64, align_up((*codec)->codec->work_bytes, 64));
		u8 *out = malloc(OUT_BYTES), *page = malloc(PAGE_BYTES);
		u32 errors = 0;

		assert_int_equal((*codec)->codec->init(work), 0);
		for (u32 i = 0; i < 2000; i++) {
			u32 bytes;
			u8 *exact;

			fill(page, i % 20);
			bytes = (*codec)->codec->compress(work, page, out);
			assert_true(bytes);
			out[fake_random(&seed) % bytes] ^= (u8)(1 + fake_random(&seed) % 255);
			if (i % 2)
				bytes = 1 + (u32)(fake_random(&seed) % bytes);
			exact = malloc(bytes);	/* so that a byte read behind it is seen */
			memcpy(exact, out, bytes);
			errors += (*codec)->expand(exact, bytes, page) == -EBADMSG;
			free(exact);
		}
		assert_true(errors > 500);
		if ((*codec)->codec->release)
			(*codec)->codec->release(work);
		free(work);
		free(page);
		free(out);
	}
}

static void test_found_by_letter_and_flag(void **state)
{
	assert_ptr_equal(codecs_by_option('c'), &page_codec_zlib);
	assert_ptr_equal(codecs_by_option('p'), &page_codec_snappy);
	assert_null(codecs_by_option('x'));
	assert_ptr_equal(codecs_by_flag(KDUMP_LZO), &page_codec_lzo);
	assert_ptr_equal(codecs_by_flag(KDUMP_ZSTD), &page_codec_zstd);
	assert_null(codecs_by_flag(KDUMP_ZLIB | KDUMP_LZO));
	assert_null(codecs_by_flag(0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_goes_in_comes_out), cmocka_unit_test(test_damaged_data), cmocka_unit_test(test_found_by_letter_and_flag),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
