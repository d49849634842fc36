/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A handful of pages on their way into a dump: copied, tested for zeroes, compressed.  A job
 * touches nothing but itself and old memory, so any CPU may run it.
 */
#ifndef CAPTURE_PAGE_JOB_H
#define CAPTURE_PAGE_JOB_H

#include "capture/codec.h"
#include "capture/memrange.h"
#include "capture/oldmem.h"

#define PAGE_JOB_PAGES 8u
#define PAGE_JOB_RUN 8u		/* pages in a row that are worth a write of their own */
#define PAGE_JOB_OUT_BYTES (PAGE_JOB_PAGES * PAGE_BYTES + CODEC_SLACK_BYTES)

struct page_result {
	u32 bytes;	/* in job->out, behind those of the pages before; 0: a page of zeroes */
	u32 flags;	/* KDUMP_ZLIB...; 0: as it is */
	u32 in_place;	/* so many pages from here on, one behind the other in old memory, not in job->out */
};

struct page_job {
	/* For good, by the owner of the jobs */
	const struct oldmem *mem;
	const struct memrange_set *ram;	/* of a page that lies in it only in part, the rest is zero */
	bool drop_zeroes;
	u8 *out;			/* PAGE_JOB_OUT_BYTES */

	/* In */
	const struct codec *codec;	/* NULL: as it is */
	bool leave_in_place;		/* pages as they are, of which there are PAGE_JOB_RUN in a row */
	u64 pfn[PAGE_JOB_PAGES];
	u32 count;

	/* Out */
	struct page_result result[PAGE_JOB_PAGES];
	u64 bad[PAGE_JOB_PAGES];	/* pages that can't be read; the pattern stands for them */
	u32 bad_count;
};

/* page: PAGE_BYTES; work: codec->work_bytes, initialized; both belong to the CPU that runs it. */
void page_job_run(struct page_job *job, u8 *page, void *work);

#endif
