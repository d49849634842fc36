// SPDX-License-Identifier: GPL-2.0
#include "fake_dump.h"

static void start_job(struct page_workers *workers, struct page_job *job)
{
	static u8 page[PAGE_BYTES] __attribute__((aligned(64)));

	page_job_run(job, page, NULL);
}

static void finish_job(struct page_workers *workers, struct page_job *job)
{
}

struct page_workers fake_dump_workers(void)
{
	return (struct page_workers){ start_job, finish_job };
}

static void observe(void *context, u64 done, u64 total)
{
}

static void observe_bad_page(void *context, u64 pa)
{
}

struct dump_observer fake_dump_observer(void)
{
	return (struct dump_observer){ .progress = observe, .bad_page = observe_bad_page };
}

int fake_dump_wait(struct dump_out *out, const void *buf)
{
	return 0;
}

int fake_dump_flush(struct dump_out *out)
{
	return 0;
}
