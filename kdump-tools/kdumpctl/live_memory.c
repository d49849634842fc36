// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/live_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "capture/elfcore.h"
#include "common/file.h"
#include "kdumpctl/live_vmcoreinfo.h"

#define KERNEL_MAP_VA 0xffffffff80000000ull	/* the kernel's text: RAM once more (Linux Documentation/x86/x86_64/mm.rst) */

static int read_memory(const struct oldmem *mem, u64 pa, void *buf, size_t bytes)
{
	const struct live_memory *memory = (const struct live_memory *)mem;

	for (u32 i = 0; i < memory->count; i++) {
		const Elf64_Phdr *load = &memory->phdr[i];

		if (pa >= load->p_paddr && pa - load->p_paddr < load->p_filesz && bytes <= load->p_filesz - (pa - load->p_paddr))
			return file_pread_all(memory->fd, buf, bytes, load->p_offset + (pa - load->p_paddr)) ? -EIO : 0;
	}
	return -EFAULT;
}

static int read_loads(struct live_memory *memory)
{
	Elf64_Ehdr ehdr;
	int err = file_pread_all(memory->fd, &ehdr, sizeof(ehdr), 0);
	u32 count = 0;

	if (err)
		return err;
	if (!elfcore_header_bytes(&ehdr))
		return -EBADMSG;
	memory->phdr = calloc(ehdr.e_phnum, sizeof(Elf64_Phdr));
	memory->ram.range = calloc(ehdr.e_phnum, sizeof(struct memrange));
	if (!memory->phdr || !memory->ram.range)
		return -ENOMEM;
	err = file_pread_all(memory->fd, memory->phdr, ehdr.e_phnum * sizeof(Elf64_Phdr), ehdr.e_phoff);
	if (err)
		return err;
	memory->ram.capacity = ehdr.e_phnum;
	for (u32 i = 0; i < ehdr.e_phnum; i++) {
		const Elf64_Phdr *load = &memory->phdr[i];

		/* Areas that are not linear have p_paddr -1. */
		if (load->p_type != PT_LOAD || load->p_paddr == ~0ull || load->p_vaddr >= KERNEL_MAP_VA ||
		    memrange_add(&memory->ram, load->p_paddr, load->p_paddr + load->p_filesz))
			continue;
		memory->phdr[count++] = *load;
	}
	memory->count = count;
	return memory->ram.count ? 0 : -ENOENT;
}

int live_memory_open(struct live_memory *memory, const char *root)
{
	char path[PATH_MAX];
	int err;

	*memory = (struct live_memory){ .mem.read = read_memory };
	snprintf(path, sizeof(path), "%s/proc/kcore", root);
	memory->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (memory->fd < 0)
		return -errno;
	err = live_vmcoreinfo_read(root, &memory->info_text, &memory->info.bytes);
	memory->info.text = memory->info_text;
	if (!err)
		err = read_loads(memory);
	if (err)
		live_memory_close(memory);
	return err;
}

void live_memory_close(struct live_memory *memory)
{
	free(memory->phdr);
	free(memory->ram.range);
	free(memory->info_text);
	close(memory->fd);
}
