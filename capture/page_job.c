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

/* Whether it may be left where it is: whole, and not one of zeroes.  Most pages tell by their first bytes. */
static bool can_stay(const struct page_job *job, u64 pfn, u8 *page)
{
	u64 pa = pfn * PAGE_BYTES, head[8], any = 0;

	if (!memrange_contains(job->ram, pa, pa + PAGE_BYTES))
		return false;
	if (!job->drop_zeroes)
		return true;
	if (job->mem->read(job->mem, pa, head, sizeof(head)))
		return false;
	for (u32 i = 0; i < ARRAY_SIZE(head); i++)
		any |= head[i];
	return any || (!job->mem->read(job->mem, pa, page, PAGE_BYTES) && !is_zero(page));
}

/* How many pages from number i on are one run that stays. */
static u32 run_in_place(const struct page_job *job, u32 i, u8 *page)
{
	u32 end = i;

	if (job->codec || !job->leave_in_place)
		return 0;
	while (end < job->count && job->pfn[end] - job->pfn[i] == end - i && can_stay(job, job->pfn[end], page))
		end++;
	return end - i >= PAGE_JOB_RUN ? end - i : 0;
}

/* Returns how many bytes of out were used. */
static u32 take_page(struct page_job *job, u32 i, u8 *page, void *work, u8 *out)
{
	struct page_result *result = &job->result[i];

	read_page(job, job->pfn[i], page);
	if (job->drop_zeroes && is_zero(page))
		return 0;
	if (job->codec) {
		result->bytes = job->codec->compress(work, page, out);
		result->flags = job->codec->kdump_flag;
	}
	if (!result->bytes || result->bytes >= PAGE_BYTES) {
		*result = (struct page_result){ .bytes = PAGE_BYTES };
		memcpy(out, page, PAGE_BYTES);
	}
	return result->bytes;
}

void page_job_run(struct page_job *job, u8 *page, void *work)
{
	u8 *out = job->out;

	job->bad_count = 0;
	for (u32 i = 0; i < job->count;) {
		u32 run = run_in_place(job, i, page);

		job->result[i] = (struct page_result){ .in_place = run };
		if (run) {
			i += run;
			continue;
		}
		out += take_page(job, i, page, work, out);
		i++;
	}
}
