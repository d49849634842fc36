// SPDX-License-Identifier: GPL-2.0
#include "capture/kdump_dump.h"

#define DATA_HALF_BYTES (64u << 10)
#define TABLE_HALF_BYTES PAGE_BYTES
#define PAGES_HALF_BYTES (3 * PAGE_BYTES)	/* whole descriptors */
#define STREAMS_BYTES (2 * (DATA_HALF_BYTES + TABLE_HALF_BYTES + PAGES_HALF_BYTES))
#define HEADER_BYTES PAGE_BYTES
#define TELL_PAGES 65536u
#define RUN_BYTES (256u << 10)		/* a request that any disk is fast with */

_Static_assert(PAGES_HALF_BYTES % sizeof(struct kdump_page) == 0, "no descriptor is written in two parts");

static u64 job_bytes(void)
{
	return align_up(sizeof(struct page_job), 64) + PAGE_JOB_OUT_BYTES;
}

u64 kdump_dump_buffer_bytes(u32 job_count)
{
	return HEADER_BYTES + STREAMS_BYTES + align_up(job_count * job_bytes(), PAGE_BYTES);
}

/* --- pass 1 ------------------------------------------------------------------------------ */

static void restart_walk(struct kdump_dump *dump)
{
	if (dump->walk)
		page_filter_walk_init(dump->walk, dump->walk->filter, dump->walk->buffer);
}

/* The memory whose pages are in this file. */
static const struct memrange_set *file_ram(const struct kdump_dump *dump)
{
	return dump->split ? &dump->split->ram : dump->ram;
}

static u64 count_pages(struct kdump_dump *dump)
{
	struct page_cursor cursor;
	u64 pfn, count = 0;

	restart_walk(dump);
	page_cursor_init(&cursor, file_ram(dump), dump->walk, dump->present);
	while (page_cursor_next(&cursor, &pfn))
		count++;
	return count;
}

static u64 end_of_ram(const struct memrange_set *ram)
{
	return ram->count ? (ram->range[ram->count - 1].end + PAGE_BYTES - 1) / PAGE_BYTES : 0;
}

static void lay_out(struct kdump_dump *dump)
{
	u64 end_pfn = end_of_ram(dump->ram);

	dump->sub_header_blocks = align_up(sizeof(struct kdump_sub_header) + dump->notes_bytes + dump->info.bytes,
					   KDUMP_BLOCK_BYTES) / KDUMP_BLOCK_BYTES;
	dump->bitmap_bytes = align_up((end_pfn + 7) / 8, KDUMP_BLOCK_BYTES);
	dump->bitmap2_offset = (1 + dump->sub_header_blocks) * KDUMP_BLOCK_BYTES + dump->bitmap_bytes;
	dump->pages_offset = dump->bitmap2_offset + dump->bitmap_bytes;
	dump->data_offset = align_up(dump->pages_offset + dump->page_limit * sizeof(struct kdump_page), PAGE_BYTES);
	dump->file_bytes = dump->data_offset + (dump->pages_kept + 1) * PAGE_BYTES;
}

static void share_buffer(struct kdump_dump *dump, u32 job_count)
{
	u8 *at = dump->buffer + HEADER_BYTES + STREAMS_BYTES;

	dump->job = (struct page_job *)at;
	dump->job_count = job_count;
	at += job_count * align_up(sizeof(struct page_job), 64);
	for (u32 i = 0; i < job_count; i++, at += PAGE_JOB_OUT_BYTES) {
		struct page_job *job = (struct page_job *)((u8 *)dump->job + i * align_up(sizeof(struct page_job), 64));

		*job = (struct page_job){ .mem = dump->mem, .ram = dump->ram, .out = at,
					  .drop_zeroes = dump->level & LEVEL_ZERO, .leave_in_place = dump->out->write_old };
	}
}

/* The filter is run once, if what it said can be read back. */
static bool filters_once(const struct kdump_dump *dump)
{
	return dump->out->read && !dump->memory_changes && !dump->split;
}

int kdump_dump_prepare(struct kdump_dump *dump, u32 job_count)
{
	dump->pages_kept = filters_once(dump) ? 0 : count_pages(dump);
	/* Room for pages that are kept only when they are looked at again. */
	dump->page_limit = dump->pages_kept + (dump->memory_changes ? dump->pages_kept / 64 + 1024 : 0);
	lay_out(dump);
	if (dump->bitmap_bytes / KDUMP_BLOCK_BYTES > 0x7fffffffu / 2)
		return -EOVERFLOW;
	share_buffer(dump, job_count);
	return 0;
}

/* --- headers ------------------------------------------------------------------------------ */

/* The six strings of init_uts_ns; what can't be read stays empty. */
static void read_utsname(const struct kdump_dump *dump, struct kdump_header *header)
{
	u64 va, offset;

	memcpy(header->sysname, "Linux", 6);
	memcpy(header->machine, "x86_64", 7);
	if (!dump->map || vmcoreinfo_number(&dump->info, "SYMBOL(init_uts_ns)", 16, &va) ||
	    vmcoreinfo_number(&dump->info, "OFFSET(uts_namespace.name)", 10, &offset))
		return;
	if (!kernel_map_read(dump->map, va + offset, header->sysname, 6 * KDUMP_UTSNAME_BYTES))
		for (char *name = header->sysname; name <= header->domainname; name += KDUMP_UTSNAME_BYTES)
			name[KDUMP_UTSNAME_BYTES - 1] = 0;
}

static int write_header(struct kdump_dump *dump, u32 status)
{
	struct kdump_header *header = (struct kdump_header *)dump->buffer;
	u64 end_pfn = end_of_ram(dump->ram);
	int err;

	memset(header, 0, HEADER_BYTES);
	read_utsname(dump, header);
	memcpy(header->signature, KDUMP_SIGNATURE, sizeof(header->signature));
	header->version = KDUMP_VERSION;
	vmcoreinfo_number(&dump->info, "CRASHTIME", 10, &header->time_s);
	header->status = status | (dump->codec ? dump->codec->kdump_flag : 0);
	header->block_bytes = KDUMP_BLOCK_BYTES;
	header->sub_header_blocks = (u32)dump->sub_header_blocks;
	header->bitmap_blocks = (u32)(2 * dump->bitmap_bytes / KDUMP_BLOCK_BYTES);
	header->max_mapnr = (u32)min_u64(end_pfn, 0xffffffffu);
	header->cpus = dump->cpus ? dump->cpus : 1;
	err = dump->out->write(dump->out, 0, header, HEADER_BYTES);
	return err ? err : dump->out->wait(dump->out, header);
}

static int write_sub_header(struct kdump_dump *dump)
{
	u64 start = KDUMP_BLOCK_BYTES + sizeof(struct kdump_sub_header);
	struct kdump_sub_header sub = {
		.dump_level = dump->level, .max_mapnr_64 = end_of_ram(dump->ram),
		.notes_offset = start, .notes_bytes = dump->notes_bytes,
		.vmcoreinfo_offset = start + dump->notes_bytes, .vmcoreinfo_bytes = dump->info.bytes,
	};
	struct append stream;
	int err;

	vmcoreinfo_number(&dump->info, "NUMBER(phys_base)", 10, &sub.phys_base);
	if (dump->split) {
		sub.split = 1;
		sub.start_pfn = (u32)dump->split->start_pfn;
		sub.end_pfn = (u32)dump->split->end_pfn;
		sub.start_pfn_64 = dump->split->start_pfn;
		sub.end_pfn_64 = dump->split->end_pfn;
	}
	append_init(&stream, dump->out, KDUMP_BLOCK_BYTES, dump->buffer + HEADER_BYTES, TABLE_HALF_BYTES);
	if ((err = append_bytes(&stream, &sub, sizeof(sub))) ||
	    (err = append_bytes(&stream, dump->notes, dump->notes_bytes)) ||
	    (err = append_bytes(&stream, dump->info.text, dump->info.bytes)))
		return err;
	return append_end(&stream);
}

/* --- bitmaps; pass 2 ------------------------------------------------------------------------------ */

/* pfn is in; those between the last one and it are not. */
static int bitmap_add(struct kdump_dump *dump, u64 pfn)
{
	int err = 0;

	if (pfn / 8 != dump->bitmap_pfn / 8) {
		err = append_bytes(&dump->bitmap, &dump->bitmap_byte, 1);
		if (!err)
			err = append_fill(&dump->bitmap, 0, pfn / 8 - dump->bitmap_pfn / 8 - 1);
		dump->bitmap_byte = 0;
	}
	dump->bitmap_pfn = pfn;
	dump->bitmap_byte |= (u8)(1u << (pfn % 8));
	return err;
}

/* All of [pfn, end) are in, which is behind all that are. */
static int bitmap_add_run(struct kdump_dump *dump, u64 pfn, u64 end)
{
	int err = 0;

	for (; !err && pfn < end && pfn % 8; pfn++)
		err = bitmap_add(dump, pfn);
	if (!err && end - pfn >= 16) {
		u64 bytes = (end - pfn) / 8;

		/* Ends the byte before; the last of these stays in memory. */
		err = bitmap_add(dump, pfn);
		if (!err)
			err = append_fill(&dump->bitmap, 0xff, bytes - 1);
		pfn += 8 * bytes;
		dump->bitmap_pfn = pfn - 1;
		dump->bitmap_byte = 0xff;
	}
	for (; !err && pfn < end; pfn++)
		err = bitmap_add(dump, pfn);
	return err;
}

static void bitmap_start(struct kdump_dump *dump, u64 offset)
{
	append_init(&dump->bitmap, dump->out, offset, dump->buffer + HEADER_BYTES, TABLE_HALF_BYTES);
	dump->bitmap_pfn = 0;
	dump->bitmap_byte = 0;
}

static int bitmap_end(struct kdump_dump *dump)
{
	int err = append_bytes(&dump->bitmap, &dump->bitmap_byte, 1);

	if (!err)
		err = append_fill(&dump->bitmap, 0, dump->bitmap_bytes - dump->bitmap_pfn / 8 - 1);
	return err ? err : append_end(&dump->bitmap);
}

static int write_bitmap_of_ram(struct kdump_dump *dump)
{
	u64 from = 0;
	int err = 0;

	bitmap_start(dump, dump->bitmap2_offset - dump->bitmap_bytes);
	for (u32 i = 0; !err && i < dump->ram->count; i++) {
		u64 start = dump->ram->range[i].start / PAGE_BYTES, end = (dump->ram->range[i].end + PAGE_BYTES - 1) / PAGE_BYTES;

		/* Two ranges may share a page. */
		err = bitmap_add_run(dump, start < from ? from : start, end);
		from = end;
	}
	return err ? err : bitmap_end(dump);
}

static int write_bitmap_of_kept(struct kdump_dump *dump, u64 *ret_pages)
{
	struct page_cursor cursor;
	u64 pfn;
	int err = 0;

	restart_walk(dump);
	bitmap_start(dump, dump->bitmap2_offset);
	page_cursor_init(&cursor, dump->ram, dump->walk, dump->present);
	for (*ret_pages = 0; !err && page_cursor_next(&cursor, &pfn); ++*ret_pages) {
		err = bitmap_add(dump, pfn);
		/* For the watchdog: filtering may take a while. */
		if (*ret_pages % TELL_PAGES == 0)
			dump->observer.progress(dump->observer.context, 0, 1);
	}
	return err ? err : bitmap_end(dump);
}

/* What is RAM; then what is kept, so that a reader knows of each descriptor whose it is from the start. */
static int write_bitmaps(struct kdump_dump *dump)
{
	u64 pages;
	int err = write_bitmap_of_ram(dump);

	if (!err)
		err = write_bitmap_of_kept(dump, &pages);
	if (!err && filters_once(dump)) {
		dump->pages_kept = dump->page_limit = pages;
		lay_out(dump);
	}
	return err;
}

/* What a reader would take for descriptors of an earlier dump. */
static int zero_descriptors(struct kdump_dump *dump)
{
	struct append stream;
	int err;

	if (dump->out->zeroed)
		return 0;
	append_init(&stream, dump->out, dump->pages_offset, dump->buffer + HEADER_BYTES + 2 * (TABLE_HALF_BYTES + PAGES_HALF_BYTES), DATA_HALF_BYTES);
	err = append_fill(&stream, 0, dump->data_offset - dump->pages_offset);
	return err ? err : append_end(&stream);
}

/* --- pass 3 ------------------------------------------------------------------------------ */

static struct page_job *job_number(const struct kdump_dump *dump, u64 number)
{
	return (struct page_job *)((u8 *)dump->job + number % dump->job_count * align_up(sizeof(struct page_job), 64));
}

#define SHARE_ALL 16u

/*
 * The next job's codec.  Where the disk was idle, fewer jobs compress; where a write had to
 * wait for it, there is time for more: whatever the speeds of disk and CPUs are, and however they change.
 */
static const struct codec *choose_codec(struct kdump_dump *dump)
{
	u64 idle, full;

	if (!dump->adaptive || !dump->out->count)
		return dump->codec;
	dump->out->count(dump->out, &idle, &full);
	if (idle != dump->disk_idle)
		dump->share /= 2;
	else if (full != dump->disk_full && dump->share < SHARE_ALL)
		dump->share++;
	dump->disk_idle = idle;
	dump->disk_full = full;
	dump->credit += dump->share;
	if (dump->credit < SHARE_ALL)
		return NULL;
	dump->credit -= SHARE_ALL;
	return dump->codec;
}

static bool fill_job(struct kdump_dump *dump, struct page_cursor *cursor, struct page_job *job)
{
	job->count = 0;
	job->codec = choose_codec(dump);
	while (job->count < PAGE_JOB_PAGES && page_cursor_next(cursor, &job->pfn[job->count]))
		job->count++;
	return job->count;
}

/* Writes the pages that were gathered, from where they are. */
static int end_run(struct kdump_dump *dump)
{
	int err = dump->run_bytes ? dump->out->write_old(dump->out, dump->run_offset, dump->run_pa, dump->run_bytes) : 0;

	dump->run_bytes = 0;
	return err;
}

/* An error stays: what was not written may not be told of later. */
static int settle_data(struct kdump_dump *dump)
{
	int err = append_end(&dump->data);

	if (!err)
		err = end_run(dump);
	if (!err)
		err = dump->out->wait(dump->out, NULL);
	dump->data.err = err;
	return err;
}

/* A descriptor goes out behind its data: a dump that is cut off tells of nothing that it lacks. */
static int append_descriptor(struct kdump_dump *dump, const struct kdump_page *page)
{
	int err = 0;

	if (dump->pages.used + sizeof(*page) >= dump->pages.half_bytes)
		err = settle_data(dump);
	return err ? err : append_bytes(&dump->pages, page, sizeof(*page));
}

/* In descriptors and bitmap. */
static int note_page(struct kdump_dump *dump, u64 pfn, const struct kdump_page *page)
{
	int err = append_descriptor(dump, page);

	dump->pages_kept++;
	return err || dump->split || filters_once(dump) ? err : bitmap_add(dump, pfn);
}

static int append_page(struct kdump_dump *dump, u64 pfn, const struct page_result *result, const u8 *data)
{
	static const u8 zeroes[PAGE_BYTES];
	struct kdump_page page = { .offset = append_offset(&dump->data), .bytes = result->bytes, .flags = result->flags };
	int err = 0;

	if (!result->bytes) {
		if (!dump->zero_offset) {
			dump->zero_offset = page.offset;
			err = append_bytes(&dump->data, zeroes, PAGE_BYTES);
		}
		page.offset = dump->zero_offset;
		page.bytes = PAGE_BYTES;
		dump->pages_zero++;
	} else {
		err = append_bytes(&dump->data, data, result->bytes);
		dump->pages_compressed += result->flags != 0;
	}
	return err ? err : note_page(dump, pfn, &page);
}

/* Pages that the disk takes from where they are; those of several jobs together, if they can be. */
static int append_run(struct kdump_dump *dump, u64 pfn, u32 count)
{
	struct kdump_page page = { .bytes = PAGE_BYTES };
	int err = append_gap(&dump->data, count * PAGE_BYTES, &page.offset);

	if (!err && (dump->run_bytes >= RUN_BYTES || page.offset != dump->run_offset + dump->run_bytes ||
		     pfn * PAGE_BYTES != dump->run_pa + dump->run_bytes)) {
		err = dump->data.err = end_run(dump);
		dump->run_offset = page.offset;
		dump->run_pa = pfn * PAGE_BYTES;
	}
	if (!err)
		dump->run_bytes += count * PAGE_BYTES;
	for (; count && !err; count--, page.offset += PAGE_BYTES)
		err = note_page(dump, pfn++, &page);
	return err;
}

static int append_result(struct kdump_dump *dump, const struct page_job *job)
{
	const u8 *data = job->out;
	int err = 0;

	for (u32 i = 0; i < job->count && !err;) {
		const struct page_result *result = &job->result[i];
		u32 count = result->in_place ? result->in_place : 1;

		if (dump->page_limit - dump->pages_kept < count)
			dump->pages_left_out += count;
		else if (result->in_place)
			err = append_run(dump, job->pfn[i], count);
		else
			err = append_page(dump, job->pfn[i], result, data);
		data += result->bytes;
		i += count;
	}
	return err;
}

static int finish_job(struct kdump_dump *dump, struct page_job *job)
{
	dump->workers->finish(dump->workers, job);
	for (u32 i = 0; i < job->bad_count; i++) {
		dump->pages_bad++;
		dump->observer.bad_page(dump->observer.context, job->bad[i]);
	}
	return append_result(dump, job);
}

/* Jobs are started in order and finished in order; up to job_count are on their way. */
static int dump_pages(struct kdump_dump *dump)
{
	u64 started = 0, finished = 0, total = dump->pages_kept;
	struct page_cursor cursor;
	struct page_bits bits;
	bool more = true;
	int err = 0;

	dump->pages_kept = 0;
	restart_walk(dump);
	page_cursor_init(&cursor, file_ram(dump), dump->walk, dump->present);
	page_bits_init(&bits, dump->out, dump->bitmap2_offset, dump->bitmap.half[0]);
	if (filters_once(dump))
		cursor.bits = &bits;
	while (!err && (more || finished < started)) {
		if (more && started - finished < dump->job_count) {
			more = fill_job(dump, &cursor, job_number(dump, started));
			if (more)
				dump->workers->start(dump->workers, job_number(dump, started++));
			continue;
		}
		err = finish_job(dump, job_number(dump, finished++));
		dump->observer.progress(dump->observer.context, dump->pages_kept, total);
	}
	/* Nobody may still work when the buffers go. */
	while (finished < started)
		dump->workers->finish(dump->workers, job_number(dump, finished++));
	return err ? err : cursor.err;
}

/*
 * After an error, too: a dump that is stopped has what was dumped until then.  Bitmap 2 was written
 * over as the descriptors went out, since memory may have changed meanwhile; what is not reached
 * any more stays as it was, unless it has changed.
 */
static int end_streams(struct kdump_dump *dump, bool stopped)
{
	int err = settle_data(dump), bitmap_err = 0;

	if (!err)
		err = append_end(&dump->pages);
	if (!dump->split && !filters_once(dump) && (!stopped || dump->memory_changes))
		bitmap_err = bitmap_end(dump);
	return err ? err : bitmap_err;
}

static int write_pages(struct kdump_dump *dump)
{
	u8 *streams = dump->buffer + HEADER_BYTES + 2 * TABLE_HALF_BYTES;
	int err, end_err;

	bitmap_start(dump, dump->bitmap2_offset);
	append_init(&dump->pages, dump->out, dump->pages_offset, streams, PAGES_HALF_BYTES);
	append_init(&dump->data, dump->out, dump->data_offset, streams + 2 * PAGES_HALF_BYTES, DATA_HALF_BYTES);
	err = dump_pages(dump);
	end_err = end_streams(dump, err);
	return err ? err : end_err;
}

int kdump_dump_write(struct kdump_dump *dump)
{
	int err;

	if ((err = write_header(dump, KDUMP_INCOMPLETE)) || (err = write_sub_header(dump)) ||
	    (err = write_bitmaps(dump)) || (err = zero_descriptors(dump)) || (err = dump->out->flush(dump->out)) ||
	    (err = write_pages(dump)) || (err = dump->out->flush(dump->out)) ||
	    (err = write_header(dump, dump->incomplete || dump->pages_left_out ? KDUMP_INCOMPLETE : 0)))
		return err;
	dump->file_bytes = append_offset(&dump->data);
	return dump->out->flush(dump->out);
}
