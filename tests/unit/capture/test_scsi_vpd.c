// SPDX-License-Identifier: GPL-2.0
#include "capture/scsi_vpd.h"

#include <stdarg.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>

/* A copy of exactly its size, so that the sanitizer sees one byte more. */
static int serial_of(const void *page, u32 bytes, char *ret, u32 size)
{
	u8 *copy = malloc(bytes ? bytes : 1);
	int err;

	memcpy(copy, page, bytes);
	err = scsi_vpd_serial(copy, bytes, ret, size);
	free(copy);
	return err;
}

static int id_of(const void *page, u32 bytes, u8 *ret, u32 id_bytes)
{
	u8 *copy = malloc(bytes ? bytes : 1);
	int err;

	memcpy(copy, page, bytes);
	err = scsi_vpd_id(copy, bytes, ret, id_bytes);
	free(copy);
	return err;
}

static void test_scsi_vpd_serial_trims(void **state)
{
	char serial[24];

	assert_int_equal(serial_of("\0\x80\0\x8  AB CD ", 12, serial, sizeof(serial)), 0);
	assert_string_equal(serial, "AB CD");
	assert_int_equal(serial_of("\0\x80\0\x1e" "0123456789abcdefghijk  xyz1234", 34, serial, sizeof(serial)), 0);
	assert_string_equal(serial, "0123456789abcdefghijk");	/* cut, then trimmed */
	assert_int_equal(serial_of("\0\x80\0\xff" "ABC", 7, serial, sizeof(serial)), 0);
	assert_string_equal(serial, "ABC");			/* longer than what there is */
	assert_int_equal(serial_of("\0\x80\0\x2" "ABC", 7, serial, sizeof(serial)), 0);
	assert_string_equal(serial, "AB");
}

static void test_scsi_vpd_serial_none(void **state)
{
	char serial[24] = "untouched";

	assert_int_equal(serial_of("\0\x80\0\0", 4, serial, sizeof(serial)), -ENODATA);
	assert_int_equal(serial_of("\0\x80\0\4    ", 8, serial, sizeof(serial)), -ENODATA);
	assert_int_equal(serial_of("\0\x83\0\4ABCD", 8, serial, sizeof(serial)), -ENODATA);
	assert_int_equal(serial_of("\0\x80\0", 3, serial, sizeof(serial)), -ENODATA);
	assert_int_equal(serial_of("", 0, serial, sizeof(serial)), -ENODATA);
	assert_string_equal(serial, "untouched");
}

/* ASCII vendor id; NAA of the port; NAA of the unit, 8 bytes; EUI-64 of the unit, 16 bytes. */
static const u8 ids[] = {
	0, 0x83, 0, 3 * 4 + 4 + 4 + 8 + 8 + 16,
	2, 0x00, 0, 4, 'L', 'B', '0', '1',
	1, 0x13, 0, 8, 9, 9, 9, 9, 9, 9, 9, 9,
	0x61, 0x83, 0, 8, 0x50, 1, 2, 3, 4, 5, 6, 7,
	1, 0x02, 0, 16, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
};

static void test_scsi_vpd_id_finds(void **state)
{
	u8 id[16] = { 0 };

	assert_int_equal(id_of(ids, sizeof(ids), id, 8), 0);
	assert_memory_equal(id, ids + 28, 8);
	assert_int_equal(id_of(ids, sizeof(ids), id, 16), 0);
	assert_memory_equal(id, ids + 40, 16);
}

static void test_scsi_vpd_id_none(void **state)
{
	u8 id[16] = { 0xaa }, page[sizeof(ids)];

	assert_int_equal(id_of(ids, sizeof(ids), id, 12), -ENODATA);
	for (u32 bytes = 0; bytes < sizeof(ids); bytes++)
		assert_int_equal(id_of(ids, bytes, id, 16), -ENODATA);
	memcpy(page, ids, sizeof(page));
	page[3] -= 1;			/* the last one is cut off */
	assert_int_equal(id_of(page, sizeof(page), id, 16), -ENODATA);
	memcpy(page, ids, sizeof(page));
	page[24] = 0x62;		/* not binary */
	assert_int_equal(id_of(page, sizeof(page), id, 8), -ENODATA);
	page[1] = 0x80;
	assert_int_equal(id_of(page, sizeof(page), id, 16), -ENODATA);
	assert_int_equal(id[0], 0xaa);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scsi_vpd_serial_trims),
		cmocka_unit_test(test_scsi_vpd_serial_none),
		cmocka_unit_test(test_scsi_vpd_id_finds),
		cmocka_unit_test(test_scsi_vpd_id_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
