// SPDX-License-Identifier: GPL-2.0
#include "capture/elf_layout.h"

#include <stdarg.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>

#include "fake_memory.h"

#define BASE 0x100000ull
#define RAM_BYTES 0x40000ull

static struct fake_memory memory;
static struct elf_layout layout;

static int make_memory(void **state)
{
	fake_memory_init(&memory, BASE, RAM_BYTES, 1);
	layout = (struct elf_layout){ 0 };
	return 0;
}

static int free_memory(void **state)
{
	free(layout.header);
	fake_memory_deinit(&memory);
	return 0;
}

/* A buffer of exactly the promised size, so that one byte more is seen. */
static int init_layout(void)
{
	struct elfcore core = fake_memory_core(&memory);
	u64 bytes = elf_layout_buffer_bytes(&core);
	void *buf = calloc(1, bytes);
	int err;

	assert_int_equal(bytes % PAGE_BYTES, 0);
	free(layout.header);
	layout.header = NULL;
	err = elf_layout_init(&layout, &core, &memory.mem, buf, bytes);
	if (err)
		free(buf);
	return err;
}

/* What must be true of every layout. */
static void assert_sound(void)
{
	assert_int_equal(layout.header_bytes % PAGE_BYTES, 0);
	assert_int_equal(layout.file_bytes % PAGE_BYTES, 0);
	for (u32 i = 0; i < layout.load_count; i++) {
		const Elf64_Phdr *a = &layout.load[i];

		assert_int_equal(a->p_offset % PAGE_BYTES, a->p_paddr % PAGE_BYTES);
		assert_int_equal(a->p_filesz, a->p_memsz);
		assert_true(align_down(a->p_offset, PAGE_BYTES) >= layout.header_bytes);
		assert_true(a->p_offset + a->p_filesz <= layout.file_bytes);
		for (u32 j = 0; j < i; j++) {
			const Elf64_Phdr *b = &layout.load[j];

			if (elf_layout_owns_bytes(&layout, i) && elf_layout_owns_bytes(&layout, j))
				assert_true(align_up(a->p_offset + a->p_filesz, PAGE_BYTES) <=
					    align_down(b->p_offset, PAGE_BYTES) ||
					    align_up(b->p_offset + b->p_filesz, PAGE_BYTES) <=
					    align_down(a->p_offset, PAGE_BYTES));
		}
	}
}

static void test_elf_layout_init_header(void **state)
{
	const Elf64_Ehdr *ehdr;
	const Elf64_Phdr *note;

	fake_memory_add_note(&memory, "CORE", NT_PRSTATUS, "registers", 9);
	fake_memory_add_load(&memory, BASE, RAM_BYTES);
	memory.core.phdr[1].p_flags = PF_R | PF_W;
	assert_int_equal(init_layout(), 0);
	assert_sound();
	ehdr = (const Elf64_Ehdr *)layout.header;
	note = (const Elf64_Phdr *)(layout.header + ehdr->e_phoff);
	assert_memory_equal(ehdr->e_ident, memory.core.ehdr.e_ident, EI_NIDENT);
	assert_int_equal(ehdr->e_type, ET_CORE);
	assert_int_equal(ehdr->e_machine, EM_X86_64);
	assert_int_equal(ehdr->e_version, EV_CURRENT);
	assert_int_equal(ehdr->e_phnum, 2);
	assert_int_equal(ehdr->e_phentsize, sizeof(Elf64_Phdr));
	assert_int_equal(note->p_type, PT_NOTE);
	assert_int_equal(note->p_filesz, note->p_memsz);
	assert_ptr_equal(layout.load, note + 1);
	assert_int_equal(layout.load[0].p_vaddr, FAKE_VA + BASE);
	assert_int_equal(layout.load[0].p_flags, PF_R | PF_W);
	assert_int_equal(layout.load[0].p_offset, layout.header_bytes);
	assert_int_equal(layout.file_bytes, layout.header_bytes + RAM_BYTES);
}

static void test_elf_layout_init_unaligned_loads(void **state)
{
	fake_memory_add_note(&memory, "CORE", NT_PRSTATUS, "registers", 9);
	fake_memory_add_load(&memory, BASE, 0x1000);
	fake_memory_add_load(&memory, BASE + 0x1234, 0x10);		/* inside one page */
	fake_memory_add_load(&memory, BASE + 0x2fff, 2);		/* two pages, a byte of each */
	fake_memory_add_load(&memory, BASE + 0x5001, 0x1fff);		/* ends on a page's end */
	fake_memory_add_load(&memory, BASE + 0x8000, 0x1801);		/* begins on a page */
	assert_int_equal(init_layout(), 0);
	assert_sound();
	assert_int_equal(layout.load_count, 5);
	assert_int_equal(layout.file_bytes, layout.header_bytes + (1 + 1 + 2 + 2 + 2) * PAGE_BYTES);
}

/* The kernel's text has a virtual address of its own but no bytes of its own. */
static void test_elf_layout_init_text_inside_ram(void **state)
{
	fake_memory_add_note(&memory, "CORE", NT_PRSTATUS, "registers", 9);
	fake_memory_add_phdr(&memory, PT_LOAD, BASE + 0x3000, 0x2000)->p_vaddr = 0xffffffff81000000ull;
	fake_memory_add_load(&memory, BASE, 0x10000);
	assert_int_equal(init_layout(), 0);
	assert_sound();
	assert_false(elf_layout_owns_bytes(&layout, 0));
	assert_true(elf_layout_owns_bytes(&layout, 1));
	assert_int_equal(layout.load[0].p_vaddr, 0xffffffff81000000ull);
	assert_int_equal(layout.load[0].p_offset, layout.load[1].p_offset + 0x3000);
	assert_int_equal(layout.file_bytes, layout.header_bytes + 0x10000);
}

/* a inside b inside c, and the middle one first: all share the largest one's bytes. */
static void test_elf_layout_init_nested_loads(void **state)
{
	fake_memory_add_note(&memory, "CORE", NT_PRSTATUS, "registers", 9);
	fake_memory_add_load(&memory, BASE + 0x1000, 0x8000);
	fake_memory_add_load(&memory, BASE + 0x2345, 0x1000);
	fake_memory_add_load(&memory, BASE, 0x10000);
	assert_int_equal(init_layout(), 0);
	assert_sound();
	assert_true(elf_layout_owns_bytes(&layout, 2));
	assert_int_equal(layout.load[0].p_offset, layout.load[2].p_offset + 0x1000);
	assert_int_equal(layout.load[1].p_offset, layout.load[2].p_offset + 0x2345);
	assert_int_equal(layout.file_bytes, layout.header_bytes + 0x10000);
}

static void test_elf_layout_init_identical_loads(void **state)
{
	fake_memory_add_note(&memory, "CORE", NT_PRSTATUS, "registers", 9);
	for (u32 i = 0; i < 3; i++)
		fake_memory_add_load(&memory, BASE, 0x10000);
	assert_int_equal(init_layout(), 0);
	assert_sound();
	assert_true(elf_layout_owns_bytes(&layout, 0));
	assert_false(elf_layout_owns_bytes(&layout, 1));
	assert_false(elf_layout_owns_bytes(&layout, 2));
	assert_int_equal(layout.load[2].p_offset, layout.load[0].p_offset);
	assert_int_equal(layout.file_bytes, layout.header_bytes + 0x10000);
}

static void test_elf_layout_init_overlapping_loads(void **state)
{
	fake_memory_add_note(&memory, "CORE", NT_PRSTATUS, "registers", 9);
	fake_memory_add_load(&memory, BASE, 0x8000);
	fake_memory_add_load(&memory, BASE + 0x4000, 0x8000);
	assert_int_equal(init_layout(), 0);
	assert_sound();		/* both own their bytes: no reader can be misled */
	assert_int_equal(layout.file_bytes, layout.header_bytes + 0x10000);
}

static void test_elf_layout_init_empty_load_left_out(void **state)
{
	fake_memory_add_note(&memory, "CORE", NT_PRSTATUS, "registers", 9);
	fake_memory_add_load(&memory, BASE + 0x1000, 0);
	fake_memory_add_load(&memory, BASE, 0x8000);
	assert_int_equal(init_layout(), 0);
	assert_int_equal(layout.load_count, 1);
	assert_sound();
}

/* kexec-tools leaves p_filesz = p_memsz, but a header that says less has the memory all the same. */
static void test_elf_layout_init_filesz_is_memsz(void **state)
{
	fake_memory_add_note(&memory, "CORE", NT_PRSTATUS, "registers", 9);
	fake_memory_add_load(&memory, BASE, 0x8000);
	memory.core.phdr[1].p_filesz = 0;
	assert_int_equal(init_layout(), 0);
	assert_sound();
	assert_int_equal(layout.load[0].p_filesz, 0x8000);
}

/* --- notes ------------------------------------------------------------------------- */

static u32 count_notes(u32 *ret_bytes)
{
	struct elfcore_note note;
	const u8 *notes = elf_layout_notes(&layout, ret_bytes);
	u32 count = 0, at = 0;

	while (elfcore_next_note(notes, *ret_bytes, &at, &note))
		count++;
	assert_int_equal(at, *ret_bytes);	/* nothing but notes */
	for (u64 i = (u64)(notes - layout.header) + *ret_bytes; i < layout.header_bytes; i++)
		assert_int_equal(layout.header[i], 0);
	return count;
}

static void test_elf_layout_init_notes_merged(void **state)
{
	u8 expected[256];
	u32 bytes, at = 0;

	fake_memory_add_note(&memory, "CORE", NT_PRSTATUS, "cpu 0", 5);
	fake_memory_add_load(&memory, BASE, RAM_BYTES);
	fake_memory_add_note(&memory, "CORE", NT_PRSTATUS, "cpu 1", 5);
	fake_memory_add_note(&memory, "VMCOREINFO", 0, "OSRELEASE=6\n", 12);
	at += fake_note_put(expected, "CORE", NT_PRSTATUS, "cpu 0", 5);
	at += fake_note_put(expected + at, "CORE", NT_PRSTATUS, "cpu 1", 5);
	at += fake_note_put(expected + at, "VMCOREINFO", 0, "OSRELEASE=6\n", 12);
	assert_int_equal(init_layout(), 0);
	assert_sound();
	assert_int_equal(count_notes(&bytes), 3);
	assert_int_equal(bytes, at);
	assert_memory_equal(elf_layout_notes(&layout, &bytes), expected, at);
}

/* A CPU that never answered the NMI has an empty note; a page of notes may hold several. */
static void test_elf_layout_init_notes_empty_and_several(void **state)
{
	u8 *two;
	u32 bytes;

	fake_memory_add_load(&memory, BASE, RAM_BYTES);
	memset(fake_memory_at(&memory, BASE + 0x8000), 0, PAGE_BYTES);
	fake_memory_add_phdr(&memory, PT_NOTE, BASE + 0x8000, 0x400);
	two = fake_memory_at(&memory, BASE + 0x9000);
	memset(two, 0, PAGE_BYTES);
	fake_note_put(two + fake_note_put(two, "CORE", NT_PRSTATUS, "a", 1), "CORE", NT_FPREGSET, "b", 1);
	fake_memory_add_phdr(&memory, PT_NOTE, BASE + 0x9000, 0x400);
	assert_int_equal(init_layout(), 0);
	assert_int_equal(count_notes(&bytes), 2);
}

static void test_elf_layout_init_notes_damaged(void **state)
{
	Elf64_Nhdr *head;
	u32 bytes;

	fake_memory_add_load(&memory, BASE, RAM_BYTES);
	fake_memory_add_note(&memory, "CORE", NT_PRSTATUS, "cpu 0", 5);
	head = (Elf64_Nhdr *)fake_memory_at(&memory, memory.note_at);
	fake_memory_add_note(&memory, "CORE", NT_PRSTATUS, "cpu 1", 5);
	head->n_descsz = 0xfffffff0;
	fake_memory_add_note(&memory, "CORE", NT_PRSTATUS, "cpu 2", 5);
	assert_int_equal(init_layout(), 0);
	assert_int_equal(count_notes(&bytes), 2);	/* the damaged one is left out, no other is */
}

/* What is read of a note that is then left out does not stay in the header. */
static void test_elf_layout_init_notes_last_damaged(void **state)
{
	Elf64_Nhdr *head;
	u32 bytes;

	fake_memory_add_load(&memory, BASE, RAM_BYTES);
	fake_memory_add_note(&memory, "CORE", NT_PRSTATUS, "cpu 0", 5);
	head = (Elf64_Nhdr *)fake_memory_at(&memory, memory.note_at);
	fake_memory_add_note(&memory, "CORE", NT_PRSTATUS, "cpu 1", 5);
	head->n_descsz = 0xfffffff0;
	assert_int_equal(init_layout(), 0);
	assert_int_equal(count_notes(&bytes), 1);
	memory.bad[memory.bad_count++] = BASE + PAGE_BYTES;
	assert_int_equal(init_layout(), 0);
	assert_int_equal(count_notes(&bytes), 1);
}

static void test_elf_layout_init_notes_unreadable(void **state)
{
	u32 bytes;

	fake_memory_add_load(&memory, BASE, RAM_BYTES);
	memory.bad[memory.bad_count++] = memory.note_at;
	fake_memory_add_note(&memory, "CORE", NT_PRSTATUS, "cpu 0", 5);
	fake_memory_add_note(&memory, "CORE", NT_PRSTATUS, "cpu 1", 5);
	assert_int_equal(init_layout(), 0);
	assert_int_equal(count_notes(&bytes), 1);
	assert_sound();
}

static void test_elf_layout_init_notes_outside_of_ram(void **state)
{
	u32 bytes;

	fake_memory_add_load(&memory, BASE, RAM_BYTES);
	fake_memory_add_phdr(&memory, PT_NOTE, BASE + RAM_BYTES - 0x10, 0x400);
	fake_memory_add_phdr(&memory, PT_NOTE, 0x7fff0000, 0x400);
	assert_int_equal(init_layout(), 0);
	assert_int_equal(count_notes(&bytes), 0);
	assert_int_equal(bytes, 0);
	assert_sound();
}

static void test_elf_layout_init_notes_too_large(void **state)
{
	u32 bytes;

	fake_memory_add_load(&memory, BASE, RAM_BYTES);
	fake_memory_add_note(&memory, "CORE", NT_PRSTATUS, "cpu 0", 5);
	memory.core.phdr[1].p_filesz = memory.core.phdr[1].p_memsz = (64u << 10) + 1;
	assert_int_equal(init_layout(), 0);
	assert_int_equal(count_notes(&bytes), 0);
}

/* Notes that fill their PT_NOTE to the last byte, without a terminator. */
static void test_elf_layout_init_notes_without_end(void **state)
{
	u32 bytes;

	fake_memory_add_load(&memory, BASE, RAM_BYTES);
	fake_memory_add_note(&memory, "CORE", NT_PRSTATUS, "cpu0", 4);
	memory.core.phdr[1].p_filesz -= sizeof(Elf64_Nhdr);
	assert_int_equal(init_layout(), 0);
	assert_int_equal(count_notes(&bytes), 1);
}

/* --- errors ------------------------------------------------------------------------- */

static void test_elf_layout_init_buffer_too_small(void **state)
{
	struct elfcore core;
	u8 *buf = calloc(1, 4 * PAGE_BYTES);

	fake_memory_add_load(&memory, BASE, RAM_BYTES);
	fake_memory_add_note(&memory, "CORE", NT_PRSTATUS, "cpu 0", 5);
	core = fake_memory_core(&memory);
	assert_int_equal(elf_layout_init(&layout, &core, &memory.mem, buf, 0), -ENOSPC);
	assert_int_equal(elf_layout_init(&layout, &core, &memory.mem, buf, elf_layout_buffer_bytes(&core) - 1), -ENOSPC);
	assert_null(layout.header);
	free(buf);
}

static void test_elf_layout_init_too_much_memory(void **state)
{
	static const struct { u64 pa, bytes; } too_much[] = {
		{ 0, ~0ull }, { 0, 1ull << 62 }, { 4096, ~0ull - 8192 }, { 0x1001, ~0ull - 0x1001 }, { 5, 1ull << 63 },
	};

	fake_memory_add_phdr(&memory, PT_NOTE, BASE, 0);
	fake_memory_add_load(&memory, 0, 1);
	for (u32 i = 0; i < ARRAY_SIZE(too_much); i++) {
		memory.core.phdr[1].p_paddr = too_much[i].pa;
		memory.core.phdr[1].p_memsz = too_much[i].bytes;
		memory.core.phdr[1].p_offset = memory.core.phdr[1].p_filesz = 0;
		assert_int_equal(init_layout(), -EOVERFLOW);
	}
}

static void test_elf_layout_init_sum_too_large(void **state)
{
	fake_memory_add_phdr(&memory, PT_NOTE, BASE, 0);
	for (u64 i = 0; i < 3; i++)
		fake_memory_add_load(&memory, i << 61, 1ull << 61);
	for (u32 i = 1; i < 4; i++)
		memory.core.phdr[i].p_offset = 0;
	assert_int_equal(init_layout(), -EOVERFLOW);
}

#define WITH_MEMORY(test) cmocka_unit_test_setup_teardown(test, make_memory, free_memory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_MEMORY(test_elf_layout_init_header),
		WITH_MEMORY(test_elf_layout_init_unaligned_loads),
		WITH_MEMORY(test_elf_layout_init_text_inside_ram),
		WITH_MEMORY(test_elf_layout_init_nested_loads),
		WITH_MEMORY(test_elf_layout_init_identical_loads),
		WITH_MEMORY(test_elf_layout_init_overlapping_loads),
		WITH_MEMORY(test_elf_layout_init_empty_load_left_out),
		WITH_MEMORY(test_elf_layout_init_filesz_is_memsz),
		WITH_MEMORY(test_elf_layout_init_notes_merged),
		WITH_MEMORY(test_elf_layout_init_notes_empty_and_several),
		WITH_MEMORY(test_elf_layout_init_notes_damaged),
		WITH_MEMORY(test_elf_layout_init_notes_last_damaged),
		WITH_MEMORY(test_elf_layout_init_notes_unreadable),
		WITH_MEMORY(test_elf_layout_init_notes_outside_of_ram),
		WITH_MEMORY(test_elf_layout_init_notes_too_large),
		WITH_MEMORY(test_elf_layout_init_notes_without_end),
		WITH_MEMORY(test_elf_layout_init_buffer_too_small),
		WITH_MEMORY(test_elf_layout_init_too_much_memory),
		WITH_MEMORY(test_elf_layout_init_sum_too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
