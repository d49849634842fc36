// SPDX-License-Identifier: GPL-2.0
#include "save_world.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <setjmp.h>
#include <cmocka.h>

#include "common/file.h"
#include "kdump-save/kdump_file.h"

struct fake_kernel kernel;
u64 far_page_pa;
char core_path[64], dump_path[64], second_path[64];
static char folder[32];

u8 *memory_at(u64 pa)
{
	return fake_memory_at(&kernel.memory, pa);
}

bool is_struct_page(u64 pfn)
{
	return pfn >= FAKE_STRUCTS_PA / PAGE_BYTES && pfn < (FAKE_STRUCTS_PA + FAKE_KERNEL_PAGES * 64) / PAGE_BYTES;
}

void write_core(u64 file_bytes)
{
	struct { Elf64_Ehdr ehdr; Elf64_Phdr phdr[5]; } head = { 0 };
	static u8 notes[8192];
	u32 bytes;
	int fd = open(core_path, O_RDWR | O_CREAT | O_TRUNC, 0600);

	fake_memory_add_load(&kernel.memory, 0, 1);	/* for the ELF header alone */
	head.ehdr = kernel.memory.core.ehdr;
	head.ehdr.e_phnum = far_page_pa ? 5 : 4;
	memset(notes, 0, sizeof(notes));
	bytes = fake_note_put(notes, "CORE", NT_PRSTATUS, "registers", 10);
	bytes += fake_note_put(notes + bytes, "VMCOREINFO", 0, kernel.info.text, kernel.info.bytes);
	head.phdr[0] = (Elf64_Phdr){ .p_type = PT_NOTE, .p_offset = 0x1000, .p_filesz = bytes };	/* as in /proc/kcore */
	/* The kernel's text, and what /proc/kcore has of its virtual memory, is not memory once more. */
	head.phdr[1] = (Elf64_Phdr){ .p_type = PT_LOAD, .p_offset = LOAD_OFFSET + 0x200000, .p_vaddr = 0xffffffff81000000, .p_paddr = 0x200000,
				     .p_filesz = 0x10000, .p_memsz = 0x10000 };
	head.phdr[2] = (Elf64_Phdr){ .p_type = PT_LOAD, .p_offset = LOAD_OFFSET, .p_vaddr = FAKE_VA, .p_filesz = FAKE_KERNEL_BYTES,
				     .p_memsz = FAKE_KERNEL_BYTES };
	head.phdr[3] = (Elf64_Phdr){ .p_type = PT_LOAD, .p_offset = LOAD_OFFSET, .p_vaddr = 0xffffc90000000000, .p_paddr = ~0ull,
				     .p_filesz = 1ull << 45, .p_memsz = 1ull << 45 };
	head.phdr[4] = (Elf64_Phdr){ .p_type = PT_LOAD, .p_offset = LOAD_OFFSET, .p_vaddr = FAKE_VA + far_page_pa, .p_paddr = far_page_pa,
				     .p_filesz = PAGE_BYTES, .p_memsz = PAGE_BYTES };
	assert_int_equal(file_pwrite_all(fd, memory_at(0), FAKE_KERNEL_BYTES, LOAD_OFFSET), 0);
	assert_int_equal(file_pwrite_all(fd, &head, sizeof(head), 0), 0);
	assert_int_equal(file_pwrite_all(fd, notes, bytes, 0x1000), 0);
	if (file_bytes)
		assert_int_equal(ftruncate(fd, (off_t)file_bytes), 0);
	close(fd);
}

int save_world_setup(void **state)
{
	u64 seed = 23;

	far_page_pa = 0;
	snprintf(folder, sizeof(folder), "/tmp/test-save-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(core_path, sizeof(core_path), "%s/core", folder);
	snprintf(dump_path, sizeof(dump_path), "%s/dump", folder);
	snprintf(second_path, sizeof(second_path), "%s/second", folder);
	fake_kernel_init(&kernel, 4);
	for (u64 pfn = 0x200; pfn < FAKE_KERNEL_PAGES; pfn++) {
		if (is_struct_page(pfn))
			continue;
		for (u64 i = 0; i < (pfn % 3) * 200; i++)
			memory_at(pfn * PAGE_BYTES)[i] = (u8)fake_random(&seed);
		if (pfn >= FREE_PFN)
			*fake_kernel_page(&kernel, pfn) = (struct fake_page){ .mapcount = FAKE_BUDDY };
	}
	write_core(0);
	return 0;
}

int save_world_teardown(void **state)
{
	unlink(core_path);
	unlink(dump_path);
	unlink(second_path);
	rmdir(folder);
	fake_kernel_deinit(&kernel);
	return 0;
}

struct save_options make_options(unsigned level, char codec)
{
	return (struct save_options){ .input = core_path, .output = dump_path, .level = level, .codec = codec ? codecs_by_option(codec) : NULL,
				      .windows = true, .threads = 3 };
}

/* Every page of the dump is the one of memory; returns how many there are. */
u64 check_dump(const char *path)
{
	struct kdump_file file;
	u64 rank = 0;
	int fd = open(path, O_RDONLY);

	assert_int_equal(kdump_file_open(&file, fd), 0);
	assert_int_equal(file.end_pfn, FAKE_KERNEL_PAGES);
	for (u64 pfn = 0; pfn < FAKE_KERNEL_PAGES; pfn++) {
		struct kdump_page page;
		u8 buf[PAGE_BYTES];

		if (!kdump_file_has(&file, pfn))
			continue;
		assert_int_equal(kdump_file_find(&file, rank++, &page), 0);
		assert_int_equal(kdump_file_read(&file, &page, buf), 0);
		assert_memory_equal(buf, memory_at(pfn * PAGE_BYTES), PAGE_BYTES);
	}
	assert_int_equal(rank, file.pages);
	kdump_file_close(&file);
	close(fd);
	return rank;
}

enum verify_state verify(const char *path)
{
	struct verify_result result;

	assert_int_equal(verify_file(path, &result), 0);
	return result.state;
}
