/* SPDX-License-Identifier: GPL-2.0 */
/* What a dump is made of: an ELF core of a machine.  A vmcore file, /proc/vmcore, /proc/kcore. */
#ifndef KDUMP_SAVE_SOURCE_H
#define KDUMP_SAVE_SOURCE_H

#include "capture/elfcore.h"
#include "capture/memrange.h"
#include "capture/vmcoreinfo.h"

struct source;

struct source_pages {
	struct oldmem mem;	/* first */
	struct source *source;
};

struct source {
	struct oldmem mem;	/* by read(2); first */
	struct source_pages pages;	/* through a window of the file in memory; for any thread */
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
};

/*
 * Opens the file, says what is wrong with it.  use_windows: mmap(2) it if it can be.  -EBADMSG: it
 * is no ELF core of an x86_64 machine; else what the system calls say.
 */
int source_open(struct source *source, const char *path, bool use_windows);
void source_close(struct source *source);

/* The calling thread reads no more. */
void source_end_thread(void);

/* How many bytes of pa's PT_LOAD are in the file from *ret_offset on; 0: none. */
u64 source_find(const struct source *source, u64 pa, u64 *ret_offset);

#endif
