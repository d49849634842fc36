// SPDX-License-Identifier: GPL-2.0
#include "capture/page_bits.h"

#include <stdarg.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>

#include "fake_memory.h"

#define PLACE (3 * PAGE_BYTES)
#define BITS_BYTES (4 * PAGE_BYTES)

static u8 file[PLACE + BITS_BYTES], buffer[PAGE_BYTES];
static u32 reads;
static int error;

static int out_read(struct dump_out *out, u64 offset, void *buf, u32 bytes)
{
	assert_true(offset >= PLACE && offset % PAGE_BYTES == 0 && offset + bytes <= sizeof(file));
	reads++;
	if (!error)
		memcpy(buf, file + offset, bytes);
	return error;
}

static struct dump_out out = { .read = out_read };

static bool is_set(u64 pfn)
{
	return file[PLACE + pfn / 8] >> (pfn % 8) & 1;
}

/* From any page, of any length, across blocks of the bitmap. */
static void test_batches(void **state)
{
	struct page_bits bits;
	u64 seed = 5;

	for (u32 i = 0; i < BITS_BYTES; i++)
		file[PLACE + i] = (u8)fake_random(&seed);
	page_bits_init(&bits, &out, PLACE, buffer);
	for (int i = 0; i < 3000; i++) {
		u64 pfn = fake_random(&seed) % (BITS_BYTES * 8 - 300);
		u32 count = 1 + (u32)(fake_random(&seed) % 256);
		u8 dropped[32];

		assert_int_equal(page_bits_batch(&bits, pfn, count, dropped), 0);
		for (u32 j = 0; j < count; j++)
			assert_int_equal(dropped[j / 8] >> (j % 8) & 1, !is_set(pfn + j));
	}
}

static void test_reads_a_block_once(void **state)
{
	struct page_bits bits;
	u8 dropped[32];

	page_bits_init(&bits, &out, PLACE, buffer);
	reads = 0;
	for (u64 pfn = 0; pfn < BITS_BYTES * 8; pfn += 256)
		assert_int_equal(page_bits_batch(&bits, pfn, 256, dropped), 0);
	assert_int_equal(reads, BITS_BYTES / PAGE_BYTES);
}

static void test_read_fails(void **state)
{
	struct page_bits bits;
	u8 dropped[32];

	page_bits_init(&bits, &out, PLACE, buffer);
	error = -EIO;
	assert_int_equal(page_bits_batch(&bits, 0, 256, dropped), -EIO);
	error = 0;
	assert_int_equal(page_bits_batch(&bits, 0, 256, dropped), 0);
	assert_int_equal(dropped[0], (u8)~file[PLACE]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_batches), cmocka_unit_test(test_reads_a_block_once), cmocka_unit_test(test_read_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
