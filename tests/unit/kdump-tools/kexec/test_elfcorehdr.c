// SPDX-License-Identifier: GPL-2.0
#include "kexec/elfcorehdr.h"

#include <elf.h>
#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>

#include "capture/elfcore.h"

static struct elfcorehdr_note notes[100];
static struct memrange ranges[] = { { 0x100000, 0x36000000 }, { 0x3e000000, 0x3ffe0000 } };
static struct elfcorehdr_facts facts;

static int make_facts(void **state)
{
	for (u32 i = 0; i < ARRAY_SIZE(notes); i++)
		notes[i] = (struct elfcorehdr_note){ 0x200000 + i * 0x1000, 368 };
	facts = (struct elfcorehdr_facts){
		.cpu_notes = notes, .cpu_count = 2, .vmcoreinfo = { 0x500000, 4180 },
		.text_va = 0xffffffff81000000, .text_pa = 0x1000000, .text_bytes = 0x2830000,
		.direct_map_va = 0xffff888000000000, .ram = { ranges, 2, 2 },
	};
	return 0;
}

/* The dump kernel's own reader must accept it and see what was meant. */
static void test_elfcorehdr_build_is_read_back(void **state)
{
	struct elfcore core;
	u8 *buf = malloc(elfcorehdr_bytes(&facts));
	u64 pa;

	assert_int_equal(elfcorehdr_bytes(&facts), 4096);
	elfcorehdr_build(&facts, buf);
	assert_int_equal(elfcore_header_bytes(buf), 64 + 6 * 56);
	assert_int_equal(elfcore_open(buf, 4096, &core), 0);
	assert_int_equal(core.count, 6);

	assert_int_equal(core.phdr[0].p_type, PT_NOTE);
	assert_int_equal(core.phdr[1].p_paddr, 0x201000);
	assert_int_equal(core.phdr[1].p_offset, 0x201000);
	assert_int_equal(core.phdr[1].p_filesz, 368);
	assert_int_equal(core.phdr[2].p_type, PT_NOTE);
	assert_int_equal(core.phdr[2].p_memsz, 4180);
	assert_int_equal(core.phdr[3].p_vaddr, 0xffffffff81000000);
	assert_int_equal(core.phdr[5].p_offset, 0x3e000000);
	assert_int_equal(core.phdr[5].p_memsz, 0x1fe0000);

	assert_int_equal(elfcore_translate(&core, 0xffffffff81000010, &pa), 0);
	assert_int_equal(pa, 0x1000010);
	assert_int_equal(elfcore_translate(&core, 0xffff88803e000000, &pa), 0);
	assert_int_equal(pa, 0x3e000000);
	free(buf);
}

static void test_elfcorehdr_build_tail_is_zero(void **state)
{
	u64 bytes = elfcorehdr_bytes(&facts), used = 64 + 6 * 56;
	u8 *buf = malloc(bytes);

	memset(buf, 0xff, bytes);
	elfcorehdr_build(&facts, buf);
	for (u64 i = used; i < bytes; i++)
		assert_int_equal(buf[i], 0);
	free(buf);
}

static void test_elfcorehdr_bytes_grow_by_pages(void **state)
{
	facts.cpu_count = (4096 - 64) / 56 - 4;
	assert_int_equal(elfcorehdr_bytes(&facts), 4096);
	facts.cpu_count++;
	assert_int_equal(elfcorehdr_bytes(&facts), 8192);
}

/* Room for what may come, but not more than the kernel can use, and never less than what is there now. */
static void test_elfcorehdr_roomy_bytes(void **state)
{
	facts.possible_cpus = 4;
	assert_int_equal(elfcorehdr_roomy_bytes(&facts, 1 << 20), 4 * 4096);	/* 6 + 4 + 256 headers */
	assert_int_equal(elfcorehdr_roomy_bytes(&facts, 5000), 2 * 4096);
	assert_int_equal(elfcorehdr_roomy_bytes(&facts, 1), 4096);
	facts.possible_cpus = 4096;
	assert_int_equal(elfcorehdr_roomy_bytes(&facts, 1 << 20), 60 * 4096);	/* 4358 headers */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_elfcorehdr_build_is_read_back, make_facts),
		cmocka_unit_test_setup(test_elfcorehdr_build_tail_is_zero, make_facts),
		cmocka_unit_test_setup(test_elfcorehdr_bytes_grow_by_pages, make_facts),
		cmocka_unit_test_setup(test_elfcorehdr_roomy_bytes, make_facts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
