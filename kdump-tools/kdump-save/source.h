/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a dump is made of: an ELF core of a machine (a vmcore file, /proc/vmcore, /proc/kcore), or
 * a dump in the KDUMP format, in one file or split among several.
 */
#ifndef KDUMP_SAVE_SOURCE_H
#define KDUMP_SAVE_SOURCE_H

#include "capture/elfcore.h"
#include "capture/memrange.h"
#include "capture/vmcoreinfo.h"

struct source {
	struct oldmem mem;	/* for any thread; first */
	const char *path;
	int fd;
	bool live;		/* the running kernel's own memory */
	bool windows;		/* the file can be mapped */
	u64 file_bytes;
	u8 *headers;
	Elf64_Phdr *phdr;	/* of core, what is no memory taken out */
	struct elfcore core;
	u8 *notes;		/* all of them, one behind the other */
	u32 notes_bytes;
	u32 cpus;		/* that left their registers */
	struct vmcoreinfo info;	/* in notes; bytes 0: none */
	struct memrange_set ram;	/* without the kernel's text mapping */
	struct source_kdump *kdump;	/* NULL: an ELF core */
	const u8 *present;	/* of a dump, which pages it has, as of page_cursor_init(); NULL: all */
	unsigned level;		/* that was used to make it */
	bool incomplete;	/* pages are missing that should be there, by any level */
};

/*
 * Opens the file, says what is wrong with it.  use_windows: mmap(2) it if it can be.  -EBADMSG: it
 * is no dump of an x86_64 machine; else what the system calls say.
 */
int source_open(struct source *source, const char *path, bool use_windows);

/* The same of the files, count of them, that a dump was split into, in any order. */
int source_open_split(struct source *source, const char *const *paths, u32 count);
void source_close(struct source *source);

/* The calling thread reads no more. */
void source_end_thread(void);

/* For source_kdump.c: headers made up of an ELF core, to be opened; notes, to be looked at. */
int source_take_headers(struct source *source, u64 bytes);
void source_take_notes(struct source *source, u8 *notes, u32 bytes);

/* How many bytes of pa's PT_LOAD are in the file from *ret_offset on; 0: none. */
u64 source_find(const struct source *source, u64 pa, u64 *ret_offset);

#endif
