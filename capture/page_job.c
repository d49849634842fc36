// SPDX-License-Identifier: GPL-2.0
#include "capture/page_job.h"

/* A page at the edge of memory: what there is of it. */
static int read_parts(const struct page_job *job, u64 pa, u8 *page)
{
	bool any = false;

	memset(page, 0, PAGE_BYTES);
	for (u32 i = 0; i < job->ram->count; i++) {
		u64 start = job->ram->range[i].start, end = min_u64(job->ram->range[i].end, pa + PAGE_BYTES);

		if (start < pa)
			start = pa;
		if (start >= end)
			continue;
		if (job->mem->read(job->mem, start, page + (start - pa), (size_t)(end - start)))
			return -EIO;
		any = true;
	}
	return any ? 0 : -EFAULT;
}

static void read_page(struct page_job *job, u64 pfn, u8 *page)
{
	u64 pa = pfn * PAGE_BYTES;

	if (memrange_contains(job->ram, pa, pa + PAGE_BYTES) ? job->mem->read(job->mem, pa, page, PAGE_BYTES) :
							       read_parts(job, pa, page)) {
		oldmem_fill_pattern(page, PAGE_BYTES);
		job->bad[job->bad_count++] = pa;
	}
}

static bool is_zero(const u8 *page)
{
	const u64 *word = (const u64 *)page;
	u64 any;

	for (u32 i = 0; i < PAGE_BYTES / 8; i += 8) {
		any = word[i] | word[i + 1] | word[i + 2] | word[i + 3] | word[i + 4] | word[i + 5] | word[i + 6] | word[i + 7];
		if (any)
			return false;
	}
	return true;
}

void page_job_run(struct page_job *job, u8 *page, void *work)
{
	u8 *out = job->out;

	job->bad_count = 0;
	for (u32 i = 0; i < job->count; i++) {
		struct page_result *result = &job->result[i];

		*result = (struct page_result){ 0 };
		read_page(job, job->pfn[i], page);
		if (job->drop_zeroes && is_zero(page))
			continue;
		if (job->codec) {
			result->bytes = job->codec->compress(work, page, out);
			result->flags = job->codec->kdump_flag;
		}
		if (!result->bytes || result->bytes >= PAGE_BYTES) {
			*result = (struct page_result){ .bytes = PAGE_BYTES };
			memcpy(out, page, PAGE_BYTES);
		}
		out += result->bytes;
	}
}
