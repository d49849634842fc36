// SPDX-License-Identifier: GPL-2.0
/* Damaged elfcorehdrs and CPU notes, and the layout of the vmcore that is made of them. */
#include "capture/dump.h"
#include "fake_memory.h"
#include "fuzz.h"

#define BASE 0x100000ull
#define RAM_BYTES 0x20000ull

static struct fake_memory memory;

static void make_valid(void)
{
	fake_memory_init(&memory, BASE, RAM_BYTES, 1);
	fake_memory_add_note(&memory, "CORE", NT_PRSTATUS, "registers of CPU 0", 18);
	fake_memory_add_note(&memory, "VMCOREINFO", 0, "OSRELEASE=6.1\nCRASHTIME=1700000000\n", 35);
	fake_memory_add_phdr(&memory, PT_LOAD, BASE + 0x3000, 0x2000)->p_vaddr = 0xffffffff81000000ull;
	fake_memory_add_load(&memory, BASE, 0x10000);
	fake_memory_add_load(&memory, BASE + 0x10234, 0x5000);
	fake_memory_add_load(&memory, BASE + 0x18000, 0x8000);
}

static void check_layout(const struct elf_layout *layout, u64 buf_bytes)
{
	FUZZ_REQUIRE(layout->header_bytes % PAGE_BYTES == 0 && layout->header_bytes <= buf_bytes);
	FUZZ_REQUIRE(layout->file_bytes % PAGE_BYTES == 0);
	for (u32 i = 0; i < layout->load_count; i++) {
		const Elf64_Phdr *a = &layout->load[i];

		FUZZ_REQUIRE(a->p_offset % PAGE_BYTES == a->p_paddr % PAGE_BYTES);
		FUZZ_REQUIRE(a->p_offset >= layout->header_bytes && a->p_offset + a->p_filesz <= layout->file_bytes);
		for (u32 j = 0; j < i; j++) {
			const Elf64_Phdr *b = &layout->load[j];

			if (elf_layout_owns_bytes(layout, i) && elf_layout_owns_bytes(layout, j))
				FUZZ_REQUIRE(a->p_offset + a->p_filesz <= b->p_offset ||
					     b->p_offset + b->p_filesz <= a->p_offset);
		}
	}
}

static void check_notes(const struct elf_layout *layout)
{
	struct vmcoreinfo info = dump_vmcoreinfo(layout);
	struct elfcore_note note;
	u32 bytes, at = 0;
	const u8 *notes = elf_layout_notes(layout, &bytes);
	u64 number;

	FUZZ_REQUIRE(notes + bytes <= layout->header + layout->header_bytes);
	while (elfcore_next_note(notes, bytes, &at, &note)) {
		FUZZ_REQUIRE(note.desc + note.desc_bytes <= notes + bytes);
		elfcore_note_is(&note, "CORE", NT_PRSTATUS);
	}
	FUZZ_REQUIRE(at == bytes);
	vmcoreinfo_number(&info, "CRASHTIME", 10, &number);
}

static void lay_out(const struct elfcore *core)
{
	u64 bytes = elf_layout_buffer_bytes(core);
	struct elf_layout layout;
	void *buf = calloc(1, bytes);

	if (!buf)
		abort();
	if (!elf_layout_init(&layout, core, &memory.mem, buf, bytes)) {
		check_layout(&layout, bytes);
		check_notes(&layout);
	}
	free(buf);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t bytes)
{
	static u8 notes[2 * PAGE_BYTES];
	struct elfcore core;
	u64 pa;
	void *copy;
	size_t core_bytes;
	struct {
		u8 core[sizeof(memory.core)];
		u8 note[2][64];
	} damaged;

	if (!memory.ram) {
		make_valid();
		memcpy(notes, memory.ram, sizeof(notes));
	}
	memcpy(memory.ram, notes, sizeof(notes));
	core_bytes = sizeof(Elf64_Ehdr) + memory.core.ehdr.e_phnum * sizeof(Elf64_Phdr);
	memcpy(damaged.core, &memory.core, sizeof(damaged.core));
	for (u32 i = 0; i < 2; i++)
		memcpy(damaged.note[i], notes + i * PAGE_BYTES, sizeof(damaged.note[i]));
	fuzz_damage(&damaged, sizeof(damaged), data, bytes);
	for (u32 i = 0; i < 2; i++)
		memcpy(memory.ram + i * PAGE_BYTES, damaged.note[i], sizeof(damaged.note[i]));
	copy = fuzz_copy(damaged.core, core_bytes);
	if (!elfcore_open(copy, core_bytes, &core)) {
		FUZZ_REQUIRE((const u8 *)(core.phdr + core.count) <= (u8 *)copy + core_bytes);
		if (!elfcore_translate(&core, FAKE_VA + BASE + 0x123, &pa))
			FUZZ_REQUIRE(elfcore_is_ram(&core, pa, 1));
		lay_out(&core);
	}
	free(copy);
	return 0;
}
