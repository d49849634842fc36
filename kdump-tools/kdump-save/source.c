// SPDX-License-Identifier: GPL-2.0
#include "kdump-save/source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/file.h"
#include "common/log.h"
#include "kdump-save/codecs.h"
#include "kdump-save/flattened.h"
#include "kdump-save/page_cache.h"
#include "kdump-save/source_kdump.h"
#include "kdump-save/window.h"


static bool is_ram(const Elf64_Phdr *phdr)
{
	/* /proc/kcore lists addresses, too, that are no memory. */
	return phdr->p_type == PT_LOAD && phdr->p_paddr != ~0ull && phdr->p_memsz;
}

u64 source_find(const struct source *source, u64 pa, u64 *ret_offset)
{
	for (u32 i = 0; i < source->core.count; i++) {
		const Elf64_Phdr *load = &source->core.phdr[i];

		if (load->p_type != PT_LOAD || pa < load->p_paddr || pa - load->p_paddr >= load->p_filesz)
			continue;
		*ret_offset = load->p_offset + (pa - load->p_paddr);
		return load->p_filesz - (pa - load->p_paddr);
	}
	return 0;
}

static int read_by_call(const struct oldmem *mem, u64 pa, void *buf, size_t bytes)
{
	const struct source *source = (const struct source *)mem;	/* its first member */
	u8 *to = buf;

	while (bytes) {
		u64 offset, here = source_find(source, pa, &offset);

		here = min_u64(here, bytes);
		if (!here)
			return -EFAULT;
		if (file_pread_all(source->fd, to, here, offset))
			return -EIO;
		pa += here;
		to += here;
		bytes -= here;
	}
	return 0;
}

static int read_page(const struct source *source, u64 pfn, u8 page[PAGE_BYTES])
{
	return read_by_call(&source->mem, pfn * PAGE_BYTES, page, PAGE_BYTES);
}

/* Whole pages, which mostly follow each other, through a window; of single words, the page is kept for a while. */
static int read_memory(const struct oldmem *mem, u64 pa, void *buf, size_t bytes)
{
	const struct source *source = (const struct source *)mem;

	if (source->windows && bytes >= PAGE_BYTES && !window_read(source, pa, buf, bytes))
		return 0;
	/* What lives would grow old.  A page that is memory only in part can't be kept as a whole. */
	if (!source->live && bytes <= PAGE_BYTES - pa % PAGE_BYTES && bytes < PAGE_BYTES && !page_cache_read(source, pa, buf, bytes, read_page))
		return 0;
	return read_by_call(mem, pa, buf, bytes);
}

void source_end_thread(void)
{
	window_close();
	page_cache_end_thread();
	codecs_end_thread();
}

/* --- headers and notes -------------------------------------------------------------------- */

static int read_headers(struct source *source)
{
	u8 first[PAGE_BYTES];
	u64 bytes;

	if (file_pread_all(source->fd, first, sizeof(Elf64_Ehdr), 0) || !(bytes = elfcore_header_bytes(first)))
		return -EBADMSG;
	source->headers = malloc(bytes);
	if (!source->headers)
		return -ENOMEM;
	if (file_pread_all(source->fd, source->headers, bytes, 0))
		return -EBADMSG;
	return source_take_headers(source, bytes);
}

int source_take_headers(struct source *source, u64 bytes)
{
	Elf64_Ehdr *ehdr;
	u32 count, kept = 0;
	int err;

	ehdr = (Elf64_Ehdr *)source->headers;
	source->phdr = (Elf64_Phdr *)(source->headers + ehdr->e_phoff);
	count = ehdr->e_phnum;
	for (u32 i = 0; i < count; i++) {
		if (source->phdr[i].p_type != PT_NOTE && !is_ram(&source->phdr[i]))
			continue;
		source->phdr[kept] = source->phdr[i];
		if (source->phdr[kept].p_type == PT_NOTE)
			source->phdr[kept].p_memsz = source->phdr[kept].p_filesz;	/* 0 in /proc/kcore */
		kept++;
	}
	ehdr->e_phnum = (Elf64_Half)kept;
	err = elfcore_open(source->headers, bytes, &source->core);
	return err ? -EBADMSG : 0;
}

void source_take_notes(struct source *source, u8 *notes, u32 bytes)
{
	struct elfcore_note note;
	u32 at = 0;

	while (elfcore_next_note(notes, bytes, &at, &note)) {
		source->cpus += elfcore_note_is(&note, "CORE", NT_PRSTATUS);
		if (elfcore_note_is(&note, "VMCOREINFO", 0))
			source->info = (struct vmcoreinfo){ .text = (const char *)note.desc, .bytes = note.desc_bytes };
	}
	source->notes_bytes += at;
}

static int read_notes(struct source *source)
{
	u64 bytes = 0;

	for (u32 i = 0; i < source->core.count; i++)
		if (source->phdr[i].p_type == PT_NOTE)
			bytes += source->phdr[i].p_filesz;
	if (bytes > SOURCE_NOTES_MAX_BYTES)
		return -EBADMSG;
	source->notes = malloc(bytes + 1);
	if (!source->notes)
		return -ENOMEM;
	for (u32 i = 0; i < source->core.count; i++) {
		const Elf64_Phdr *phdr = &source->phdr[i];
		u8 *to = source->notes + source->notes_bytes;

		if (phdr->p_type == PT_NOTE && !file_pread_all(source->fd, to, phdr->p_filesz, phdr->p_offset))
			source_take_notes(source, to, (u32)phdr->p_filesz);
	}
	return 0;
}

static int list_ram(struct source *source)
{
	source->ram.capacity = source->core.count;
	source->ram.range = calloc(source->core.count, sizeof(struct memrange));
	if (!source->ram.range)
		return -ENOMEM;
	for (u32 i = 0; i < source->core.count; i++) {
		const Elf64_Phdr *load = &source->phdr[i];

		if (load->p_type == PT_LOAD && load->p_vaddr < SOURCE_TEXT_VA)
			memrange_add(&source->ram, load->p_paddr, load->p_paddr + load->p_filesz);	/* not more than there are loads */
	}
	return source->ram.count ? 0 : -EBADMSG;
}

static int open_elf(struct source *source)
{
	struct stat st;
	int err;

	if (fstat(source->fd, &st))
		return -errno;
	source->file_bytes = (u64)st.st_size;
	source->live = !strcmp(source->path, "/proc/kcore");
	source->windows &= !source->live;
	err = read_headers(source);
	return err ? err : read_notes(source);
}

static void say_unusable(const char *path, int err)
{
	char first[sizeof(FLATTENED_SIGNATURE)] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0 && !file_pread_all(fd, first, sizeof(first), 0) && !memcmp(first, FLATTENED_SIGNATURE, sizeof(first)))
		log_error("%s: a flattened dump; make a file of it first: kdump-save -R DUMPFILE <%s", path, path);
	else
		log_error("%s: %s", path, err == -EBADMSG ? "neither an ELF core of an x86_64 machine nor a KDUMP file, or its headers are damaged" :
			  err == -EXDEV ? "not a part of the dump that the first file is a part of" :
			  err == -ENODATA ? "its headers are cut off; nothing can be had of it" : strerror(-err));
	if (fd >= 0)
		close(fd);
}

static int open_any(struct source *source, const char *const *paths, u32 count)
{
	int err = source_kdump_open(source, paths, count);

	if (err == -EBADMSG && count == 1)
		err = open_elf(source);
	if (!err)
		err = list_ram(source);
	if (!err)
		return 0;
	say_unusable(source->path, err);
	source_close(source);
	return err == -ENODATA || err == -EXDEV ? -EBADMSG : err;
}

int source_open(struct source *source, const char *path, bool use_windows)
{
	*source = (struct source){ .mem.read = read_memory, .path = path, .fd = open(path, O_RDONLY | O_CLOEXEC), .windows = use_windows };
	if (source->fd < 0) {
		int err = -errno;

		log_error("cannot open %s: %s", path, strerror(-err));
		return err;
	}
	return open_any(source, &path, 1);
}

int source_open_split(struct source *source, const char *const *paths, u32 count)
{
	*source = (struct source){ .path = paths[0], .fd = -1 };
	return open_any(source, paths, count);
}

void source_close(struct source *source)
{
	source_end_thread();
	source_kdump_close(source);
	free(source->ram.range);
	free(source->notes);
	free(source->headers);
	if (source->fd >= 0)
		close(source->fd);
}
