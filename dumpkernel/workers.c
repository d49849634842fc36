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

u32 workers_open(const struct workers_plan *plan)
{
	const struct codec *codec = plan->codec;
	u32 work_pages = codec ? (u32)(align_up(codec->work_bytes, PAGE_BYTES) / PAGE_BYTES) : 0;

	workers.page = mem_alloc_pages(1 + work_pages);
	if (!workers.page)
		return 0;
	workers.work = workers.page + PAGE_BYTES;
	workers.seam = (struct page_workers){ start_job, finish_job };
	return codec && codec->init(workers.work) ? 0 : 1;
}

u32 workers_jobs(void)
{
	return 1;
}

struct page_workers *workers_seam(void)
{
	return &workers.seam;
}
