// SPDX-License-Identifier: GPL-2.0
/* capture/linux/vmcore_layout.c is kernel code, but pure: these few words stand in for the kernel's headers. */
#include "capture/env.h"

#include <stdarg.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>

#define _LINUX_ELF_H	/* <elf.h> is here already */
#define PAGE_SIZE 4096ull
#define ALIGN(value, to) align_up(value, to)
#define U32_MAX UINT32_MAX
#define U64_MAX UINT64_MAX
#define S64_MAX INT64_MAX

#include "../../../../capture/linux/vmcore_layout.c"

#define LOADS 3

static union vmcore_ehdr ehdr64(void)
{
	union vmcore_ehdr ehdr = { .elf64 = {
		.e_type = ET_CORE, .e_machine = EM_X86_64, .e_version = EV_CURRENT, .e_phoff = sizeof(Elf64_Ehdr),
		.e_ehsize = sizeof(Elf64_Ehdr), .e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 5,
	} };

	memcpy(ehdr.ident, ELFMAG "\2\1\1", 7);
	return ehdr;
}

static union vmcore_ehdr ehdr32(void)
{
	union vmcore_ehdr ehdr = { .elf32 = {
		.e_type = ET_CORE, .e_machine = EM_386, .e_version = EV_CURRENT, .e_phoff = sizeof(Elf32_Ehdr),
		.e_ehsize = sizeof(Elf32_Ehdr), .e_phentsize = sizeof(Elf32_Phdr), .e_phnum = 5,
	} };

	memcpy(ehdr.ident, ELFMAG "\1\1\1", 7);
	return ehdr;
}

static void test_vmcore_layout_check_both_classes(void **state)
{
	union vmcore_ehdr wide = ehdr64(), narrow = ehdr32();
	struct vmcore_table table;

	assert_int_equal(vmcore_layout_check(&wide, &table), 0);
	assert_int_equal(table.offset, 64);
	assert_int_equal(table.count, 5);
	assert_int_equal(table.bytes, 5 * 56);
	assert_int_equal(vmcore_layout_check(&narrow, &table), 0);
	assert_int_equal(table.offset, 52);
	assert_int_equal(table.bytes, 5 * 32);
}

static void test_vmcore_layout_check_table_elsewhere(void **state)
{
	union vmcore_ehdr ehdr = ehdr64();
	struct vmcore_table table;

	ehdr.elf64.e_phoff = 0x1000;
	assert_int_equal(vmcore_layout_check(&ehdr, &table), 0);
	assert_int_equal(table.offset, 0x1000);
	ehdr.elf64.e_phoff = 63;
	assert_int_equal(vmcore_layout_check(&ehdr, &table), -EINVAL);
}

#define assert_refused(change) do { \
	union vmcore_ehdr ehdr = ehdr64(); \
	struct vmcore_table table = { .count = 77 }; \
	ehdr.change; \
	assert_int_equal(vmcore_layout_check(&ehdr, &table), -EINVAL); \
	assert_int_equal(table.count, 77); \
	ehdr = ehdr32(); \
} while (0)

static void test_vmcore_layout_check_refuses(void **state)
{
	assert_refused(ident[0] = 0);
	assert_refused(ident[EI_CLASS] = 3);
	assert_refused(ident[EI_CLASS] = 1);	/* an ELF64 header that calls itself ELF32 */
	assert_refused(ident[EI_VERSION] = 0);
	assert_refused(elf64.e_type = ET_EXEC);
	assert_refused(elf64.e_version = 2);
	assert_refused(elf64.e_ehsize = 63);
	assert_refused(elf64.e_phentsize = 55);
	assert_refused(elf64.e_phnum = 0);
}

static void test_vmcore_layout_decode_widens(void **state)
{
	Elf32_Phdr narrow[2] = {
		{ PT_LOAD, 1, 2, 3, 4, 5, 6, 7 },
		{ PT_NOTE, 0xfffffff1, 0xfffffff2, 0xfffffff3, 0xfffffff4, 0xfffffff5, 0xfffffff6, 0xfffffff7 },
	};
	union vmcore_ehdr ehdr = ehdr32();
	struct vmcore_table table = { .count = 2, .bytes = sizeof(narrow) };
	Elf64_Phdr phdr[2];

	vmcore_layout_decode(&ehdr, &table, narrow, phdr);
	assert_int_equal(phdr[0].p_type, PT_LOAD);
	assert_int_equal(phdr[0].p_offset, 1);
	assert_int_equal(phdr[0].p_vaddr, 2);
	assert_int_equal(phdr[0].p_paddr, 3);
	assert_int_equal(phdr[0].p_filesz, 4);
	assert_int_equal(phdr[0].p_memsz, 5);
	assert_int_equal(phdr[0].p_flags, 6);
	assert_int_equal(phdr[0].p_align, 7);
	assert_int_equal(phdr[1].p_paddr, 0xfffffff3);
}

static size_t put_note(u8 *to, u32 name_bytes, u32 desc_bytes)
{
	Elf64_Nhdr note = { .n_namesz = name_bytes, .n_descsz = desc_bytes, .n_type = 1 };

	memcpy(to, &note, sizeof(note));
	return sizeof(note) + align_up(name_bytes, 4) + align_up(desc_bytes, 4);
}

static void test_vmcore_layout_note_bytes_counts_whole_notes(void **state)
{
	u8 *notes = calloc(1, 256);
	size_t first = put_note(notes, 5, 33), second = put_note(notes + first, 11, 0);

	assert_int_equal(first, 12 + 8 + 36);
	assert_int_equal(vmcore_layout_note_bytes(notes, 256), first + second);
	assert_int_equal(vmcore_layout_note_bytes(notes, first), first);
	assert_int_equal(vmcore_layout_note_bytes(notes, first + second - 1), first);
	assert_int_equal(vmcore_layout_note_bytes(notes, first - 1), 0);
	assert_int_equal(vmcore_layout_note_bytes(notes, 11), 0);
	assert_int_equal(vmcore_layout_note_bytes(notes, 0), 0);
	assert_int_equal(vmcore_layout_note_bytes(notes + first + second, 100), 0);
	free(notes);
}

/* Exactly full: no empty note ends them, and nothing behind may be read. */
static void test_vmcore_layout_note_bytes_stays_inside(void **state)
{
	u8 *notes = calloc(1, 32);

	put_note(notes, 4, 16);
	assert_int_equal(vmcore_layout_note_bytes(notes, 32), 32);
	put_note(notes, UINT32_MAX, UINT32_MAX);
	assert_int_equal(vmcore_layout_note_bytes(notes, 32), 0);
	put_note(notes, 1, UINT32_MAX);
	assert_int_equal(vmcore_layout_note_bytes(notes, 32), 0);
	free(notes);
}

static struct vmcore_part load_part(u64 offset, u64 memsz)
{
	Elf64_Phdr load = { .p_type = PT_LOAD, .p_offset = offset, .p_memsz = memsz };
	struct vmcore_part part = { .pa = 1 };

	assert_int_equal(vmcore_layout_load(&load, &part), 0);
	assert_null(part.buf);
	return part;
}

static void test_vmcore_layout_load_takes_whole_pages(void **state)
{
	assert_int_equal(load_part(0x1000, 0x1000).bytes, 0x1000);
	assert_int_equal(load_part(0x1fff, 1).pa, 0x1000);
	assert_int_equal(load_part(0x1fff, 1).bytes, 0x1000);
	assert_int_equal(load_part(0x1fff, 2).bytes, 0x2000);
	assert_int_equal(load_part(0x1800, 0x3000).bytes, 0x4000);
	assert_int_equal(load_part(0x1000, 0).bytes, 0);
	assert_int_equal(load_part(0, 0x9fc00).bytes, 0xa0000);
}

static void test_vmcore_layout_load_refuses_wrap(void **state)
{
	struct vmcore_part part = { .pa = 1 };
	Elf64_Phdr load = { .p_offset = 0x1000, .p_memsz = UINT64_MAX };

	assert_int_equal(vmcore_layout_load(&load, &part), -EINVAL);
	load.p_memsz = UINT64_MAX - 0x1000;
	assert_int_equal(vmcore_layout_load(&load, &part), -EINVAL);
	assert_int_equal(part.pa, 1);
}

/* head, a dump of 2 pages, notes, 3 loads of which one is empty. */
static struct vmcore_layout *make_layout(const Elf64_Phdr *load, size_t head_bytes)
{
	struct vmcore_layout *layout = calloc(1, sizeof(*layout) + 6 * sizeof(struct vmcore_part));

	layout->count = 6;
	layout->part[0] = (struct vmcore_part){ .buf = calloc(1, head_bytes), .bytes = head_bytes };
	layout->part[1] = (struct vmcore_part){ .buf = layout, .bytes = 0x2000 };
	layout->part[2] = (struct vmcore_part){ .buf = layout, .bytes = 0x1000 };
	for (int i = 0; i < LOADS; i++)
		assert_int_equal(vmcore_layout_load(&load[i], &layout->part[3 + i]), 0);
	assert_int_equal(vmcore_layout_place(layout), 0);
	return layout;
}

static void free_layout(struct vmcore_layout *layout)
{
	free(layout->part[0].buf);
	free(layout);
}

static const Elf64_Phdr loads[LOADS] = {
	{ .p_type = PT_LOAD, .p_flags = 7, .p_offset = 0x5000400, .p_paddr = 0x400, .p_vaddr = 0x80000400,
	  .p_filesz = 0x9f800, .p_memsz = 0x9f800 },
	{ .p_type = PT_LOAD, .p_offset = 0x200000, .p_paddr = 0x200000 },
	{ .p_type = PT_LOAD, .p_offset = 0x100000, .p_paddr = 0x100000, .p_filesz = 0x3000, .p_memsz = 0x3000, .p_align = 9 },
};

static void test_vmcore_layout_place_leaves_no_gap(void **state)
{
	struct vmcore_layout *layout = make_layout(loads, 0x1000);

	assert_int_equal(layout->part[3].offset, 0x4000);
	assert_int_equal(layout->part[3].bytes, 0xa0000);
	assert_int_equal(layout->part[4].bytes, 0);
	assert_int_equal(layout->part[5].offset, 0xa4000);
	assert_int_equal(layout->bytes, 0xa7000);
	layout->part[5].bytes = INT64_MAX - 0xa4000 + 1ull;
	assert_int_equal(vmcore_layout_place(layout), -EFBIG);
	assert_int_equal(layout->bytes, 0xa7000);
	free_layout(layout);
}

static void test_vmcore_layout_find_every_page(void **state)
{
	struct vmcore_layout *layout = make_layout(loads, 0x1000);

	for (u64 offset = 0; offset < layout->bytes; offset += 0xfff) {
		const struct vmcore_part *part = vmcore_layout_find(layout, offset);

		assert_non_null(part);
		assert_true(offset >= part->offset && offset - part->offset < part->bytes);
	}
	assert_ptr_equal(vmcore_layout_find(layout, 0xa4000), &layout->part[5]);	/* not the empty one */
	assert_ptr_equal(vmcore_layout_find(layout, 0xa3fff), &layout->part[3]);
	assert_ptr_equal(vmcore_layout_find(layout, layout->bytes - 1), &layout->part[5]);
	assert_null(vmcore_layout_find(layout, layout->bytes));
	assert_null(vmcore_layout_find(layout, UINT64_MAX));
	free_layout(layout);
}

static void test_vmcore_layout_find_empty_ends(void **state)
{
	struct vmcore_layout *layout = calloc(1, sizeof(*layout) + 3 * sizeof(struct vmcore_part));

	layout->count = 3;
	layout->part[1].bytes = 0x1000;
	assert_int_equal(vmcore_layout_place(layout), 0);
	assert_ptr_equal(vmcore_layout_find(layout, 0), &layout->part[1]);
	assert_ptr_equal(vmcore_layout_find(layout, 0xfff), &layout->part[1]);
	assert_null(vmcore_layout_find(layout, 0x1000));
	free(layout);
}

static void test_vmcore_layout_encode_elf64(void **state)
{
	union vmcore_ehdr ehdr = ehdr64();
	struct vmcore_layout *layout = make_layout(loads, vmcore_layout_head_bytes(&ehdr, LOADS));
	const Elf64_Ehdr *head = layout->part[0].buf;
	const Elf64_Phdr *phdr = (const Elf64_Phdr *)(head + 1);

	ehdr.elf64.e_phoff = 0x1000;
	assert_int_equal(vmcore_layout_encode(layout, &ehdr, loads, LOADS, 0x2123), 0);
	assert_memory_equal(head->e_ident, ehdr.ident, EI_NIDENT);
	assert_int_equal(head->e_machine, EM_X86_64);
	assert_int_equal(head->e_phoff, sizeof(*head));
	assert_int_equal(head->e_phnum, 1 + LOADS);
	assert_int_equal(phdr[0].p_type, PT_NOTE);
	assert_int_equal(phdr[0].p_offset, 0x1000);
	assert_int_equal(phdr[0].p_filesz, 0x2123);
	assert_int_equal(phdr[0].p_memsz, 0x2123);
	assert_int_equal(phdr[1].p_offset, 0x4400);	/* as far into the page as in memory */
	assert_int_equal(phdr[1].p_vaddr, 0x80000400);
	assert_int_equal(phdr[1].p_paddr, 0x400);
	assert_int_equal(phdr[1].p_flags, 7);
	assert_int_equal(phdr[3].p_offset, 0xa4000);
	assert_int_equal(phdr[3].p_memsz, 0x3000);
	assert_int_equal(phdr[3].p_align, 9);
	free_layout(layout);
}

static void test_vmcore_layout_encode_elf32(void **state)
{
	union vmcore_ehdr ehdr = ehdr32();
	struct vmcore_layout *layout = make_layout(loads, vmcore_layout_head_bytes(&ehdr, LOADS));
	const Elf32_Ehdr *head = layout->part[0].buf;
	const Elf32_Phdr *phdr = (const Elf32_Phdr *)(head + 1);

	assert_int_equal(vmcore_layout_encode(layout, &ehdr, loads, LOADS, 8), 0);
	assert_int_equal(head->e_phoff, sizeof(*head));
	assert_int_equal(head->e_phnum, 1 + LOADS);
	assert_int_equal(phdr[0].p_type, PT_NOTE);
	assert_int_equal(phdr[0].p_filesz, 8);
	assert_int_equal(phdr[1].p_offset, 0x4400);
	assert_int_equal(phdr[1].p_memsz, 0x9f800);
	assert_int_equal(phdr[3].p_align, 9);
	free_layout(layout);
}

static void test_vmcore_layout_encode_elf32_too_large(void **state)
{
	union vmcore_ehdr ehdr = ehdr32();
	Elf64_Phdr large[LOADS];

	memcpy(large, loads, sizeof(large));
	large[0].p_memsz = 0xfff00000;
	large[2].p_memsz = 0x200000;
	struct vmcore_layout *layout = make_layout(large, vmcore_layout_head_bytes(&ehdr, LOADS));

	assert_int_equal(vmcore_layout_encode(layout, &ehdr, large, LOADS, 8), -EFBIG);
	free_layout(layout);
}

static void test_vmcore_layout_head_bytes_grows_by_pages(void **state)
{
	union vmcore_ehdr wide = ehdr64(), narrow = ehdr32();

	assert_int_equal(vmcore_layout_head_bytes(&wide, 0), 0x1000);
	assert_int_equal(vmcore_layout_head_bytes(&wide, 71), 0x1000);	/* 64 + 72 * 56 = 4096 */
	assert_int_equal(vmcore_layout_head_bytes(&wide, 72), 0x2000);
	assert_int_equal(vmcore_layout_head_bytes(&narrow, 125), 0x1000);	/* 52 + 126 * 32 = 4084 */
	assert_int_equal(vmcore_layout_head_bytes(&narrow, 126), 0x2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vmcore_layout_check_both_classes),
		cmocka_unit_test(test_vmcore_layout_check_table_elsewhere),
		cmocka_unit_test(test_vmcore_layout_check_refuses),
		cmocka_unit_test(test_vmcore_layout_decode_widens),
		cmocka_unit_test(test_vmcore_layout_note_bytes_counts_whole_notes),
		cmocka_unit_test(test_vmcore_layout_note_bytes_stays_inside),
		cmocka_unit_test(test_vmcore_layout_load_takes_whole_pages),
		cmocka_unit_test(test_vmcore_layout_load_refuses_wrap),
		cmocka_unit_test(test_vmcore_layout_place_leaves_no_gap),
		cmocka_unit_test(test_vmcore_layout_find_every_page),
		cmocka_unit_test(test_vmcore_layout_find_empty_ends),
		cmocka_unit_test(test_vmcore_layout_encode_elf64),
		cmocka_unit_test(test_vmcore_layout_encode_elf32),
		cmocka_unit_test(test_vmcore_layout_encode_elf32_too_large),
		cmocka_unit_test(test_vmcore_layout_head_bytes_grows_by_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
