// SPDX-License-Identifier: GPL-2.0
/* A dump kernel and the kernel that it starts when it fails, in one region. */
#include "kexec/crash_image.h"

#include <errno.h>
#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "capture/crc32.h"
#include "capture/handover.h"
#include "kexec/stub.h"

#define MIB (1ull << 20)

static u8 code[2][3 * PAGE_BYTES];
static char initrd[2][5000];
static struct load_files files[2];
static struct machine machine;
static struct crash_load chain, request;
static struct elfcorehdr_note note = { 0x200000, 368 };
static struct memrange ram = { 0x100000, 0x30000000 };
static struct elfcorehdr_facts facts;

static int make_request(void **state)
{
	for (u32 i = 0; i < 2; i++) {
		memset(code[i], 0x11 * (i + 1), sizeof(code[i]));
		memset(initrd[i], 'a' + i, sizeof(initrd[i]));
		files[i] = (struct load_files){
			.image = { .code = code[i], .code_bytes = sizeof(code[i]), .align_bytes = i ? 2 * MIB : PAGE_BYTES,
				   .memory_bytes = i ? 40 * MIB : 256 << 10, .cmdline_max_bytes = 2047, .entry_64 = true, .five_level = true },
			.initrd = initrd[i], .initrd_bytes = sizeof(initrd[i]),
		};
	}
	strcpy(files[0].image.version, DUMPKERNEL_VERSION_PREFIX "1");
	machine = (struct machine){ .crash = { 0x30000000, 0x38000000 }, .possible_cpus = 1 };
	facts = (struct elfcorehdr_facts){
		.cpu_notes = &note, .cpu_count = 1, .vmcoreinfo = { 0x500000, 4180 }, .text_bytes = MIB, .ram = { &ram, 1, 1 },
	};
	chain = (struct crash_load){ .cmdline = "panic=10" };
	request = (struct crash_load){ .cmdline = "console=ttyS0", .chain = &chain };
	return 0;
}

static int init(struct crash_image *image)
{
	return crash_image_init(image, &request, &files[0], &files[1], &machine, &facts);
}

static void assert_apart_and_inside(const struct crash_image *image)
{
	const struct placement_piece *piece = image->piece;

	for (u32 i = 0; i < image->placement.count; i++) {
		assert_true(piece[i].pa >= machine.crash.start && piece[i].pa + piece[i].bytes <= machine.crash.end);
		assert_int_equal(piece[i].pa % piece[i].align_bytes, 0);
		for (u32 j = 0; j < i; j++)
			assert_true(piece[i].pa + piece[i].bytes <= piece[j].pa || piece[j].pa + piece[j].bytes <= piece[i].pa);
	}
}

static void test_crash_image_chain_pieces(void **state)
{
	struct crash_image image;
	const struct boot_params *params;
	char wanted[64];

	assert_int_equal(init(&image), 0);
	assert_int_equal(image.placement.count, CRASH_MAX_PIECES);
	assert_int_equal(crash_image_make(&image), 0);
	assert_apart_and_inside(&image);
	/* The dump kernel at the very start, its free memory right behind it. */
	assert_int_equal(image.piece[CRASH_FIRST + CRASH_PIECE_KERNEL].pa, machine.crash.start);
	assert_true(image.piece[CRASH_CHAIN + CRASH_PIECE_KERNEL].pa > machine.crash.start + 64 * MIB);
	params = image.data[CRASH_CHAIN + CRASH_PIECE_BOOT_PARAMS];
	assert_int_equal(params->hdr.cmd_line_ptr, image.piece[CRASH_CHAIN + CRASH_PIECE_CMDLINE].pa);
	assert_int_equal(params->hdr.ramdisk_image, image.piece[CRASH_CHAIN + CRASH_PIECE_INITRD].pa);
	assert_int_equal(params->hdr.ramdisk_size, sizeof(initrd[1]));
	/* It may use all of the region, the dump kernel's part too. */
	assert_int_equal(params->e820_table[0].addr, machine.crash.start);
	snprintf(wanted, sizeof(wanted), "elfcorehdr=0x%llx panic=10", (unsigned long long)image.piece[CRASH_ELFCOREHDR].pa);
	assert_string_equal(image.data[CRASH_CHAIN + CRASH_PIECE_CMDLINE], wanted);
	crash_image_deinit(&image);
}

static void test_crash_image_chain_description(void **state)
{
	struct crash_image image;
	struct handover_chain left;
	struct handover_sums sums;
	char wanted[64];
	u32 crc32;
	u8 *stub;

	assert_int_equal(init(&image), 0);
	assert_int_equal(crash_image_make(&image), 0);
	stub = image.data[CRASH_FIRST + CRASH_PIECE_STUB];
	snprintf(wanted, sizeof(wanted), HANDOVER_CHAIN_OPTION "0x%llx ",
		 (unsigned long long)image.piece[CRASH_FIRST + CRASH_PIECE_STUB].pa + STUB_CHAIN);
	assert_non_null(strstr(image.data[CRASH_FIRST + CRASH_PIECE_CMDLINE], wanted));
	memcpy(&left, stub + STUB_CHAIN, sizeof(left));
	crc32 = left.crc32;
	left.crc32 = 0;
	assert_int_equal(crc32, crc32_update(0, &left, sizeof(left)));
	assert_int_equal(left.magic, HANDOVER_CHAIN_MAGIC);
	assert_int_equal(left.count, CRASH_PIECES);
	assert_int_equal(left.entry_pa, image.piece[CRASH_CHAIN + CRASH_PIECE_STUB].pa + STUB_CODE);
	assert_int_equal(left.piece[CRASH_PIECE_KERNEL].pa, image.piece[CRASH_CHAIN + CRASH_PIECE_KERNEL].pa);
	assert_int_equal(left.piece[CRASH_PIECE_KERNEL].memory_bytes, 40 * MIB);
	assert_int_equal(left.piece[CRASH_PIECE_KERNEL].crc32, crc32_update(0, code[1], sizeof(code[1])));
	assert_int_equal(left.piece[CRASH_PIECE_INITRD].crc32, crc32_update(0, initrd[1], sizeof(initrd[1])));
	assert_int_equal(left.piece[CRASH_PIECE_STUB].bytes, STUB_CONSTANT_BYTES);
	/* The dump kernel's own sums leave the large pieces of the other alone. */
	memcpy(&sums, stub + STUB_SUMS, sizeof(sums));
	assert_int_equal(sums.count, 5);
	for (u32 i = 0; i < sums.count; i++)
		for (u32 j = 0; j < CRASH_PIECES; j++)
			assert_int_not_equal(sums.piece[i].pa, left.piece[j].pa);
	crash_image_deinit(&image);
}

static void test_crash_image_alone(void **state)
{
	struct crash_image image;
	u8 zeros[sizeof(struct handover_chain)] = { 0 };

	request.chain = NULL;
	assert_int_equal(init(&image), 0);
	assert_int_equal(image.placement.count, CRASH_CHAIN);
	assert_int_equal(crash_image_make(&image), 0);
	assert_apart_and_inside(&image);
	assert_null(strstr(image.data[CRASH_FIRST + CRASH_PIECE_CMDLINE], HANDOVER_CHAIN_OPTION));
	assert_memory_equal((u8 *)image.data[CRASH_FIRST + CRASH_PIECE_STUB] + STUB_CHAIN, zeros, sizeof(zeros));
	crash_image_deinit(&image);
}

static void test_crash_image_chain_refused(void **state)
{
	struct crash_image image;

	machine.crash.end = machine.crash.start + 32 * MIB;
	assert_int_equal(init(&image), 0);
	assert_int_equal(crash_image_make(&image), -ENOSPC);
	crash_image_deinit(&image);
	files[0].image.version[0] = 0;		/* any other kernel would not know what to do with it */
	assert_int_equal(init(&image), -EINVAL);
	make_request(NULL);
	files[1].image.five_level = false;
	machine.five_level = true;
	assert_int_equal(init(&image), 0);
	assert_int_equal(crash_image_make(&image), -ENOEXEC);
	crash_image_deinit(&image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_crash_image_chain_pieces, make_request),
		cmocka_unit_test_setup(test_crash_image_chain_description, make_request),
		cmocka_unit_test_setup(test_crash_image_alone, make_request),
		cmocka_unit_test_setup(test_crash_image_chain_refused, make_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
