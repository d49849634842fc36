// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <asm/bootparam.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "capture/crc32.h"
#include "capture/handover.h"
#include "kdumpctl/image.h"

#define SETUP_BYTES 4096u
#define CODE_BYTES 8192u
#define FILE_BYTES (SETUP_BYTES + CODE_BYTES)
#define SEAL_AT (SETUP_BYTES + 3000u)
#define PE_AT 0x40u

static u8 file[FILE_BYTES];
static struct image_facts facts;
static char reason[256];

static void put32(u32 at, u32 value)
{
	memcpy(file + at, &value, sizeof(value));
}

static void seal(void)
{
	memcpy(file + SEAL_AT, "LBIMGCRC", 8);
	put32(SEAL_AT + 8, 0);
	put32(SEAL_AT + 12, CODE_BYTES);
	put32(SEAL_AT + 8, crc32_update(0, file + SETUP_BYTES, CODE_BYTES));
}

static int make(void **state)
{
	struct setup_header *header = (void *)(file + offsetof(struct boot_params, hdr));

	memset(file, 0, sizeof(file));
	header->setup_sects = 7;
	header->syssize = CODE_BYTES / 16;
	header->boot_flag = 0xaa55;
	header->jump = 0x66eb;
	header->header = 0x53726448;
	header->version = 0x020f;
	header->loadflags = LOADED_HIGH;
	header->xloadflags = XLF_KERNEL_64;
	header->relocatable_kernel = 1;
	header->kernel_alignment = 4096;
	header->init_size = 2 * CODE_BYTES;
	header->kernel_version = 0x400;
	strcpy((char *)file + 0x600, DUMPKERNEL_VERSION_PREFIX "9.9");
	put32(0x3c, PE_AT);
	memcpy(file + PE_AT, "PE\0\0", 4);
	file[PE_AT + 24] = 0x0b;
	file[PE_AT + 25] = 0x02;
	for (u32 i = 0; i < CODE_BYTES; i++)
		file[SETUP_BYTES + i] = i * 3;
	seal();
	return 0;
}

static int check(size_t bytes)
{
	u8 *exact = malloc(bytes ? bytes : 1);
	int err;

	memcpy(exact, file, bytes);
	err = image_check(exact, bytes, &facts, reason, sizeof(reason));
	free(exact);
	return err;
}

static void test_image_check_good(void **state)
{
	assert_int_equal(check(FILE_BYTES), 0);
	assert_string_equal(facts.version, DUMPKERNEL_VERSION_PREFIX "9.9");
	assert_false(facts.is_signed);
	put32(PE_AT + 24 + 112 + 4 * 8 + 4, 1500);
	assert_int_equal(check(FILE_BYTES), 0);
	assert_true(facts.is_signed);
}

static void test_image_check_truncated(void **state)
{
	for (size_t bytes = 0; bytes < FILE_BYTES; bytes += 61)
		assert_int_equal(check(bytes), -ENOEXEC);
	assert_int_equal(check(FILE_BYTES - 1), -ENOEXEC);
}

static void test_image_check_damaged(void **state)
{
	for (u32 at = SETUP_BYTES; at < FILE_BYTES; at += 97) {
		file[at] ^= 1;
		assert_int_equal(check(FILE_BYTES), -ENOEXEC);
		file[at] ^= 1;
	}
	assert_int_equal(check(FILE_BYTES), 0);
}

static void test_image_check_other_kernel(void **state)
{
	strcpy((char *)file + 0x600, "6.1.0 (debian)");
	assert_int_equal(check(FILE_BYTES), -ENOEXEC);
	assert_non_null(strstr(reason, "6.1.0"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_image_check_good, make),
		cmocka_unit_test_setup(test_image_check_truncated, make),
		cmocka_unit_test_setup(test_image_check_damaged, make),
		cmocka_unit_test_setup(test_image_check_other_kernel, make),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
