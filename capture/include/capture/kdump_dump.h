/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A filtered dump in the KDUMP format.  Pass 1 counts the pages that are kept, which says where
 * everything goes; pass 2 writes the bitmap of them; pass 3 filters again, in order, and jobs
 * compress what is kept on all CPUs.  Jobs are finished in order, so every part of the file is a
 * stream: state does not grow with memory.
 *
 * Until the end the header says "incomplete", and a page that was not reached has a descriptor
 * of zeroes: a dump that is cut off opens and gives what it has.
 */
#ifndef CAPTURE_KDUMP_DUMP_H
#define CAPTURE_KDUMP_DUMP_H

#include "capture/append.h"
#include "capture/dump.h"
#include "capture/kdump_format.h"
#include "capture/kernel_map.h"
#include "capture/page_cursor.h"
#include "capture/page_job.h"

/* CPUs that run jobs. */
struct page_workers {
	/* Starts a job; never waits. */
	void (*start)(struct page_workers *workers, struct page_job *job);
	/* Returns when it is done, whoever did it. */
	void (*finish)(struct page_workers *workers, struct page_job *job);
};

/*
 * One file of a dump that is split among several: page frames [start_pfn, end_pfn), of which every
 * frame up to the end of RAM is in one file.  start_pfn is a multiple of PAGE_FILTER_BATCH.
 */
struct kdump_split {
	u64 start_pfn, end_pfn;
	struct memrange_set ram;	/* what of it is RAM */
};

struct kdump_dump {
	/* In, by the caller */
	const struct oldmem *mem;
	const struct memrange_set *ram;	/* without the kernel's text mapping */
	struct page_filter_walk *walk;	/* NULL: every page is kept */
	const u8 *present;		/* pages that can be had at all, as of page_cursor_init(); NULL: all */
	bool incomplete;		/* pages are missing that should be there: the dump will say so */
	unsigned level;			/* for the header; LEVEL_ZERO shares pages of zeroes */
	const struct kernel_map *map;	/* for the system's name; NULL: unknown */
	struct vmcoreinfo info;
	const void *notes;		/* of the CPUs and vmcoreinfo, as an ELF core has them */
	u32 notes_bytes;
	u32 cpus;
	bool memory_changes;		/* between the passes: a CPU that did not stop, /proc/kcore; not with split */
	const struct kdump_split *split;	/* NULL: all in this file */
	const struct codec *codec;	/* NULL: pages as they are */
	bool adaptive;			/* compress no more than the disk leaves time for */
	struct page_workers *workers;
	struct dump_out *out;
	struct dump_observer observer;	/* progress in pages */
	u8 *buffer;			/* kdump_dump_buffer_bytes(), page aligned */

	/* Out */
	u64 pages_kept;			/* pass 1's count, then what is in this file */
	u64 pages_zero, pages_bad;
	u64 pages_left_out;		/* for which pass 1 had made no room */
	u64 pages_compressed;
	u64 file_bytes;

	/* Running */
	struct page_job *job;		/* job_count of them */
	u32 job_count;
	u64 sub_header_blocks, bitmap_bytes;	/* of one bitmap */
	u64 bitmap2_offset, pages_offset, data_offset, page_limit;
	u64 zero_offset;		/* of the page of zeroes; 0: none yet */
	u64 run_offset, run_pa;		/* pages to be written from where they are */
	u32 run_bytes;
	u32 share, credit;		/* of jobs that compress, out of SHARE_ALL */
	u64 disk_idle, disk_full;	/* counted when the last job started */
	u64 bitmap_pfn;			/* bits before it are written */
	u8 bitmap_byte;
	struct append bitmap, pages, data;
};

/* Of kdump_dump.buffer, for that many jobs in flight. */
u64 kdump_dump_buffer_bytes(u32 job_count);

/*
 * Counts and lays out; nothing is written.  dump->file_bytes is then an upper bound when no page
 * shrinks.  Where what was written can be read back (out->read) and memory does not change, kdump_dump_write()
 * counts.  -EOVERFLOW: more pages than the format has numbers for.
 */
int kdump_dump_prepare(struct kdump_dump *dump, u32 job_count);

/* Writes it all; the header last.  Negative errno of dump->out. */
int kdump_dump_write(struct kdump_dump *dump);

#endif
