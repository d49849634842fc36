// SPDX-License-Identifier: GPL-2.0
#include "kdump-init/vmcore.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/printk_ring.h"
#include "common/file.h"

#define HEADERS_MAX_BYTES (64u << 20)

static int read_old_memory(const struct oldmem *mem, u64 pa, void *buf, size_t bytes)
{
	const struct vmcore *vmcore = (const struct vmcore *)mem;	/* its first member */

	for (u32 i = 0; i < vmcore->core.count; i++) {
		const Elf64_Phdr *load = &vmcore->core.phdr[i];

		if (load->p_type != PT_LOAD || pa < load->p_paddr || bytes > load->p_filesz ||
		    pa - load->p_paddr > load->p_filesz - bytes)
			continue;
		return file_pread_all(vmcore->fd, buf, bytes, load->p_offset + (pa - load->p_paddr)) ? -EIO : 0;
	}
	return -EFAULT;
}

/* Where the first PT_LOAD's bytes begin: all before it is headers and notes. */
static u64 find_header_bytes(const struct vmcore *vmcore, const struct elfcore *core)
{
	u64 bytes = vmcore->bytes;

	for (u32 i = 0; i < core->count; i++)
		if (core->phdr[i].p_type == PT_LOAD && core->phdr[i].p_filesz)
			bytes = min_u64(bytes, align_down(core->phdr[i].p_offset, PAGE_BYTES));
	return bytes;
}

static struct vmcoreinfo find_info(const struct vmcore *vmcore)
{
	struct vmcoreinfo info = { 0 };

	for (u32 i = 0; i < vmcore->core.count; i++) {
		const Elf64_Phdr *phdr = &vmcore->core.phdr[i];
		struct elfcore_note note;
		u32 at = 0;

		if (phdr->p_type != PT_NOTE || phdr->p_offset > vmcore->header_bytes ||
		    phdr->p_filesz > vmcore->header_bytes - phdr->p_offset)
			continue;
		while (elfcore_next_note(vmcore->headers + phdr->p_offset, (u32)phdr->p_filesz, &at, &note))
			if (elfcore_note_is(&note, "VMCOREINFO", 0))
				info = (struct vmcoreinfo){ .text = (const char *)note.desc, .bytes = note.desc_bytes };
	}
	return info;
}

static int read_start(const struct vmcore *vmcore, u64 bytes, u8 **ret_data)
{
	u8 *data = bytes <= HEADERS_MAX_BYTES ? malloc(bytes) : NULL;
	int err = data ? file_pread_all(vmcore->fd, data, bytes, 0) : -ENOMEM;

	if (err)
		free(data);
	else
		*ret_data = data;
	return err;
}

/* First the program headers alone, which tell where the notes end. */
static int read_headers(struct vmcore *vmcore)
{
	struct elfcore core;
	u8 *first;
	u64 bytes;
	int err = read_start(vmcore, min_u64(vmcore->bytes, PAGE_BYTES), &first);

	if (err)
		return err;
	bytes = vmcore->bytes < 64 ? 0 : elfcore_header_bytes(first);
	free(first);
	if (!bytes || bytes > vmcore->bytes)
		return -EBADMSG;
	err = read_start(vmcore, bytes, &first);
	if (err)
		return err;
	err = elfcore_open(first, bytes, &core);
	if (!err)
		vmcore->header_bytes = find_header_bytes(vmcore, &core);
	free(first);
	if (!err)
		err = vmcore->header_bytes < bytes ? -EBADMSG : read_start(vmcore, vmcore->header_bytes, &vmcore->headers);
	if (!err)
		err = elfcore_open(vmcore->headers, bytes, &vmcore->core);
	return err;
}

int vmcore_open(struct vmcore *vmcore, const char *path)
{
	struct stat st;

	memset(vmcore, 0, sizeof(*vmcore));
	vmcore->mem.read = read_old_memory;
	vmcore->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (vmcore->fd < 0)
		return -errno;
	if (fstat(vmcore->fd, &st) || !st.st_size) {
		int err = st.st_size ? -errno : -ENODATA;

		close(vmcore->fd);
		return err;
	}
	vmcore->bytes = (u64)st.st_size;
	if (read_headers(vmcore)) {
		free(vmcore->headers);
		vmcore->headers = NULL;
		vmcore->header_bytes = 0;
		vmcore->core.count = 0;
	} else {
		vmcore->info = find_info(vmcore);
	}
	return 0;
}

void vmcore_close(struct vmcore *vmcore)
{
	free(vmcore->headers);
	close(vmcore->fd);
}

u64 vmcore_crash_time(const struct vmcore *vmcore)
{
	u64 seconds = 0;

	vmcoreinfo_number(&vmcore->info, "CRASHTIME", 10, &seconds);
	return seconds;
}

static int emit(void *context, const char *text, u32 bytes)
{
	return fwrite(text, 1, bytes, context) == bytes ? 0 : -errno;
}

int vmcore_write_dmesg(const struct vmcore *vmcore, int fd)
{
	struct printk_ring ring;
	FILE *out;
	int copy, err = printk_ring_open(&ring, &vmcore->core, &vmcore->mem, &vmcore->info);

	if (err)
		return err;
	copy = dup(fd);
	out = copy < 0 ? NULL : fdopen(copy, "w");
	if (!out) {
		err = -errno;
		if (copy >= 0)
			close(copy);
		return err;
	}
	err = printk_ring_print(&ring, emit, out);
	if (fclose(out) && !err)
		err = -errno;
	return err;
}
