// SPDX-License-Identifier: GPL-2.0
/* A whole filtered dump of a made-up kernel, read back by a reader that shares nothing with the writer but the format. */
#include "capture/kdump_dump.h"

#include <stdarg.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>

#include "fake_kernel.h"

#define FILE_MAX (64u << 20)
#define WRITES_MAX 4096u
#define JOBS 5u
#define FREE_PFN 0x400u		/* from here on the fake kernel's pages are free, but for its struct pages */
#define DATA_FLAG KDUMP_LZO	/* what the test's codec calls itself */

/* --- a place to write to -------------------------------------------------------------------- */

struct written {
	u64 offset, bytes;
	const void *buf;	/* not yet waited for: what it holds may not change */
	u8 *copy;
};

static struct {
	struct dump_out seam;
	struct written list[WRITES_MAX];
	u32 count;
	u64 fail_at;		/* this write and all that follow */
	int error;
	u32 flushes;
} out;

static u32 laid_out_at;		/* writes before the first flush */

static int out_write(struct dump_out *seam, u64 offset, const void *buf, u32 bytes)
{
	assert_int_equal(offset % seam->align_bytes, 0);
	assert_int_equal(bytes % seam->align_bytes, 0);
	assert_true(offset + bytes <= FILE_MAX && out.count < WRITES_MAX);
	if (out.count >= out.fail_at)
		return out.error;
	out.list[out.count] = (struct written){ offset, bytes, buf, malloc(bytes) };
	memcpy(out.list[out.count++].copy, buf, bytes);
	return 0;
}

static int out_wait(struct dump_out *seam, const void *buf)
{
	for (u32 i = 0; i < out.count; i++) {
		if (!out.list[i].buf || (buf && out.list[i].buf != buf))
			continue;
		assert_memory_equal(out.list[i].copy, out.list[i].buf, out.list[i].bytes);
		out.list[i].buf = NULL;
	}
	return 0;
}

static int out_flush(struct dump_out *seam)
{
	for (u32 i = 0; i < out.count; i++)
		assert_true(!out.list[i].buf || !memcmp(out.list[i].copy, out.list[i].buf, out.list[i].bytes));
	if (!out.flushes++)
		laid_out_at = out.count;
	return 0;
}

/* Not more than so many bytes of a write, to a file in memory. */
static void apply(u8 *file, const struct written *written, u64 bytes)
{
	memcpy(file + written->offset, written->copy, min_u64(bytes, written->bytes));
}

/* The file after all writes. */
static u8 *whole_file(void)
{
	u8 *file = calloc(1, FILE_MAX);

	for (u32 i = 0; i < out.count; i++)
		apply(file, &out.list[i], ~0ull);
	return file;
}

/* --- a codec: what is left when zeroes at the end are taken off --------------------------------- */

static u32 trim(void *work, const u8 *page, u8 *to)
{
	u32 bytes = PAGE_BYTES;

	while (bytes && !page[bytes - 1])
		bytes--;
	if (bytes + 2 >= PAGE_BYTES)
		return 0;
	memcpy(to + 2, page, bytes);
	memset(to + 2 + bytes, 0xee, PAGE_BYTES - bytes);	/* a codec may spoil what is behind */
	to[0] = (u8)bytes;
	to[1] = (u8)(bytes >> 8);
	return bytes + 2;
}

static const struct codec trim_codec = { .name = "trim", .kdump_flag = DATA_FLAG, .compress = trim };

/* --- workers that take their jobs in any order ------------------------------------------------ */

static struct {
	struct page_workers seam;
	struct page_job *waiting[JOBS];
	u32 count;
	u64 seed;
} crew;

static void run_one(u32 i)
{
	static u8 page[PAGE_BYTES] __attribute__((aligned(64)));

	page_job_run(crew.waiting[i], page, NULL);
	crew.waiting[i] = crew.waiting[--crew.count];
}

static void crew_start(struct page_workers *seam, struct page_job *job)
{
	assert_true(crew.count < JOBS && job->count && job->count <= PAGE_JOB_PAGES);
	crew.waiting[crew.count++] = job;
	if (fake_random(&crew.seed) % 3 == 0)
		run_one((u32)(fake_random(&crew.seed) % crew.count));
}

static void crew_finish(struct page_workers *seam, struct page_job *job)
{
	for (u32 i = 0; i < crew.count; i++)
		if (crew.waiting[i] == job) {
			run_one(i);
			return;
		}
}

/* --- a disk that reads memory itself, and says how it fares -------------------------------------- */

static struct fake_kernel kernel;
static u64 in_place_bytes, disk_idle, disk_full, disk_idle_step, disk_full_step;

static int out_write_old(struct dump_out *seam, u64 offset, u64 pa, u32 bytes)
{
	assert_int_equal(pa % PAGE_BYTES, 0);
	in_place_bytes += bytes;
	return out_write(seam, offset, fake_memory_at(&kernel.memory, pa), bytes);
}

static void out_count(struct dump_out *seam, u64 *ret_idle, u64 *ret_full)
{
	*ret_idle = disk_idle += disk_idle_step;
	*ret_full = disk_full += disk_full_step;
}

/* --- the world ----------------------------------------------------------------------------- */

static struct page_filter filter;
static struct page_filter_walk walk;
static u8 walk_buffer[PAGE_FILTER_BATCH * 256];
static struct memrange range[2];
static struct memrange_set ram = { range, 0, 2 };
static struct kdump_dump dump;
static u64 progress_done, progress_total, bad_seen;
static const char notes[] = "these are the notes";

static void observe_progress(void *context, u64 done, u64 total)
{
	assert_true(done >= progress_done);
	progress_done = done;
	progress_total = total;
}

static void observe_bad(void *context, u64 pa)
{
	bad_seen++;
}

static void set_free(u64 pfn, u64 order)
{
	struct fake_page *page = fake_kernel_page(&kernel, pfn);

	*page = (struct fake_page){ .mapcount = FAKE_BUDDY, .private = order };
}

static void set_used(u64 pfn)
{
	*fake_kernel_page(&kernel, pfn) = (struct fake_page){ .mapcount = ~0u, .refcount = 1 };
}

static bool is_struct_page(u64 pfn)
{
	return pfn >= FAKE_STRUCTS_PA / PAGE_BYTES && pfn < (FAKE_STRUCTS_PA + FAKE_KERNEL_PAGES * 64) / PAGE_BYTES;
}

/* Low memory is in use: pages of noise, of zeroes, of a few bytes.  The rest is free. */
static int setup(void **state)
{
	u64 seed = 7;

	memset(&out, 0, sizeof(out));
	memset(&crew, 0, sizeof(crew));
	memset(&dump, 0, sizeof(dump));
	progress_done = progress_total = bad_seen = in_place_bytes = disk_idle_step = disk_full_step = 0;
	out.seam = (struct dump_out){ .align_bytes = 512, .zeroed = true, .write = out_write, .wait = out_wait, .flush = out_flush };
	out.fail_at = ~0ull;
	crew.seam = (struct page_workers){ crew_start, crew_finish };
	crew.seed = 3;
	ram.count = 0;
	fake_kernel_init(&kernel, 4);
	memrange_add(&ram, 0, FAKE_KERNEL_BYTES);
	for (u64 pfn = 0x200; pfn < FAKE_KERNEL_PAGES; pfn++) {
		u64 kind = fake_random(&seed) % 3, bytes = kind == 0 ? 0 : kind == 1 ? PAGE_BYTES : fake_random(&seed) % 300;

		for (u64 i = 0; i < bytes && !is_struct_page(pfn); i++)
			fake_memory_at(&kernel.memory, pfn * PAGE_BYTES)[i] = (u8)fake_random(&seed);
	}
	for (u64 pfn = FREE_PFN; pfn < FAKE_KERNEL_PAGES; pfn++)
		if (!is_struct_page(pfn))
			set_free(pfn, 0);
	return 0;
}

static int teardown(void **state)
{
	for (u32 i = 0; i < out.count; i++)
		free(out.list[i].copy);
	free(dump.buffer);
	fake_kernel_deinit(&kernel);
	return 0;
}

static void prepare(unsigned level, const struct codec *codec, bool memory_changes)
{
	const char *key;

	assert_int_equal(kernel_map_init(&kernel.map, &kernel.memory.mem, &kernel.info), 0);
	assert_int_equal(mem_map_init(&kernel.mem_map, &kernel.map, &kernel.info, &key), 0);
	page_filter_init(&filter, level, &kernel.mem_map, &kernel.info);
	assert_int_equal(filter.level, level);
	page_filter_walk_init(&walk, &filter, walk_buffer);
	dump = (struct kdump_dump){
		.mem = &kernel.memory.mem, .ram = &ram, .walk = &walk, .level = level, .map = &kernel.map, .info = kernel.info,
		.notes = notes, .notes_bytes = sizeof(notes), .cpus = 2, .memory_changes = memory_changes, .codec = codec,
		.workers = &crew.seam, .out = &out.seam, .observer = { observe_progress, observe_bad, NULL },
		.buffer = aligned_alloc(PAGE_BYTES, kdump_dump_buffer_bytes(JOBS)),
	};
	assert_int_equal(kdump_dump_prepare(&dump, JOBS), 0);
	out.list[0].buf = NULL;
}

/* --- the reader ----------------------------------------------------------------------------- */

static u32 word(const u8 *file, u64 at)
{
	u32 value;

	memcpy(&value, file + at, sizeof(value));
	return value;
}

static u64 word64(const u8 *file, u64 at)
{
	return word(file, at) | (u64)word(file, at + 4) << 32;
}

static bool bit(const u8 *map, u64 pfn)
{
	return map[pfn / 8] >> (pfn % 8) & 1;
}

static void expect_page(u64 pfn, u8 *page)
{
	if (fake_memory_is_bad(&kernel.memory, pfn * PAGE_BYTES))
		for (u32 i = 0; i < PAGE_BYTES; i += 4)
			memcpy(page + i, &(u32){ 0xdeadbad0 }, 4);
	else
		memcpy(page, fake_memory_at(&kernel.memory, pfn * PAGE_BYTES), PAGE_BYTES);
}

struct seen {
	bool opens;
	u32 status;
	u64 bits, pages, zero_places;	/* bits of bitmap 2; pages that are there; different places of zero pages */
	u64 end;			/* of the data */
};

static void check_page(const u8 *file, u64 pfn, u64 at, struct seen *seen)
{
	u64 offset = word64(file, at);
	u32 bytes = word(file, at + 8), flags = word(file, at + 12);
	u8 page[PAGE_BYTES] = { 0 }, real[PAGE_BYTES];

	if (!offset || !bytes)
		return;			/* not written, or torn */
	assert_true(bytes <= PAGE_BYTES && offset + bytes <= FILE_MAX);
	if (flags == DATA_FLAG) {
		u32 length = file[offset] | (u32)file[offset + 1] << 8;

		assert_int_equal(length + 2, bytes);
		memcpy(page, file + offset + 2, length);
	} else {
		assert_int_equal(flags, 0);
		assert_int_equal(bytes, PAGE_BYTES);
		memcpy(page, file + offset, PAGE_BYTES);
	}
	expect_page(pfn, real);
	assert_memory_equal(page, real, PAGE_BYTES);
	seen->pages++;
	if (offset + bytes > seen->end)
		seen->end = offset + bytes;
}

/* Every page that the file says it has is the page that memory has. */
static struct seen read_back(const u8 *file)
{
	struct seen seen = { 0 };
	u64 bitmap_bytes, bitmap2, at;

	if (memcmp(file, "KDUMP   ", 8))
		return seen;
	seen.opens = true;
	assert_int_equal(word(file, 8), 6);
	seen.status = word(file, 424);
	assert_int_equal(word(file, 428), 4096);
	assert_int_equal(word(file, 460), 2);
	if (!word64(file, 4096 + 96))
		return seen;		/* no sub header yet */
	assert_int_equal(word64(file, 4096 + 96), FAKE_KERNEL_PAGES);
	bitmap_bytes = word(file, 436) / 2 * 4096ull;
	bitmap2 = (1 + word(file, 432)) * 4096ull + bitmap_bytes;
	at = bitmap2 + bitmap_bytes;
	for (u64 pfn = 0; pfn < FAKE_KERNEL_PAGES; pfn++) {
		if (!bit(file + bitmap2, pfn))
			continue;
		seen.bits++;
		check_page(file, pfn, at, &seen);
		at += 24;
	}
	return seen;
}

static struct seen read_all(void)
{
	u8 *file = whole_file();
	struct seen seen = read_back(file);

	free(file);
	return seen;
}

/* --- the tests -------------------------------------------------------------------------------- */

static void check_whole(unsigned level, const struct codec *codec)
{
	struct seen seen;

	prepare(level, codec, false);
	assert_int_equal(kdump_dump_write(&dump), 0);
	seen = read_all();
	assert_true(seen.opens);
	assert_int_equal(seen.status, codec ? DATA_FLAG : 0);
	assert_int_equal(seen.bits, dump.pages_kept);
	assert_int_equal(seen.pages, dump.pages_kept);
	assert_true(seen.end <= dump.file_bytes && dump.file_bytes < seen.end + PAGE_BYTES);
	assert_int_equal(progress_done, progress_total);
	assert_int_equal(dump.pages_left_out, 0);
}

static void test_every_page(void **state)
{
	check_whole(0, NULL);
	assert_int_equal(dump.pages_kept, FAKE_KERNEL_PAGES);
	assert_int_equal(dump.pages_zero, 0);
}

static void test_free_pages_left_out(void **state)
{
	check_whole(LEVEL_FREE, &trim_codec);
	assert_int_equal(dump.pages_kept, FREE_PFN + FAKE_KERNEL_PAGES * 64 / PAGE_BYTES);
}

static void test_zero_pages_share_one(void **state)
{
	u8 *file;
	u64 at, first = 0, zeroes = 0, descriptors;

	check_whole(LEVEL_ALL, &trim_codec);
	file = whole_file();
	descriptors = (1 + word(file, 432) + word(file, 436)) * 4096ull;
	for (u64 i = 0; i < dump.pages_kept; i++) {
		static const u8 zero[PAGE_BYTES];

		at = descriptors + 24 * i;
		if (word(file, at + 12) || memcmp(file + word64(file, at), zero, PAGE_BYTES))
			continue;
		zeroes++;
		first = first ? first : word64(file, at);
		assert_int_equal(word64(file, at), first);
	}
	assert_int_equal(zeroes, dump.pages_zero);
	assert_true(zeroes > 100);
	free(file);
}

static void test_notes_and_vmcoreinfo(void **state)
{
	u8 *file;

	check_whole(LEVEL_FREE, NULL);
	file = whole_file();
	assert_memory_equal(file + word64(file, 4096 + 48), notes, sizeof(notes));
	assert_int_equal(word64(file, 4096 + 56), sizeof(notes));
	assert_memory_equal(file + word64(file, 4096 + 32), kernel.info.text, kernel.info.bytes);
	assert_int_equal(word(file, 4096 + 8), LEVEL_FREE);
	free(file);
}

static void test_memory_with_a_hole(void **state)
{
	struct seen seen;
	u8 *file;

	ram.count = 0;
	memrange_add(&ram, 0, 0x500000);
	memrange_add(&ram, FAKE_STRUCTS_PA, FAKE_KERNEL_BYTES);
	prepare(0, NULL, false);
	assert_int_equal(kdump_dump_write(&dump), 0);
	seen = read_all();
	assert_int_equal(seen.pages, FAKE_KERNEL_PAGES - 0x300);
	file = whole_file();
	for (u64 pfn = 0; pfn < FAKE_KERNEL_PAGES; pfn++)
		assert_int_equal(bit(file + (1 + word(file, 432)) * 4096ull, pfn), pfn < 0x500 || pfn >= 0x800);
	free(file);
}

static void test_bad_pages(void **state)
{
	kernel.memory.bad[0] = 0x210000;
	kernel.memory.bad[1] = 0x3ff000;
	kernel.memory.bad_count = 2;
	check_whole(LEVEL_ALL, &trim_codec);
	assert_int_equal(dump.pages_bad, 2);
	assert_int_equal(bad_seen, 2);
}

/* What is there of a dump that was cut off within write number i is right, and the dump says that it is not all. */
static struct seen check_cut(const u8 *file, u32 i)
{
	struct seen seen = read_back(file);

	if (i < out.count && seen.opens)
		assert_int_equal(seen.status & KDUMP_INCOMPLETE, KDUMP_INCOMPLETE);
	assert_true(!seen.bits || seen.bits == dump.pages_kept || i < laid_out_at);
	return seen;
}

/* After each write, and in the midst of it; `before` stands where nothing was written. */
static void check_cuts(u8 before, u32 first)
{
	u8 *file = malloc(FILE_MAX);
	u64 pages = 0, steps = 0;

	memset(file, before, FILE_MAX);
	for (u32 i = 0; i < out.count; i++) {
		struct seen seen;

		apply(file, &out.list[i], out.list[i].bytes / 2 / 512 * 512);
		if (i >= first && i < out.count - 1)	/* the last one is the header, which is whole when its first sector is */
			check_cut(file, i);
		apply(file, &out.list[i], ~0ull);
		if (i < first)
			continue;
		seen = check_cut(file, i + 1);
		assert_true(seen.pages >= pages);
		steps += seen.pages > pages;
		pages = seen.pages;
	}
	assert_int_equal(pages, dump.pages_kept);
	assert_true(steps >= 3);
	free(file);
}

static void test_cut_off_anywhere(void **state)
{
	check_whole(LEVEL_ALL, &trim_codec);
	check_cuts(0, 0);
}

static void test_cut_off_raw_pages(void **state)
{
	check_whole(LEVEL_ALL, NULL);
	check_cuts(0, 0);
}

/* A disk holds something already, which may not be taken for a part of this dump. */
static void test_cut_off_on_a_used_disk(void **state)
{
	out.seam.align_bytes = 4096;
	out.seam.zeroed = false;
	prepare(LEVEL_ALL, &trim_codec, false);
	assert_int_equal(kdump_dump_write(&dump), 0);
	/* As long as the tables are not laid out, it may not be read; that is at the first flush. */
	check_cuts(0xa5, laid_out_at);
}

static void test_write_fails(void **state)
{
	u32 writes;

	check_whole(LEVEL_ALL, &trim_codec);
	writes = out.count;
	for (u32 n = 0; n < writes; n++) {
		struct seen seen;

		teardown(state);
		setup(state);
		out.fail_at = n;
		out.error = -ENOSPC;
		prepare(LEVEL_ALL, &trim_codec, false);
		assert_int_equal(kdump_dump_write(&dump), -ENOSPC);
		assert_int_equal(crew.count, 0);
		seen = read_all();
		assert_true(!seen.opens || seen.status & KDUMP_INCOMPLETE);
	}
}

/* Only the place for data is full: the tables tell of what there is, but for the descriptors that were last in memory. */
static int full_write(struct dump_out *seam, u64 offset, const void *buf, u32 bytes)
{
	return offset + bytes > dump.data_offset + 2048 * 1024 ? -EFBIG : out_write(seam, offset, buf, bytes);
}

static void test_stopped_at_a_size(void **state)
{
	struct seen seen;

	out.seam.write = full_write;
	prepare(LEVEL_FREE, NULL, false);
	assert_int_equal(kdump_dump_write(&dump), -EFBIG);
	seen = read_all();
	assert_int_equal(seen.status, KDUMP_INCOMPLETE);
	assert_true(seen.pages > 512 - 2 * 171 && seen.pages <= 512 && seen.bits >= seen.pages);
}

static void test_pages_come_up_in_pass_2(void **state)
{
	struct seen seen;
	u64 first;

	prepare(LEVEL_FREE, &trim_codec, true);
	first = dump.pages_kept;
	for (u64 pfn = 0x500; pfn < 0x600; pfn++)
		set_used(pfn);
	assert_int_equal(kdump_dump_write(&dump), 0);
	seen = read_all();
	assert_int_equal(seen.pages, first + 0x100);
	assert_int_equal(dump.pages_left_out, 0);
	assert_int_equal(seen.status, DATA_FLAG);
}

static void test_more_pages_than_room(void **state)
{
	struct seen seen;
	u64 first;

	prepare(LEVEL_FREE, &trim_codec, true);
	first = dump.pages_kept;
	for (u64 pfn = FREE_PFN; pfn < FAKE_KERNEL_PAGES; pfn++)
		if (!is_struct_page(pfn))
			set_used(pfn);
	assert_int_equal(kdump_dump_write(&dump), 0);
	seen = read_all();
	assert_int_equal(seen.pages, first + first / 64 + 1024);
	assert_int_equal(seen.pages + dump.pages_left_out, FAKE_KERNEL_PAGES);
	assert_int_equal(seen.status, DATA_FLAG | KDUMP_INCOMPLETE);
}

static void test_fewer_pages_in_pass_2(void **state)
{
	struct seen seen;

	prepare(LEVEL_FREE, &trim_codec, true);
	for (u64 pfn = 0x300; pfn < FREE_PFN; pfn++)
		set_free(pfn, 0);
	assert_int_equal(kdump_dump_write(&dump), 0);
	seen = read_all();
	assert_int_equal(seen.pages, 0x300 + FAKE_KERNEL_PAGES * 64 / PAGE_BYTES);
	assert_int_equal(seen.status, DATA_FLAG);
}

/* Runs of pages go straight from memory, single ones through buffers; a dump that is cut off is right there, too. */
static void test_pages_in_place(void **state)
{
	out.seam.write_old = out_write_old;
	check_whole(0, NULL);
	assert_true(in_place_bytes > FAKE_KERNEL_BYTES - 64 * PAGE_BYTES);
	teardown(state);
	setup(state);
	out.seam.write_old = out_write_old;
	check_whole(LEVEL_ALL, NULL);
	assert_true(in_place_bytes > 100 * PAGE_BYTES && in_place_bytes < dump.pages_kept * PAGE_BYTES);
	check_cuts(0, 0);
}

static void write_adaptive(u64 idle_step, u64 full_step)
{
	disk_idle_step = idle_step;
	disk_full_step = full_step;
	out.seam.write_old = out_write_old;
	out.seam.count = out_count;
	prepare(LEVEL_ALL, &trim_codec, false);
	dump.adaptive = true;
	assert_int_equal(kdump_dump_write(&dump), 0);
	assert_int_equal(read_all().pages, dump.pages_kept);
}

static void test_adaptive_slow_disk(void **state)
{
	write_adaptive(0, 1);
	/* All that shrink, but for the beginning. */
	assert_true(dump.pages_compressed > 150);
}

static void test_adaptive_fast_disk(void **state)
{
	write_adaptive(1, 1);
	assert_int_equal(dump.pages_compressed, 0);
}

int main(void)
{
#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		WITH_WORLD(test_every_page), WITH_WORLD(test_free_pages_left_out), WITH_WORLD(test_zero_pages_share_one),
		WITH_WORLD(test_notes_and_vmcoreinfo), WITH_WORLD(test_memory_with_a_hole), WITH_WORLD(test_bad_pages),
		WITH_WORLD(test_cut_off_anywhere), WITH_WORLD(test_cut_off_raw_pages), WITH_WORLD(test_cut_off_on_a_used_disk),
		WITH_WORLD(test_write_fails), WITH_WORLD(test_stopped_at_a_size), WITH_WORLD(test_pages_come_up_in_pass_2),
		WITH_WORLD(test_more_pages_than_room), WITH_WORLD(test_fewer_pages_in_pass_2), WITH_WORLD(test_pages_in_place),
		WITH_WORLD(test_adaptive_slow_disk), WITH_WORLD(test_adaptive_fast_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
