// SPDX-License-Identifier: GPL-2.0
#include "kexec/kcore.h"

#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

#define NO_PA UINT64_MAX

static struct {
	Elf64_Ehdr ehdr;
	Elf64_Phdr phdr[8];
} head;

static Elf64_Phdr make_load(u64 va, u64 pa, u64 bytes)
{
	return (Elf64_Phdr){ .p_type = PT_LOAD, .p_vaddr = va, .p_paddr = pa, .p_memsz = bytes };
}

/* As Linux 6.1 with KASLR shows itself: vmalloc and vmemmap have no physical address. */
static int make_head(void **state)
{
	head.ehdr = (Elf64_Ehdr){
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_CORE, .e_machine = EM_X86_64, .e_phoff = sizeof(Elf64_Ehdr),
		.e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 7,
	};
	head.phdr[0] = (Elf64_Phdr){ .p_type = PT_NOTE, .p_vaddr = 0xff00000000001234, .p_paddr = 7, .p_memsz = 9 };
	head.phdr[1] = make_load(0xff5c000000000000, NO_PA, 0x1ffffffffff);
	head.phdr[2] = make_load(0xffffffffa7400000, 0x2a600000, 0x2830000);
	head.phdr[3] = make_load(0xffffffffc0000000, NO_PA, 0x3f000000);
	head.phdr[4] = make_load(0xff441c0a00001000, 0x1000, 0x9e000);
	head.phdr[5] = make_load(0xff441c0a00100000, 0x100000, 0x3fee0000);
	head.phdr[6] = make_load(0xffffffffff600000, NO_PA, 0x1000);
	return 0;
}

static void test_kcore_parse_finds_both_maps(void **state)
{
	struct kcore_map map;

	assert_int_equal(kcore_parse(&map, &head, sizeof(head), 0x2a600000), 0);
	assert_int_equal(map.text_va, 0xffffffffa7400000);
	assert_int_equal(map.text_pa, 0x2a600000);
	assert_int_equal(map.text_bytes, 0x2830000);
	assert_int_equal(map.direct_map_va, 0xff441c0a00000000);
}

static void test_kcore_parse_missing_map(void **state)
{
	struct kcore_map map = { .text_pa = 1 };

	assert_int_equal(kcore_parse(&map, &head, sizeof(head), 0x1000000), -ENOENT);
	head.ehdr.e_phnum = 4;
	assert_int_equal(kcore_parse(&map, &head, sizeof(head), 0x2a600000), -ENOENT);
	assert_int_equal(map.text_pa, 1);
}

static void test_kcore_parse_bad_header(void **state)
{
	struct kcore_map map;

	assert_int_equal(kcore_parse(&map, &head, sizeof(Elf64_Ehdr) - 1, 0), -EBADMSG);
	assert_int_equal(kcore_parse(&map, &head, sizeof(Elf64_Ehdr) + 6 * sizeof(Elf64_Phdr), 0), -EBADMSG);
	head.ehdr.e_phoff = UINT64_MAX;
	assert_int_equal(kcore_parse(&map, &head, sizeof(head), 0), -EBADMSG);
	make_head(NULL);
	head.ehdr.e_ident[EI_CLASS] = ELFCLASS32;
	assert_int_equal(kcore_parse(&map, &head, sizeof(head), 0), -EBADMSG);
	make_head(NULL);
	head.ehdr.e_phentsize = 32;
	assert_int_equal(kcore_parse(&map, &head, sizeof(head), 0), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_kcore_parse_finds_both_maps, make_head),
		cmocka_unit_test_setup(test_kcore_parse_missing_map, make_head),
		cmocka_unit_test_setup(test_kcore_parse_bad_header, make_head),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
