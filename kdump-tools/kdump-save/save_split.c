// SPDX-License-Identifier: GPL-2.0
/* A dump split among several files, each written by a process of its own, so that several disks work at once. */
#include "kdump-save/save.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capture/kdump_dump.h"
#include "common/log.h"

static void restart_walk(struct save_filter *filter)
{
	if (filter->walk)
		page_filter_walk_init(filter->walk, &filter->filter, filter->buffer);
}

/* start_pfn[0..count]: so that each file gets as many pages; what is not set, there are too few pages for. */
static void find_starts(const struct source *source, struct save_filter *filter, u32 count, u64 *start_pfn)
{
	struct page_cursor cursor;
	u64 pfn, pages = 0, seen = 0;
	u32 next = 1;

	restart_walk(filter);
	page_cursor_init(&cursor, &source->ram, filter->walk, filter->present);
	while (page_cursor_next(&cursor, &pfn))
		pages++;
	restart_walk(filter);
	page_cursor_init(&cursor, &source->ram, filter->walk, filter->present);
	while (next < count && page_cursor_next(&cursor, &pfn)) {
		if (seen++ * count >= pages * next && pfn / PAGE_FILTER_BATCH > start_pfn[next - 1] / PAGE_FILTER_BATCH)
			start_pfn[next++] = align_down(pfn, PAGE_FILTER_BATCH);
	}
}

/* The part of ram in [start_pfn, end_pfn).  -ENOMEM. */
static int clip(const struct memrange_set *ram, struct kdump_split *split)
{
	split->ram = (struct memrange_set){ .range = calloc(ram->count, sizeof(struct memrange)), .capacity = ram->count };
	if (!split->ram.range)
		return -ENOMEM;
	for (u32 i = 0; i < ram->count; i++) {
		u64 start = ram->range[i].start, end = min_u64(ram->range[i].end, split->end_pfn * PAGE_BYTES);

		if (start < split->start_pfn * PAGE_BYTES)
			start = split->start_pfn * PAGE_BYTES;
		if (start < end)
			memrange_add(&split->ram, start, end);	/* not more than there are in ram */
	}
	return 0;
}

/* In a process of its own. */
static int write_file(const struct save_options *options, struct source *source, struct save_filter *filter, u32 i, struct kdump_split split)
{
	struct save_options mine = *options;
	int err = clip(&source->ram, &split);

	if (err) {
		log_error("out of memory");
		return err;
	}
	restart_walk(filter);
	mine.output = options->files[i];
	mine.threads = options->threads / options->file_count ? options->threads / options->file_count : 1;
	if (i)
		mine.messages &= ~MESSAGE_PROGRESS;
	err = save_file(&mine, source, filter, &split);
	free(split.ram.range);
	return err;
}

static int wait_all(const pid_t *child, u32 count)
{
	int err = 0;

	for (u32 i = 0; i < count; i++) {
		int status;

		while (waitpid(child[i], &status, 0) < 0 && errno == EINTR)
			;
		if (!WIFEXITED(status))
			log_error("the process that wrote file %u of the dump was killed", i + 1);
		if (!WIFEXITED(status) || WEXITSTATUS(status))
			err = -EIO;	/* said, there */
	}
	return err;
}

static int run(const struct save_options *options, struct source *source, struct save_filter *filter, u64 *start_pfn, pid_t *child)
{
	u32 count = options->file_count;
	int err;

	for (u32 i = 1; i <= count; i++)
		start_pfn[i] = (source->ram.range[source->ram.count - 1].end + PAGE_BYTES - 1) / PAGE_BYTES;
	find_starts(source, filter, count, start_pfn);
	fflush(NULL);
	for (u32 i = 0; i < count; i++) {
		child[i] = fork();
		if (child[i] < 0) {
			err = -errno;
			log_error("cannot start a process: %s", strerror(-err));
			wait_all(child, i);
			return err;
		}
		if (!child[i]) {
			err = write_file(options, source, filter, i, (struct kdump_split){ .start_pfn = start_pfn[i], .end_pfn = start_pfn[i + 1] });
			fflush(NULL);
			_exit(err ? EXIT_FAILURE : 0);
		}
	}
	return wait_all(child, count);
}

int save_split(const struct save_options *options, struct source *source, struct save_filter *filter)
{
	u64 *start_pfn = calloc(options->file_count + 1, sizeof(*start_pfn));
	pid_t *child = calloc(options->file_count, sizeof(*child));
	int err;

	if (source->live && filter->walk) {
		log_error("%s: memory changes while it is read, so what the files say of each other would not fit; leave out --split", source->path);
		err = -EINVAL;
	} else if (start_pfn && child) {
		err = run(options, source, filter, start_pfn, child);
	} else {
		log_error("out of memory");
		err = -ENOMEM;
	}
	free(start_pfn);
	free(child);
	return err;
}
