// SPDX-License-Identifier: GPL-2.0
#include "kexec/bzimage.h"

#include <errno.h>
#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#define SETUP_BYTES 1024u
#define CODE_BYTES 8192u
#define FILE_BYTES (SETUP_BYTES + CODE_BYTES)

static u8 file[FILE_BYTES];
static struct setup_header *const header = (void *)(file + offsetof(struct boot_params, hdr));

static int make_image(void **state)
{
	memset(file, 0x90, sizeof(file));
	memset(file, 0, SETUP_BYTES);
	*header = (struct setup_header){
		.setup_sects = 1, .syssize = CODE_BYTES / 16, .boot_flag = 0xaa55, .jump = 0x6aeb,
		.header = 0x53726448, .version = 0x020f, .loadflags = LOADED_HIGH, .kernel_version = 0x100,
		.kernel_alignment = 0x1000, .relocatable_kernel = 1, .xloadflags = XLF_KERNEL_64,
		.cmdline_size = 2047, .init_size = 10000,
	};
	strcpy((char *)file + 0x300, "lifeboat-dumpkernel 0.1");
	return 0;
}

/* From memory of exactly that size, so that the sanitizer sees every byte too far. */
static int parse(struct bzimage *image, size_t bytes, const char **why)
{
	u8 *exact = malloc(bytes ?: 1);
	int err;

	memcpy(exact, file, bytes);
	err = bzimage_parse(image, exact, bytes, why);
	free(exact);
	return err;
}

static void assert_rejected(const char *why_part)
{
	struct bzimage image = { .code_bytes = 1 };
	const char *why = NULL;

	assert_int_equal(parse(&image, FILE_BYTES, &why), -ENOEXEC);
	assert_non_null(strstr(why, why_part));
	assert_int_equal(image.code_bytes, 1);
}

static void test_bzimage_parse_valid(void **state)
{
	struct bzimage image;
	const char *why;

	assert_int_equal(bzimage_parse(&image, file, FILE_BYTES, &why), 0);
	assert_ptr_equal(image.code, file + SETUP_BYTES);
	assert_int_equal(image.code_bytes, CODE_BYTES);
	assert_int_equal(image.memory_bytes, 3 * 4096);
	assert_int_equal(image.align_bytes, 4096);
	assert_int_equal(image.cmdline_max_bytes, 2047);
	assert_true(image.entry_64);
	assert_false(image.above_4g);
	assert_false(image.five_level);
	assert_string_equal(image.version, "lifeboat-dumpkernel 0.1");
	assert_true(bzimage_is_dumpkernel(&image));
}

static void test_bzimage_parse_without_64bit_entry(void **state)
{
	struct bzimage image;
	const char *why;

	header->xloadflags = 0;
	assert_int_equal(bzimage_parse(&image, file, FILE_BYTES, &why), 0);
	assert_false(image.entry_64);
}

static void test_bzimage_parse_setup_sects_zero_means_four(void **state)
{
	struct bzimage image;
	const char *why;

	header->setup_sects = 0;
	header->syssize = (FILE_BYTES - 5 * 512) / 16;
	assert_int_equal(bzimage_parse(&image, file, FILE_BYTES, &why), 0);
	assert_ptr_equal(image.code, file + 5 * 512);
}

static void test_bzimage_parse_cut_anywhere(void **state)
{
	struct bzimage image;
	const char *why;

	for (size_t bytes = 0; bytes < FILE_BYTES; bytes += bytes < 1100 ? 1 : 997)
		assert_int_equal(parse(&image, bytes, &why), -ENOEXEC);
}

static void test_bzimage_parse_bad_fields(void **state)
{
	header->header = 0; assert_rejected("HdrS"); make_image(NULL);
	header->boot_flag = 0; assert_rejected("HdrS"); make_image(NULL);
	header->version = 0x020b; assert_rejected("2.12"); make_image(NULL);
	header->loadflags = 0; assert_rejected("zImage"); make_image(NULL);
	header->relocatable_kernel = 0; assert_rejected("relocatable"); make_image(NULL);
	header->kernel_alignment = 0; assert_rejected("kernel_alignment"); make_image(NULL);
	header->kernel_alignment = 0x3000; assert_rejected("kernel_alignment"); make_image(NULL);
	header->kernel_alignment = 0x80000000; assert_rejected("kernel_alignment"); make_image(NULL);
	header->syssize = 0; assert_rejected("syssize"); make_image(NULL);
	header->syssize = UINT32_MAX; assert_rejected("truncated"); make_image(NULL);
	header->setup_sects = 200; assert_rejected("truncated"); make_image(NULL);
	header->init_size = 4096; assert_rejected("init_size"); make_image(NULL);
	header->syssize = 32; header->init_size = 4096; assert_rejected("init_size");
}

static void test_bzimage_parse_version_outside_setup(void **state)
{
	struct bzimage image;
	const char *why;

	header->kernel_version = SETUP_BYTES - 0x200;
	assert_int_equal(parse(&image, FILE_BYTES, &why), 0);
	assert_string_equal(image.version, "");

	header->kernel_version = SETUP_BYTES - 0x200 - 4;	/* no NUL within the setup part */
	memset(file + SETUP_BYTES - 4, 'x', 4);
	assert_int_equal(parse(&image, FILE_BYTES, &why), 0);
	assert_string_equal(image.version, "");
	assert_false(bzimage_is_dumpkernel(&image));
}

/* Whatever the header says, nothing outside the file is read and sizes stay true. */
static void test_bzimage_parse_random_headers(void **state)
{
	const char *why;
	u32 random = 1;

	for (u32 round = 0; round < 20000; round++) {
		struct bzimage image;

		make_image(NULL);
		for (u32 i = 0; i < 3; i++) {
			random = random * 1664525 + 1013904223;
			file[0x1f1 + (random >> 8) % 0x80] = random >> 24;
		}
		if (parse(&image, FILE_BYTES, &why))
			continue;
		assert_true(image.code_bytes < FILE_BYTES);
		assert_true(image.code_bytes <= image.memory_bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_bzimage_parse_valid, make_image),
		cmocka_unit_test_setup(test_bzimage_parse_without_64bit_entry, make_image),
		cmocka_unit_test_setup(test_bzimage_parse_setup_sects_zero_means_four, make_image),
		cmocka_unit_test_setup(test_bzimage_parse_cut_anywhere, make_image),
		cmocka_unit_test_setup(test_bzimage_parse_bad_fields, make_image),
		cmocka_unit_test_setup(test_bzimage_parse_version_outside_setup, make_image),
		cmocka_unit_test_setup(test_bzimage_parse_random_headers, make_image),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
