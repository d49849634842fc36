// SPDX-License-Identifier: GPL-2.0
/* This CPU alone: a job is done when it is waited for. */
#include "workers.h"

#include "codecs.h"
#include "mem.h"

static struct {
	struct page_workers seam;	/* first */
	u8 *page;
	void *work;
} workers;

static void start_job(struct page_workers *seam, struct page_job *job)
{
}

static void finish_job(struct page_workers *seam, struct page_job *job)
{
	page_job_run(job, workers.page, workers.work);
}

struct page_workers *workers_open(const struct codec *codec, u32 *ret_jobs)
{
	u32 work_pages = codec ? (u32)(align_up(codec->work_bytes, PAGE_BYTES) / PAGE_BYTES) : 0;

	workers.page = mem_alloc_pages(1 + work_pages);
	if (!workers.page)
		return NULL;
	workers.work = workers.page + PAGE_BYTES;
	codecs_enable_cpu();
	if (codec && codec->init(workers.work))
		return NULL;
	workers.seam = (struct page_workers){ start_job, finish_job };
	*ret_jobs = 1;
	return &workers.seam;
}
