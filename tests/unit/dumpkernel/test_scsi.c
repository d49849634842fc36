// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#include "../../../dumpkernel/scsi.c"

static void test_scsi_judge_status(void **state)
{
	assert_int_equal(scsi_judge(STATUS_GOOD, NULL, 0), SCSI_DONE);
	assert_int_equal(scsi_judge(STATUS_BUSY, NULL, 0), SCSI_PUT_OFF);
	assert_int_equal(scsi_judge(STATUS_TASK_SET_FULL, NULL, 0), SCSI_PUT_OFF);
	assert_int_equal(scsi_judge(0x18, NULL, 0), SCSI_FAILED);	/* reservation conflict */
	assert_int_equal(scsi_judge(STATUS_CHECK_CONDITION, NULL, 0), SCSI_FAILED);
}

static void test_scsi_judge_sense(void **state)
{
	static const struct {
		u8 key;
		u8 asc, ascq;
		enum scsi_verdict wanted;
	} table[] = {
		{ 0x0, 0, 0, SCSI_DONE },
		{ 0x1, 0x17, 1, SCSI_DONE },		/* recovered */
		{ 0x2, 0x04, 1, SCSI_PUT_OFF },		/* becoming ready */
		{ 0x2, 0x3a, 0, SCSI_FAILED },		/* no medium */
		{ 0x3, 0x11, 0, SCSI_FAILED },		/* unrecovered read */
		{ 0x5, 0x20, 0, SCSI_UNKNOWN },
		{ 0x6, 0x29, 0, SCSI_PUT_OFF },		/* it was reset */
		{ 0x7, 0x27, 0, SCSI_FAILED },		/* write protected */
		{ 0xb, 0x00, 6, SCSI_ABORTED },
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		u8 fixed[18] = { 0xf0, 0, 0xe0 | table[i].key };
		u8 descriptors[8] = { 0x72, 0xf0 | table[i].key, table[i].asc, table[i].ascq };

		fixed[12] = table[i].asc;
		fixed[13] = table[i].ascq;
		assert_int_equal(scsi_judge(STATUS_CHECK_CONDITION, fixed, sizeof(fixed)), table[i].wanted);
		assert_int_equal(scsi_judge(STATUS_CHECK_CONDITION, fixed, 13), SCSI_FAILED);
		assert_int_equal(scsi_judge(STATUS_CHECK_CONDITION, descriptors, sizeof(descriptors)), table[i].wanted);
		assert_int_equal(scsi_judge(STATUS_CHECK_CONDITION, descriptors, 3), SCSI_FAILED);
		fixed[0] = 0x7f;
		assert_int_equal(scsi_judge(STATUS_CHECK_CONDITION, fixed, sizeof(fixed)), SCSI_FAILED);
	}
}

static void test_scsi_commands(void **state)
{
	static const u8 write[] = { 0x8a, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 4, 0, 0, 0 };
	static const u8 read[] = { 0x88, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 1, 0, 0 };
	static const u8 vpd[] = { 0x12, 1, 0x83, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
	static const u8 capacity[] = { 0x9e, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 32, 0, 0 };
	static const u8 mode[] = { 0x1a, 8, 0x3f, 0, 192, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
	static const u8 flush[SCSI_CDB_BYTES] = { 0x35 };
	u8 cdb[SCSI_CDB_BYTES];

	scsi_read_write(cdb, true, 0x0102030405060708, 1024);
	assert_memory_equal(cdb, write, sizeof(cdb));
	scsi_read_write(cdb, false, 9, 1);
	assert_memory_equal(cdb, read, sizeof(cdb));
	scsi_inquiry_vpd(cdb, 0x83, 256);
	assert_memory_equal(cdb, vpd, sizeof(cdb));
	scsi_read_capacity(cdb, 32);
	assert_memory_equal(cdb, capacity, sizeof(cdb));
	scsi_mode_sense(cdb, 192);
	assert_memory_equal(cdb, mode, sizeof(cdb));
	scsi_synchronize_cache(cdb);
	assert_memory_equal(cdb, flush, sizeof(cdb));
}

static void test_scsi_capacity(void **state)
{
	static const u8 answer[12] = { 0, 0, 1, 2, 3, 4, 5, 6, 0, 0, 0x10, 0 };
	static const u8 largest[12] = { 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 2, 0 };
	u32 block_bytes;
	u64 blocks;

	scsi_capacity(answer, &blocks, &block_bytes);
	assert_int_equal(blocks, 0x10203040507);
	assert_int_equal(block_bytes, 4096);
	scsi_capacity(largest, &blocks, &block_bytes);
	assert_int_equal(blocks, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scsi_judge_status),
		cmocka_unit_test(test_scsi_judge_sense),
		cmocka_unit_test(test_scsi_commands),
		cmocka_unit_test(test_scsi_capacity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
