// SPDX-License-Identifier: GPL-2.0
#include "fake_memory.h"

#include <stdarg.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>

#define BASE 0x100000ull

#define CORE_BYTES (sizeof(Elf64_Ehdr) + 4 * sizeof(Elf64_Phdr))

static struct fake_memory memory;

/* A note and three loads: [1M, 1M + 32K), the 8K text alias inside it, [8M, 9M). */
static int make_core(void **state)
{
	memset(&memory, 0, sizeof(memory));
	fake_memory_add_phdr(&memory, PT_NOTE, BASE, 0x1000);
	fake_memory_add_phdr(&memory, PT_LOAD, BASE + 0x2000, 0x2000)->p_vaddr = 0xffffffff81000000ull;
	fake_memory_add_load(&memory, BASE, 0x8000);
	fake_memory_add_load(&memory, 0x800000, 0x100000);
	return 0;
}

static int open_core(void)
{
	struct elfcore core = { .count = 77 };
	int err = elfcore_open(&memory.core, CORE_BYTES, &core);

	if (err)
		assert_int_equal(core.count, 77);
	return err;
}

static void test_elfcore_open_valid(void **state)
{
	struct elfcore core;

	assert_int_equal(elfcore_header_bytes(&memory.core), CORE_BYTES);
	assert_int_equal(elfcore_open(&memory.core, CORE_BYTES, &core), 0);
	assert_int_equal(core.count, 4);
	assert_ptr_equal(core.phdr, memory.core.phdr);
}

/* Each length in memory of its own: reading past the end is seen. */
static void test_elfcore_open_cut_off_anywhere(void **state)
{
	struct elfcore core;

	for (u64 bytes = 0; bytes <= CORE_BYTES; bytes++) {
		void *copy = malloc(bytes);

		memcpy(copy, &memory.core, bytes);
		assert_int_equal(elfcore_open(copy, bytes, &core), bytes < CORE_BYTES ? -EBADMSG : 0);
		free(copy);
	}
}

static void test_elfcore_open_every_damaged_byte(void **state)
{
	u8 *raw = (u8 *)&memory.core;

	/* Any answer is right as long as nothing outside is read: sanitizers watch. */
	for (u64 at = 0; at < CORE_BYTES; at++) {
		for (u32 bit = 0; bit < 8; bit++) {
			struct elfcore core;
			void *copy;

			raw[at] ^= (u8)(1u << bit);
			copy = malloc(CORE_BYTES);
			memcpy(copy, raw, CORE_BYTES);
			if (!elfcore_open(copy, CORE_BYTES, &core))
				assert_true(core.count <= 4);
			free(copy);
			raw[at] ^= (u8)(1u << bit);
		}
	}
}

static void test_elfcore_open_wrong_kind(void **state)
{
	Elf64_Ehdr *ehdr = &memory.core.ehdr, right = *ehdr;

#define REFUSED(change) do { change; assert_int_equal(open_core(), -EBADMSG); *ehdr = right; } while (0)
	REFUSED(ehdr->e_ident[0] = 0);
	REFUSED(ehdr->e_ident[EI_CLASS] = ELFCLASS32);
	REFUSED(ehdr->e_ident[EI_DATA] = ELFDATA2MSB);
	REFUSED(ehdr->e_type = ET_EXEC);
	REFUSED(ehdr->e_machine = EM_AARCH64);
	REFUSED(ehdr->e_phentsize = 32);
	REFUSED(ehdr->e_phoff = 0);
	REFUSED(ehdr->e_phoff = 68);
	REFUSED(ehdr->e_phoff = ~0ull - 7);
	REFUSED(ehdr->e_phnum = 0);
	REFUSED(ehdr->e_phnum = 5);
	REFUSED(ehdr->e_phnum = ELFCORE_MAX_PHDRS + 1);
	REFUSED(ehdr->e_phnum = 0xffff);
#undef REFUSED
	assert_int_equal(open_core(), 0);
}

static void test_elfcore_open_overflows(void **state)
{
	Elf64_Phdr *load = &memory.core.phdr[2], right = *load;

#define REFUSED(change) do { change; assert_int_equal(open_core(), -EINVAL); *load = right; } while (0)
	REFUSED(load->p_paddr = ~0ull - 0xfff);
	REFUSED(load->p_memsz = ~0ull);
	REFUSED(load->p_paddr = -load->p_memsz);
	REFUSED(load->p_filesz = load->p_memsz + 1);
	REFUSED(load->p_offset = ~0ull);
#undef REFUSED
	assert_int_equal(open_core(), 0);
}

static void test_elfcore_open_no_loads(void **state)
{
	for (u32 i = 1; i < 4; i++)
		memory.core.phdr[i].p_type = PT_NULL;
	assert_int_equal(open_core(), -EINVAL);
	memory.core.phdr[1].p_type = PT_LOAD;
	assert_int_equal(open_core(), 0);
	memory.core.phdr[1].p_memsz = memory.core.phdr[1].p_filesz = 0;
	assert_int_equal(open_core(), -EINVAL);
}

static void test_elfcore_open_no_notes(void **state)
{
	memory.core.phdr[0].p_type = PT_NULL;
	assert_int_equal(open_core(), -EINVAL);
}

static void test_elfcore_is_ram_bounds(void **state)
{
	struct elfcore core = fake_memory_core(&memory);

	assert_true(elfcore_is_ram(&core, BASE, 0x8000));
	assert_true(elfcore_is_ram(&core, BASE + 0x7fff, 1));
	assert_true(elfcore_is_ram(&core, 0x8fffff, 1));
	assert_false(elfcore_is_ram(&core, BASE - 1, 1));
	assert_false(elfcore_is_ram(&core, BASE, 0x8001));
	assert_false(elfcore_is_ram(&core, BASE + 0x8000, 1));
	assert_false(elfcore_is_ram(&core, 0x800000, ~0ull));
	assert_false(elfcore_is_ram(&core, ~0ull, 2));
}

static void test_elfcore_is_ram_notes_are_not(void **state)
{
	struct elfcore core;

	memory.core.phdr[2].p_type = memory.core.phdr[1].p_type = PT_NULL;
	core = fake_memory_core(&memory);
	assert_false(elfcore_is_ram(&core, BASE, 1));
}

static void test_elfcore_translate_bounds(void **state)
{
	struct elfcore core = fake_memory_core(&memory);
	u64 pa = 77;

	assert_int_equal(elfcore_translate(&core, 0xffffffff81001234ull, &pa), 0);
	assert_int_equal(pa, BASE + 0x3234);
	assert_int_equal(elfcore_translate(&core, FAKE_VA + 0x8fffff, &pa), 0);
	assert_int_equal(pa, 0x8fffff);
	pa = 77;
	assert_int_equal(elfcore_translate(&core, FAKE_VA + 0x900000, &pa), -EFAULT);
	assert_int_equal(elfcore_translate(&core, FAKE_VA + BASE - 1, &pa), -EFAULT);
	assert_int_equal(elfcore_translate(&core, 0, &pa), -EFAULT);
	assert_int_equal(pa, 77);
}

/* --- notes ------------------------------------------------------------------------ */

static void test_elfcore_next_note_walk(void **state)
{
	u8 buf[256] = { 0 };
	struct elfcore_note note;
	u32 bytes, at = 0;

	bytes = fake_note_put(buf, "CORE", NT_PRSTATUS, "12345", 5);	/* name and desc both need padding */
	assert_int_equal(bytes, 12 + 8 + 8);
	bytes += fake_note_put(buf + bytes, "VMCOREINFO", 0, "A=1\n", 4);
	assert_true(elfcore_next_note(buf, sizeof(buf), &at, &note));
	assert_int_equal(note.type, NT_PRSTATUS);
	assert_int_equal(note.desc_bytes, 5);
	assert_memory_equal(note.desc, "12345", 5);
	assert_int_equal(note.total_bytes, 28);
	assert_true(elfcore_note_is(&note, "CORE", NT_PRSTATUS));
	assert_false(elfcore_note_is(&note, "CORE", 0));
	assert_false(elfcore_note_is(&note, "COR", NT_PRSTATUS));
	assert_false(elfcore_note_is(&note, "COREX", NT_PRSTATUS));
	assert_true(elfcore_next_note(buf, sizeof(buf), &at, &note));
	assert_true(elfcore_note_is(&note, "VMCOREINFO", 0));
	assert_memory_equal(note.desc, "A=1\n", 4);
	assert_int_equal(at, bytes);
	assert_false(elfcore_next_note(buf, sizeof(buf), &at, &note));	/* the empty note */
	assert_false(elfcore_next_note(buf, bytes, &at, &note));		/* the buffer's end */
	assert_int_equal(at, bytes);
}

static void test_elfcore_next_note_cut_off_anywhere(void **state)
{
	u8 buf[64];
	u32 first = fake_note_put(buf, "CORE", NT_PRSTATUS, "1234567", 7);
	u32 bytes = first + fake_note_put(buf + first, "CORE", NT_PRSTATUS, "1234567", 7);

	for (u32 cut = 0; cut < bytes; cut++) {
		struct elfcore_note note;
		u8 *copy = malloc(cut);
		u32 at = 0;

		memcpy(copy, buf, cut);
		assert_int_equal(elfcore_next_note(copy, cut, &at, &note), cut >= first);
		assert_int_equal(at, cut >= first ? first : 0);
		assert_false(elfcore_next_note(copy, cut, &at, &note));
		free(copy);
	}
}

static void test_elfcore_next_note_sizes_overflow(void **state)
{
	static const u32 huge[] = { 0xffffffff, 0xfffffffc, 0xfffffff4, 0x80000000, 0xfffffff0 };
	Elf64_Nhdr head;
	struct elfcore_note note;

	for (u32 i = 0; i < ARRAY_SIZE(huge); i++) {
		u32 at = 0;

		head = (Elf64_Nhdr){ .n_namesz = huge[i], .n_descsz = 4 };
		assert_false(elfcore_next_note(&head, sizeof(head), &at, &note));
		head = (Elf64_Nhdr){ .n_namesz = 4, .n_descsz = huge[i] };
		assert_false(elfcore_next_note(&head, sizeof(head), &at, &note));
		head = (Elf64_Nhdr){ .n_namesz = huge[i], .n_descsz = huge[i] };
		assert_false(elfcore_next_note(&head, sizeof(head), &at, &note));
		at = huge[i];
		assert_false(elfcore_next_note(&head, sizeof(head), &at, &note));
	}
}

static void test_elfcore_note_is_name_without_nul(void **state)
{
	const struct elfcore_note note = { .name = "CORE", .name_bytes = 4, .type = 1 };

	assert_true(elfcore_note_is(&note, "CORE", 1));
	assert_false(elfcore_note_is(&note, "COREX", 1));
}

#define WITH_CORE(test) cmocka_unit_test_setup(test, make_core)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_CORE(test_elfcore_open_valid),
		WITH_CORE(test_elfcore_open_cut_off_anywhere),
		WITH_CORE(test_elfcore_open_every_damaged_byte),
		WITH_CORE(test_elfcore_open_wrong_kind),
		WITH_CORE(test_elfcore_open_overflows),
		WITH_CORE(test_elfcore_open_no_loads),
		WITH_CORE(test_elfcore_open_no_notes),
		WITH_CORE(test_elfcore_is_ram_bounds),
		WITH_CORE(test_elfcore_is_ram_notes_are_not),
		WITH_CORE(test_elfcore_translate_bounds),
		cmocka_unit_test(test_elfcore_next_note_walk),
		cmocka_unit_test(test_elfcore_next_note_cut_off_anywhere),
		cmocka_unit_test(test_elfcore_next_note_sizes_overflow),
		cmocka_unit_test(test_elfcore_note_is_name_without_nul),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
