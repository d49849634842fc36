// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/live_check.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/page_filter.h"
#include "common/file.h"
#include "kdumpctl/live_memory.h"

#define TIME_US 300000u
#define LEAST_SAMPLES 32u	/* however long they take */

/* Linux include/uapi/linux/kernel-page-flags.h */
#define KPF_LRU (1ull << 5)
#define KPF_SLAB (1ull << 7)
#define KPF_BUDDY (1ull << 10)
#define KPF_MMAP (1ull << 11)
#define KPF_ANON (1ull << 12)
#define KPF_SWAPCACHE (1ull << 13)
#define KPF_COMPOUND_TAIL (1ull << 16)
#define KPF_HUGE (1ull << 17)
#define KPF_HWPOISON (1ull << 19)
#define KPF_NOPAGE (1ull << 20)
#define KPF_OFFLINE (1ull << 23)
#define KPF_PGTABLE (1ull << 26)

static bool is_free(u64 flags)
{
	/* A page in a CPU's list has no flag at all that tells; the kernel does not say more. */
	return flags & KPF_BUDDY || !(flags & (KPF_LRU | KPF_SLAB | KPF_MMAP | KPF_ANON | KPF_SWAPCACHE | KPF_COMPOUND_TAIL | KPF_HUGE | KPF_NOPAGE | KPF_PGTABLE));
}

static bool is_cache(u64 flags)
{
	return flags & (KPF_LRU | KPF_SWAPCACHE | KPF_COMPOUND_TAIL) && !(flags & (KPF_ANON | KPF_SLAB | KPF_BUDDY | KPF_HUGE));
}

static bool is_user(u64 flags)
{
	return flags & (KPF_ANON | KPF_HUGE);
}

/* Levels that stand or fall together. */
static const struct question {
	unsigned level;
	const char *what;
	bool (*fits)(u64 flags);
	const char *meminfo[3];		/* the kernel's own counts */
} questions[] = {
	{ LEVEL_FREE, "free", is_free, { "MemFree:" } },
	{ LEVEL_CACHE | LEVEL_CACHE_PRIVATE, "page cache", is_cache, { "Cached:", "Buffers:", "SwapCached:" } },
	{ LEVEL_USER, "of processes", is_user, { "AnonPages:", "Hugetlb:" } },
};

#define QUESTIONS ARRAY_SIZE(questions)

struct check {
	struct live_memory memory;
	struct kernel_map map;
	struct mem_map mem_map;
	struct page_filter filter[QUESTIONS];	/* one for each question, so that a bit says what a page is */
	u8 *buffer;
	int flags_fd;			/* of /proc/kpageflags; -1: this kernel has none */
	u64 pages;			/* looked at */
	u64 dropped[QUESTIONS], wrong[QUESTIONS];
};

/* Batches of PAGE_FILTER_BATCH pages that are RAM as a whole. */
static u64 batches_of(const struct memrange *range, u64 *ret_first)
{
	u64 bytes = PAGE_FILTER_BATCH * PAGE_BYTES, start = align_up(range->start, bytes), end = align_down(range->end, bytes);

	*ret_first = start / bytes;
	return end > start ? (end - start) / bytes : 0;
}

static u64 count_batches(const struct memrange_set *ram)
{
	u64 count = 0, first;

	for (u32 i = 0; i < ram->count; i++)
		count += batches_of(&ram->range[i], &first);
	return count;
}

static u64 batch_pfn(const struct memrange_set *ram, u64 number)
{
	u64 first = 0;

	for (u32 i = 0; i < ram->count; i++) {
		u64 here = batches_of(&ram->range[i], &first);

		if (number < here)
			return (first + number) * PAGE_FILTER_BATCH;
		number -= here;
	}
	return 0;
}

static int read_flags(const struct check *check, u64 pfn, u64 flags[PAGE_FILTER_BATCH])
{
	return check->flags_fd < 0 ? 0 : file_pread_all(check->flags_fd, flags, PAGE_FILTER_BATCH * sizeof(u64), pfn * sizeof(u64));
}

static int look_at_batch(struct check *check, u64 pfn)
{
	static u64 before[PAGE_FILTER_BATCH], after[PAGE_FILTER_BATCH];
	u8 dropped[QUESTIONS][PAGE_FILTER_BATCH / 8];
	struct page_filter_walk walk;
	int err = read_flags(check, pfn, before);

	for (u32 q = 0; q < QUESTIONS && !err; q++) {
		page_filter_walk_init(&walk, &check->filter[q], check->buffer);
		page_filter_batch(&walk, pfn, PAGE_FILTER_BATCH, dropped[q]);
	}
	if (!err)
		err = read_flags(check, pfn, after);
	for (u32 i = 0; i < PAGE_FILTER_BATCH && !err; i++) {
		/* What changed meanwhile, or is left out at any level, tells nothing. */
		if (before[i] != after[i] || after[i] & (KPF_HWPOISON | KPF_OFFLINE))
			continue;
		for (u32 q = 0; q < QUESTIONS; q++) {
			bool drops = dropped[q][i / 8] >> (i % 8) & 1;

			check->dropped[q] += drops;
			check->wrong[q] += drops && check->flags_fd >= 0 && !questions[q].fits(after[i]);
		}
	}
	check->pages += err ? 0 : PAGE_FILTER_BATCH;
	return err;
}

static u64 common_factor(u64 a, u64 b)
{
	while (b) {
		u64 rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/* From all over memory, so that where it is stopped makes no difference. */
static int look(struct check *check)
{
	u64 count = count_batches(&check->memory.ram), start_us = env_clock_us(), step = count * 5 / 8 + 1, at = 0;
	int err = count ? 0 : -ENOENT;

	while (count && common_factor(step, count) != 1)
		step++;
	for (u64 i = 0; i < count && !err; i++, at = (at + step) % count) {
		if (i >= LEAST_SAMPLES && env_clock_us() - start_us > TIME_US)
			break;
		err = look_at_batch(check, batch_pfn(&check->memory.ram, at));
	}
	return err;
}

/* --- what the kernel counts ------------------------------------------------------------------ */

/* The sum of the numbers behind a word, wherever it begins a line; the unit is the caller's. */
static u64 sum_of(const char *text, const char *word)
{
	u64 sum = 0;

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += strspn(line, " \n");
		if (!strncmp(line, word, strlen(word)))
			sum += strtoull(line + strlen(word), NULL, 10);
	}
	return sum;
}

static char *read_text(const char *root, const char *name)
{
	char path[PATH_MAX], *text;
	size_t bytes;

	snprintf(path, sizeof(path), "%s/proc/%s", root, name);
	return file_read(path, 1u << 22, &text, &bytes) ? NULL : text;
}

/* In pages; 0: unknown. */
static u64 kernel_count(const struct question *question, const char *meminfo, const char *zoneinfo)
{
	u64 pages = 0;

	for (u32 i = 0; i < ARRAY_SIZE(question->meminfo) && question->meminfo[i]; i++)
		pages += sum_of(meminfo, question->meminfo[i]) * 1024 / PAGE_BYTES;
	/* Of the CPUs' lists, which MemFree leaves out. */
	return pages + (question->level == LEVEL_FREE && zoneinfo ? sum_of(zoneinfo, "count:") : 0);
}

/* --- what comes of it ------------------------------------------------------------------------ */

static bool is_wrong(const struct check *check, u32 q, const char *meminfo, const char *zoneinfo, char *why, size_t size)
{
	u64 dropped = check->dropped[q], wrong = check->wrong[q], ram = count_batches(&check->memory.ram) * PAGE_FILTER_BATCH;
	u64 found = dropped * ram / check->pages, counted = meminfo ? kernel_count(&questions[q], meminfo, zoneinfo) : ~0ull;

	if (wrong > LIVE_CHECK_WRONG_PAGES && wrong * 1000 > dropped * LIVE_CHECK_WRONG_PER_MILLE) {
		snprintf(why, size, "of %llu pages that look %s, %llu are not by /proc/kpageflags", (unsigned long long)dropped,
			 questions[q].what, (unsigned long long)wrong);
		return true;
	}
	if (counted != ~0ull && found > counted + ram * LIVE_CHECK_MORE_PERCENT / 100) {
		snprintf(why, size, "%llu pages look %s, but the kernel counts %llu (/proc/meminfo)", (unsigned long long)found,
			 questions[q].what, (unsigned long long)counted);
		return true;
	}
	return false;
}

static unsigned judge(const struct check *check, const char *root, unsigned level, char *why)
{
	char *meminfo = read_text(root, "meminfo"), *zoneinfo = read_text(root, "zoneinfo");

	for (u32 q = 0; q < QUESTIONS; q++) {
		const struct page_filter *filter = &check->filter[q];
		char reason[LIVE_CHECK_WHY_BYTES] = "";

		if (!(level & questions[q].level))
			continue;
		if (!(filter->level & questions[q].level))
			snprintf(reason, sizeof(reason), "vmcoreinfo lacks %s", filter->missing ? filter->missing : "a key");
		else if (!is_wrong(check, q, meminfo, zoneinfo, reason, sizeof(reason)))
			continue;
		level &= ~questions[q].level;
		if (!why[0])
			snprintf(why, LIVE_CHECK_WHY_BYTES, "%s", reason);
	}
	free(meminfo);
	free(zoneinfo);
	return level;
}

static int prepare(struct check *check, const char *root, char *why)
{
	char path[PATH_MAX];
	const char *key = "";
	int err = kernel_map_init(&check->map, &check->memory.mem, &check->memory.info);

	if (!err)
		err = mem_map_init(&check->mem_map, &check->map, &check->memory.info, &key);
	if (err) {
		snprintf(why, LIVE_CHECK_WHY_BYTES, "vmcoreinfo lacks what leads to struct pages %s", key);
		return err;
	}
	for (u32 q = 0; q < QUESTIONS; q++)
		page_filter_init(&check->filter[q], questions[q].level, &check->mem_map, &check->memory.info);
	check->buffer = malloc(PAGE_FILTER_BUFFER_BYTES(&check->filter[0]));
	if (!check->buffer) {
		snprintf(why, LIVE_CHECK_WHY_BYTES, "out of memory");
		return -ENOMEM;
	}
	snprintf(path, sizeof(path), "%s/proc/kpageflags", root);
	check->flags_fd = open(path, O_RDONLY | O_CLOEXEC);
	return 0;
}

int live_check(const char *root, unsigned level, unsigned *ret_level, char why[LIVE_CHECK_WHY_BYTES])
{
	struct check check = { .flags_fd = -1 };
	int err = live_memory_open(&check.memory, root);

	why[0] = 0;
	if (err) {
		snprintf(why, LIVE_CHECK_WHY_BYTES, "/proc/kcore can't be read: %s%s", strerror(-err), err == -EPERM ? " (lockdown)" : "");
		return err;
	}
	err = prepare(&check, root, why);
	if (!err) {
		err = look(&check);
		if (err)
			snprintf(why, LIVE_CHECK_WHY_BYTES, "cannot read /proc/kpageflags: %s", strerror(-err));
		else
			*ret_level = judge(&check, root, level, why);
	}
	if (check.flags_fd >= 0)
		close(check.flags_fd);
	free(check.buffer);
	live_memory_close(&check.memory);
	return err;
}
