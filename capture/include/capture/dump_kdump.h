/* SPDX-License-Identifier: GPL-2.0 */
/* Stage 2 of a dump that is filtered: a KDUMP file as the target's payload, in place of dump_memory(). */
#ifndef CAPTURE_DUMP_KDUMP_H
#define CAPTURE_DUMP_KDUMP_H

#include "capture/dump.h"
#include "capture/kdump_dump.h"

struct dump_kdump {
	/* In, by the caller */
	unsigned level;			/* asked for, 0 to LEVEL_ALL */
	const struct codec *codec;	/* NULL: pages as they are */
	bool adaptive;			/* no more of it than the disk leaves time for */
	struct page_workers *workers;
	u32 job_count;
	u8 *filter_buffer;		/* DUMP_KDUMP_FILTER_BYTES */
	u8 *buffer;			/* kdump_dump_buffer_bytes(job_count), page aligned */
	struct memrange *range;		/* one for each PT_LOAD of dump->layout */

	/* Out, of dump_kdump_prepare() */
	const char *missing;		/* what a level would have needed of vmcoreinfo and is not there; NULL */
	struct kdump_dump kdump;

	/* Running */
	struct dump_out out;		/* the target's payload */
	struct dump *dump;
	struct memrange_set ram;
	struct kernel_map map;
	struct mem_map mem_map;
	struct page_filter filter;
	struct page_filter_walk walk;
};

/* Struct pages take 64 bytes; more in kernels for debugging, where nothing is left out then. */
#define DUMP_KDUMP_FILTER_BYTES (PAGE_FILTER_BATCH * 64u)

/*
 * Finds out how pages that can be left out are told; writes nothing.  NULL, or why nothing can be
 * told from this memory; it is ready then for a dump of all pages that are not zeroes.
 * kdump.level is what the level came down to.
 */
const char *dump_kdump_prepare(struct dump_kdump *dk, struct dump *dump);

/*
 * Writes it, durable.  As dump_memory(); -EFBIG: the target is full, and holds a dump that is cut
 * off there; reason in target.error.
 */
int dump_kdump_write(struct dump_kdump *dk);

#endif
