/* SPDX-License-Identifier: GPL-2.0 */
/* From a source to a dump. */
#ifndef KDUMP_SAVE_SAVE_H
#define KDUMP_SAVE_SAVE_H

#include "capture/kdump_dump.h"
#include "kdump-save/save_options.h"
#include "kdump-save/out.h"
#include "kdump-save/source.h"

/* What is told of a kernel by its own memory. */
struct save_filter {
	struct kernel_map map;
	struct mem_map mem_map;
	struct page_filter filter;
	bool mapped;			/* map is there */
	const u64 *pages;		/* of each kind; NULL: not looked at */
	u64 counted[PAGE_KINDS];

	/* Which pages are kept, as of page_cursor_init(). */
	const u8 *present;
	struct page_filter_walk *walk;	/* NULL: present says it all */
	u8 *kept;
	struct page_filter_walk walk_state;
	u8 *buffer;
	unsigned level;			/* that is used */
};

/* Says what of the level can't be done, and filters, on so many threads.  -ENOMEM. */
int save_filter_init(struct save_filter *filter, const struct source *source, unsigned level, u32 threads);
void save_filter_deinit(struct save_filter *filter);

/* What came of it. */
struct save_result {
	u64 pages_kept, pages_zero, pages_bad, pages_left_out;
	u64 file_bytes;
};

/* Each says what failed.  split: NULL: all of it. */
int save_kdump(const struct save_options *options, struct source *source, struct save_filter *filter, const struct kdump_split *split,
	       struct out *out, struct save_result *ret);
int save_elf(const struct save_options *options, struct source *source, struct save_filter *filter, struct out *out, struct save_result *ret);

/* One file, from its creation to what is told of it at the end. */
int save_file(const struct save_options *options, struct source *source, struct save_filter *filter, const struct kdump_split *split);

/* All of options->files.  -EIO when one of them failed. */
int save_split(const struct save_options *options, struct source *source, struct save_filter *filter);

/* The whole of it: opens, filters, writes, tells.  0; -EBADMSG: the source is not a dump; other errors. */
int save_run(const struct save_options *options);

/* Of the files that a dump was split into, one; by their own compression. */
int save_reassemble(const struct save_options *options);

int save_dmesg(const struct save_options *options);

#endif
