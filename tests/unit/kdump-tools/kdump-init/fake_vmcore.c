// SPDX-License-Identifier: GPL-2.0
#include "fake_vmcore.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "capture/elf_layout.h"
#include "common/file.h"

#define RING_PA (FAKE_VMCORE_BASE + (512u << 10))
#define COUNT_BITS 4
#define SIZE_BITS 10

static void must(bool ok)
{
	if (!ok)
		abort();
}

void fake_vmcore_init(struct fake_vmcore *vmcore)
{
	char info[4096] = "OSRELEASE=6.1.0-fake\n", registers[336] = "";
	int bytes;

	*vmcore = (struct fake_vmcore){ .path = "/tmp/fake-vmcore-XXXXXX" };
	bytes = mkstemp(vmcore->path);
	must(bytes >= 0);
	close(bytes);
	fake_memory_init(&vmcore->memory, FAKE_VMCORE_BASE, FAKE_VMCORE_RAM, 11);
	fake_memory_add_note(&vmcore->memory, "CORE", NT_PRSTATUS, registers, sizeof(registers));
	fake_memory_add_note(&vmcore->memory, "CORE", NT_PRSTATUS, registers, sizeof(registers));
	fake_memory_add_load(&vmcore->memory, FAKE_VMCORE_BASE, (900u << 10) + 10);
	fake_memory_add_load(&vmcore->memory, FAKE_VMCORE_BASE + (960u << 10) + 100, 60u << 10);
	fake_memory_add_load(&vmcore->memory, FAKE_VMCORE_BASE + (64u << 10), 8u << 10);
	fake_ring_init(&vmcore->ring, &vmcore->memory, RING_PA, COUNT_BITS, SIZE_BITS, 5);
	bytes = snprintf(info, sizeof(info), "OSRELEASE=6.1.0-fake\nCRASHTIME=%u\n", FAKE_VMCORE_TIME);
	bytes += (int)fake_ring_vmcoreinfo(&vmcore->ring, info + bytes, sizeof(info) - (u32)bytes);
	fake_memory_add_note(&vmcore->memory, "VMCOREINFO", 0, info, (u32)bytes);
}

/*
 * elf_layout_init() makes what the kernel makes, but that the kernel's PT_LOADs share no
 * bytes: each has its own place here, too.
 */
void fake_vmcore_write(struct fake_vmcore *vmcore)
{
	struct elfcore core = fake_memory_core(&vmcore->memory);
	u64 bytes = elf_layout_buffer_bytes(&core), at;
	int fd = open(vmcore->path, O_WRONLY | O_TRUNC);
	u8 *header = calloc(1, bytes);
	struct elf_layout layout;
	Elf64_Phdr *load;

	must(fd >= 0 && header && !elf_layout_init(&layout, &core, &vmcore->memory.mem, header, bytes));
	at = layout.header_bytes;
	load = (Elf64_Phdr *)(header + sizeof(Elf64_Ehdr)) + 1;
	for (u32 i = 0; i < layout.load_count; i++) {
		u64 start = align_down(load[i].p_paddr, PAGE_BYTES), end = align_up(load[i].p_paddr + load[i].p_filesz, PAGE_BYTES);

		load[i].p_offset = at + load[i].p_paddr - start;
		must(!file_pwrite_all(fd, fake_memory_at(&vmcore->memory, start), end - start, at));
		at += end - start;
	}
	must(!file_pwrite_all(fd, header, layout.header_bytes, 0));
	vmcore->bytes = at;
	free(header);
	close(fd);
}

void fake_vmcore_deinit(struct fake_vmcore *vmcore)
{
	unlink(vmcore->path);
	fake_memory_deinit(&vmcore->memory);
}
