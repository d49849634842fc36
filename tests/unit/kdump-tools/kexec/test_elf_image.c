// SPDX-License-Identifier: GPL-2.0
#include "kexec/elf_image.h"

#include <errno.h>
#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#define FILE_BYTES 0x4000u
#define LOADS 4u

static struct {
	Elf64_Ehdr ehdr;
	Elf64_Phdr phdr[LOADS + 1];
} *head;
static u8 file[FILE_BYTES];

/* Text, data with bss on the next page, a third one apart, an empty one, a note. */
static int make_elf(void **state)
{
	memset(file, 0, sizeof(file));
	head = (void *)file;
	memcpy(head->ehdr.e_ident, ELFMAG, SELFMAG);
	head->ehdr.e_ident[EI_CLASS] = ELFCLASS64;
	head->ehdr.e_ident[EI_DATA] = ELFDATA2LSB;
	head->ehdr.e_ident[EI_VERSION] = EV_CURRENT;
	head->ehdr.e_type = ET_EXEC;
	head->ehdr.e_machine = EM_X86_64;
	head->ehdr.e_version = EV_CURRENT;
	head->ehdr.e_entry = 0x1000100;
	head->ehdr.e_phoff = sizeof(head->ehdr);
	head->ehdr.e_ehsize = sizeof(head->ehdr);
	head->ehdr.e_phentsize = sizeof(head->phdr[0]);
	head->ehdr.e_phnum = LOADS + 1;
	head->phdr[0] = (Elf64_Phdr){ .p_type = PT_NOTE, .p_offset = 0x400, .p_filesz = 0x10, .p_memsz = 0x10 };
	head->phdr[1] = (Elf64_Phdr){ .p_type = PT_LOAD, .p_offset = 0x3000, .p_vaddr = 0xffffffff83000000,
				      .p_paddr = 0x3000000, .p_filesz = 0x800, .p_memsz = 0x800 };
	head->phdr[2] = (Elf64_Phdr){ .p_type = PT_LOAD, .p_offset = 0x1000, .p_vaddr = 0xffffffff81000000,
				      .p_paddr = 0x1000000, .p_filesz = 0x1234, .p_memsz = 0x1234 };
	head->phdr[3] = (Elf64_Phdr){ .p_type = PT_LOAD, .p_offset = 0x2800, .p_vaddr = 0,	/* as Linux's percpu data */
				      .p_paddr = 0x1001800, .p_filesz = 0x100, .p_memsz = 0x3000 };
	head->phdr[4] = (Elf64_Phdr){ .p_type = PT_LOAD, .p_paddr = 0x9000000 };
	memset(file + 0x1000, 0x11, 0x1234);
	memset(file + 0x2800, 0x22, 0x100);
	memset(file + 0x3000, 0x33, 0x800);
	return 0;
}

static int init(struct elf_image *image, size_t bytes, const char **why)
{
	u8 *exact = malloc(bytes ?: 1);
	int err;

	memcpy(exact, file, bytes);
	err = elf_image_init(image, exact, bytes, why);
	free(exact);
	return err;
}

static void assert_rejected(const char *why_part)
{
	struct elf_image image = { .count = 77 };
	const char *why = NULL;

	assert_int_equal(init(&image, FILE_BYTES, &why), -ENOEXEC);
	assert_non_null(strstr(why, why_part));
	assert_int_equal(image.count, 77);
	make_elf(NULL);
}

static void test_elf_image_init_parts(void **state)
{
	struct elf_image image;
	const char *why;

	assert_int_equal(init(&image, FILE_BYTES, &why), 0);
	assert_true(image.is_64);
	assert_int_equal(image.entry_pa, 0x1000100);
	assert_int_equal(image.count, 2);
	assert_int_equal(image.part[0].pa, 0x1000000);
	assert_int_equal(image.part[0].bytes, 0x5000);
	assert_int_equal(image.part[0].data_bytes, 0x1900);
	assert_int_equal(image.part[0].data[0], 0x11);
	assert_int_equal(image.part[0].data[0x1233], 0x11);
	assert_int_equal(image.part[0].data[0x1234], 0);
	assert_int_equal(image.part[0].data[0x17ff], 0);
	assert_int_equal(image.part[0].data[0x1800], 0x22);
	assert_int_equal(image.part[0].data[0x18ff], 0x22);
	assert_int_equal(image.part[1].pa, 0x3000000);
	assert_int_equal(image.part[1].bytes, 0x1000);
	assert_int_equal(image.part[1].data_bytes, 0x800);
	assert_int_equal(image.part[1].data[0x7ff], 0x33);
	elf_image_deinit(&image);
}

/* A segment may begin inside a page; bss alone has no data. */
static void test_elf_image_init_odd_start_and_bss(void **state)
{
	struct elf_image image;
	const char *why;

	head->phdr[1].p_paddr = 0x3000123;
	head->phdr[4] = (Elf64_Phdr){ .p_type = PT_LOAD, .p_paddr = 0x8000000, .p_memsz = 1 };
	assert_int_equal(init(&image, FILE_BYTES, &why), 0);
	assert_int_equal(image.count, 3);
	assert_int_equal(image.part[1].pa, 0x3000000);
	assert_int_equal(image.part[1].data_bytes, 0x923);
	assert_int_equal(image.part[1].data[0x122], 0);
	assert_int_equal(image.part[1].data[0x123], 0x33);
	assert_int_equal(image.part[2].data_bytes, 0);
	assert_int_equal(image.part[2].bytes, 0x1000);
	elf_image_deinit(&image);
}

static void test_elf_image_init_virtual_entry(void **state)
{
	struct elf_image image;
	const char *why;

	head->ehdr.e_entry = 0xffffffff83000010;
	assert_int_equal(init(&image, FILE_BYTES, &why), 0);
	assert_int_equal(image.entry_pa, 0x3000010);
	elf_image_deinit(&image);
}

static void test_elf_image_init_32(void **state)
{
	struct elf_image image;
	const char *why;
	Elf32_Ehdr ehdr = { .e_type = ET_EXEC, .e_machine = EM_386, .e_version = EV_CURRENT, .e_entry = 0x100000,
			    .e_phoff = sizeof(ehdr), .e_ehsize = sizeof(ehdr), .e_phentsize = sizeof(Elf32_Phdr), .e_phnum = 1 };
	Elf32_Phdr phdr = { .p_type = PT_LOAD, .p_offset = 0x1000, .p_paddr = 0x100000, .p_filesz = 16, .p_memsz = 0x2000 };

	memcpy(ehdr.e_ident, head->ehdr.e_ident, EI_NIDENT);
	ehdr.e_ident[EI_CLASS] = ELFCLASS32;
	memcpy(file, &ehdr, sizeof(ehdr));
	memcpy(file + sizeof(ehdr), &phdr, sizeof(phdr));
	assert_int_equal(init(&image, FILE_BYTES, &why), 0);
	assert_false(image.is_64);
	assert_int_equal(image.entry_pa, 0x100000);
	assert_int_equal(image.part[0].bytes, 0x2000);
	assert_int_equal(image.part[0].data_bytes, 16);
	elf_image_deinit(&image);

	ehdr.e_machine = EM_X86_64;	/* x32 */
	memcpy(file, &ehdr, sizeof(ehdr));
	assert_rejected("another machine");
}

static void test_elf_image_init_bad_fields(void **state)
{
	head->ehdr.e_machine = EM_AARCH64; assert_rejected("another machine");
	head->ehdr.e_ident[EI_DATA] = ELFDATA2MSB; assert_rejected("");
	head->ehdr.e_type = ET_DYN; assert_rejected("static");
	head->ehdr.e_type = ET_REL; assert_rejected("static");
	head->phdr[0].p_type = PT_INTERP; assert_rejected("dynamic linker");
	head->ehdr.e_entry = 0x5000000; assert_rejected("entry point");
	head->phdr[1].p_filesz = 0x801; assert_rejected("more bytes in the file");
	head->phdr[1].p_offset = FILE_BYTES - 0x7ff; assert_rejected("truncated");
	head->phdr[1].p_offset = UINT64_MAX; assert_rejected("truncated");
	head->phdr[1].p_filesz = head->phdr[1].p_memsz = UINT64_MAX; assert_rejected("truncated");
	head->phdr[1].p_memsz = UINT64_MAX; assert_rejected("physical address space");
	head->phdr[1].p_paddr = UINT64_MAX; assert_rejected("physical address space");
	head->phdr[1].p_paddr = 0x1001000; assert_rejected("overlap");
	head->ehdr.e_phoff = FILE_BYTES; assert_rejected("program headers");
	head->ehdr.e_phnum = 1; assert_rejected("nothing to load");
}

static void test_elf_image_init_too_many_parts(void **state)
{
	Elf64_Phdr *phdr = (void *)(file + sizeof(head->ehdr));

	head->ehdr.e_phnum = ELF_IMAGE_MAX_PARTS + 1;
	for (u32 i = 0; i < head->ehdr.e_phnum; i++)
		phdr[i] = (Elf64_Phdr){ .p_type = PT_LOAD, .p_paddr = 0x1000000 + i * 0x10000, .p_memsz = 0x1000 };
	assert_rejected("too many places");
}

static void test_elf_image_init_cut_anywhere(void **state)
{
	struct elf_image image;
	const char *why;

	for (size_t bytes = 0; bytes < 0x3800; bytes += bytes < 0x200 ? 1 : 61)
		assert_true(init(&image, bytes, &why) < 0);
	assert_int_equal(init(&image, 0x3800, &why), 0);
	elf_image_deinit(&image);
}

/* Whatever the headers say, nothing outside the file is read and parts are apart. */
static void test_elf_image_init_random_headers(void **state)
{
	const char *why;
	u32 random = 1;

	for (u32 round = 0; round < 20000; round++) {
		struct elf_image image;

		make_elf(NULL);
		for (u32 i = 0; i < 3; i++) {
			random = random * 1664525 + 1013904223;
			file[(random >> 8) % sizeof(*head)] = random >> 24;
		}
		if (init(&image, FILE_BYTES, &why))
			continue;
		for (u32 i = 0; i < image.count; i++) {
			assert_true(image.part[i].data_bytes <= image.part[i].bytes);
			assert_true(!i || image.part[i].pa > image.part[i - 1].pa + image.part[i - 1].bytes);
		}
		elf_image_deinit(&image);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_elf_image_init_parts, make_elf),
		cmocka_unit_test_setup(test_elf_image_init_odd_start_and_bss, make_elf),
		cmocka_unit_test_setup(test_elf_image_init_virtual_entry, make_elf),
		cmocka_unit_test_setup(test_elf_image_init_32, make_elf),
		cmocka_unit_test_setup(test_elf_image_init_bad_fields, make_elf),
		cmocka_unit_test_setup(test_elf_image_init_too_many_parts, make_elf),
		cmocka_unit_test_setup(test_elf_image_init_cut_anywhere, make_elf),
		cmocka_unit_test_setup(test_elf_image_init_random_headers, make_elf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
