// SPDX-License-Identifier: GPL-2.0
/* The dump kernel's workers, with threads for CPUs: some of them die in a job, hang in it, or never come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* In place of io.h: where a CPU that has nothing to do comes by. */
#define DUMPKERNEL_IO_H
static void cpu_wait(void);

#include "../../../dumpkernel/workers.c"

#define PAGES 4096u
#define POOL_PAGES 2048u
#define PAGES_PER_JOB 18u
#define CLOCK_IS_FAST 100u	/* so that five seconds pass soon */
#define BAD_PFN 1234u

enum fate { WORKS, NEVER_COMES, DIES, HANGS };

static struct smp_cpu cpus[CONFIG_MAX_CPUS];
static pthread_t thread[CONFIG_MAX_CPUS];
static enum fate fate[CONFIG_MAX_CPUS];
static u32 startable, called, stops;
static bool stopped[CONFIG_MAX_CPUS], all_stopped, begun[CONFIG_MAX_CPUS];
static void (*run_other)(u32 number);
static _Thread_local u32 own_number = CONFIG_MAX_CPUS;	/* the coordinator */
static _Thread_local u32 own_pages;
static u8 *pool;
static u32 pool_used, pool_pages;
static char said[4096];

/* --- what workers.c calls ------------------------------------------------------------------- */

static bool must_stop(void)
{
	return own_number < CONFIG_MAX_CPUS && (__atomic_load_n(&all_stopped, __ATOMIC_ACQUIRE) ||
					 __atomic_load_n(&stopped[own_number], __ATOMIC_ACQUIRE));
}

static void cpu_wait(void)
{
	if (must_stop())
		pthread_exit(NULL);
	sched_yield();
}

void codecs_enable_cpu(void)
{
}

static void *thread_main(void *arg)
{
	own_number = (u32)(u64)arg;
	run_other(own_number);
	return NULL;
}

u32 smp_startable(void)
{
	return startable;
}

u32 smp_start(u32 count, void (*run)(u32 number))
{
	u32 came = 0;

	called = count;
	run_other = run;
	for (u32 i = 0; i < count; i++) {
		cpus[i] = (struct smp_cpu){ .number = i, .apic_id = 100 + i,
					    .state = fate[i] == NEVER_COMES ? SMP_STOPPED : SMP_RUNS };
		if (fate[i] == NEVER_COMES)
			continue;
		assert_int_equal(pthread_create(&thread[i], NULL, thread_main, (void *)(u64)i), 0);
		came++;
	}
	return came;
}

struct smp_cpu *smp_cpu(u32 number)
{
	assert_in_range(number, 0, called - 1);
	return &cpus[number];
}

/* A CPU that was stopped writes nothing any more. */
void smp_stop(struct smp_cpu *cpu)
{
	stops++;
	__atomic_store_n(&stopped[cpu->number], true, __ATOMIC_RELEASE);
	pthread_join(thread[cpu->number], NULL);
	cpu->state = SMP_STOPPED;
}

void *mem_alloc_pages(u32 pages)
{
	if (pages > pool_pages - pool_used)
		return NULL;
	pool_used += pages;
	return memset(pool + (pool_used - pages) * PAGE_BYTES, 0, pages * PAGE_BYTES);
}

u32 mem_free_pages(void)
{
	return pool_pages - pool_used;
}

void console_printf(const char *format, ...)
{
	size_t used = strlen(said);
	va_list args;

	va_start(args, format);
	vsnprintf(said + used, sizeof(said) - used, format, args);
	va_end(args);
}

void watchdog_kick(void)
{
}

u64 env_clock_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return ((u64)now.tv_sec * 1000000 + (u64)now.tv_nsec / 1000) * CLOCK_IS_FAST;
}

/* --- a codec that some CPUs do not survive -------------------------------------------------- */

static int codec_init(void *work)
{
	return 0;
}

static void meet_fate(u8 *out)
{
	memset(out, 0xee, PAGE_BYTES);
	if (fate[own_number] == DIES) {
		cpus[own_number].vector = 6;
		cpus[own_number].rip = 0xabc;
		__atomic_store_n(&cpus[own_number].state, SMP_DEAD, __ATOMIC_RELEASE);
	}
	for (;;)
		cpu_wait();
}

/* Each has a job before one has two: no test passes because the others came too late. */
static void wait_for_others(void)
{
	for (u32 i = 0; i < called; i++)
		while (fate[i] != NEVER_COMES && !__atomic_load_n(&begun[i], __ATOMIC_ACQUIRE))
			sched_yield();
}

/* The first half of a page.  The third page is the last that an unlucky CPU takes on. */
static u32 codec_compress(void *work, const u8 *page, u8 *out)
{
	if (own_number < CONFIG_MAX_CPUS)
		__atomic_store_n(&begun[own_number], true, __ATOMIC_RELEASE);
	wait_for_others();
	if (own_number < CONFIG_MAX_CPUS && fate[own_number] >= DIES && ++own_pages == 3)
		meet_fate(out);
	memcpy(out, page, PAGE_BYTES / 2);
	return PAGE_BYTES / 2;
}

static const struct codec half = { .name = "half", .kdump_flag = 0x80, .work_bytes = 5000, .init = codec_init, .compress = codec_compress };

static int read_memory(const struct oldmem *mem, u64 pa, void *buf, size_t bytes)
{
	if (pa / PAGE_BYTES == BAD_PFN)
		return -EIO;
	for (size_t i = 0; i < bytes; i += 8)
		memcpy((u8 *)buf + i, &(u64){ (pa + i) * 0x9e3779b97f4a7c15u }, 8);
	return 0;
}

/* --- the dump ------------------------------------------------------------------------------- */

static u32 bad, halves, wholes;

static void check_job(const struct page_job *job)
{
	const u8 *out = job->out;
	u8 page[PAGE_BYTES];

	for (u32 i = 0; i < job->count; i++) {
		u32 bytes = job->result[i].bytes;

		if (read_memory(NULL, job->pfn[i] * PAGE_BYTES, page, PAGE_BYTES))
			oldmem_fill_pattern(page, PAGE_BYTES);
		assert_int_equal(bytes, job->result[i].flags ? PAGE_BYTES / 2 : PAGE_BYTES);
		assert_memory_equal(out, page, bytes);
		out += bytes;
		halves += bytes < PAGE_BYTES;
		wholes += bytes == PAGE_BYTES;
	}
	bad += job->bad_count;
}

/* As capture/kdump_dump.c drives them. */
static void dump(u32 job_count)
{
	const struct oldmem mem = { .read = read_memory };
	struct memrange range = { 0, PAGES * PAGE_BYTES };
	struct memrange_set ram = { &range, 1, 1 };
	struct page_workers *seam = workers_seam();
	struct page_job *jobs = calloc(job_count, sizeof(*jobs));
	u64 started = 0, finished = 0, pfn = 0;

	bad = halves = wholes = 0;
	for (u32 i = 0; i < job_count; i++)
		jobs[i] = (struct page_job){ .mem = &mem, .ram = &ram, .codec = &half, .out = malloc(PAGE_JOB_OUT_BYTES) };
	while (pfn < PAGES || finished < started) {
		if (pfn < PAGES && started - finished < job_count) {
			struct page_job *job = &jobs[started++ % job_count];

			for (job->count = 0; job->count < PAGE_JOB_PAGES; job->count++)
				job->pfn[job->count] = pfn++;
			seam->start(seam, job);
			continue;
		}
		struct page_job *job = &jobs[finished++ % job_count];

		seam->finish(seam, job);
		check_job(job);
		assert_ptr_equal(job->codec, &half);
	}
	assert_int_equal(halves + wholes, PAGES);
	assert_int_equal(bad, 1);
	for (u32 i = 0; i < job_count; i++)
		free(jobs[i].out);
	free(jobs);
}

static u32 open_pool(u32 others, u32 pages)
{
	struct workers_plan plan = { .codec = &half, .pages_left = 10, .pages_per_job = PAGES_PER_JOB };

	startable = others;
	pool_pages = pages;
	return workers_open(&plan);
}

static int reset(void **state)
{
	memset(&workers, 0, sizeof(workers));
	memset(fate, 0, sizeof(fate));
	memset(stopped, 0, sizeof(stopped));
	all_stopped = false;
	memset(begun, 0, sizeof(begun));
	called = stops = pool_used = 0;
	said[0] = 0;
	pool = aligned_alloc(PAGE_BYTES, POOL_PAGES * PAGE_BYTES);
	return pool ? 0 : -1;
}

/* What idle CPUs do for ever ends here. */
static void end_others(void)
{
	__atomic_store_n(&all_stopped, true, __ATOMIC_RELEASE);
	for (u32 i = 0; i < called; i++)
		if (cpus[i].state != SMP_STOPPED)
			pthread_join(thread[i], NULL);
}

static int clean_up(void **state)
{
	end_others();
	free(pool);
	return 0;
}

static void test_workers_alone(void **state)
{
	assert_int_equal(open_pool(0, POOL_PAGES), 1);
	assert_int_equal(workers_jobs(), LAYOUT_JOBS_PER_CPU);
	dump(workers_jobs());
	assert_int_equal(halves, PAGES);
	assert_string_equal(said, "CPUs that compress: 1\n");
}

static void test_workers_all_work(void **state)
{
	assert_int_equal(open_pool(3, POOL_PAGES), 4);
	dump(workers_jobs());
	dump(1);	/* fewer than there is room for */
	assert_int_equal(halves, PAGES);
	assert_int_equal(stops, 0);
}

static void test_workers_some_never_come(void **state)
{
	fate[0] = fate[2] = NEVER_COMES;
	assert_int_equal(open_pool(3, POOL_PAGES), 2);
	dump(workers_jobs());
	assert_int_equal(halves, PAGES);
	assert_string_equal(said, "CPUs that compress: 2\n");
}

static void test_workers_one_dies(void **state)
{
	fate[1] = DIES;
	assert_int_equal(open_pool(2, POOL_PAGES), 3);
	dump(workers_jobs());
	assert_non_null(strstr(said, "APIC 101: exception 6 at image+abc; that CPU is left out\n"));
	assert_int_equal(stops, 1);
	assert_int_equal(wholes, PAGE_JOB_PAGES);	/* its job was done again, without what it may have died of */
	dump(workers_jobs());
	assert_int_equal(halves, PAGES);
	assert_int_equal(stops, 1);
}

static void test_workers_one_hangs(void **state)
{
	fate[0] = HANGS;
	assert_int_equal(open_pool(2, POOL_PAGES), 3);
	dump(workers_jobs());
	assert_non_null(strstr(said, "APIC 100 does not end its work; that CPU is left out\n"));
	assert_int_equal(stops, 1);
	assert_int_equal(wholes, PAGE_JOB_PAGES);
}

static void test_workers_all_are_lost(void **state)
{
	fate[0] = DIES;
	fate[1] = HANGS;
	fate[2] = DIES;
	assert_int_equal(open_pool(3, POOL_PAGES), 4);
	dump(workers_jobs());
	assert_int_equal(stops, 3);
	assert_int_equal(wholes, 3 * PAGE_JOB_PAGES);
}

/* One CPU: its page and work (3), two jobs (36), what must be left (10); another: 3, 36, its block (5), the way to start (2). */
static void test_workers_open_with_little_memory(void **state)
{
	assert_int_equal(open_pool(7, 2), 0);
	pool_used = 0;
	assert_int_equal(open_pool(7, 3 + 36 + 10 + 2 + 3 + 36 + 5 - 1), 1);
	assert_int_equal(workers_jobs(), LAYOUT_JOBS_PER_CPU);
	pool_used = 0;
	assert_int_equal(open_pool(7, 3 + 36 + 10 + 2 + 2 * (3 + 36 + 5)), 3);
	assert_int_equal(called, 2);
	assert_int_equal(workers_jobs(), 3 * LAYOUT_JOBS_PER_CPU);
	end_others();
	pool_used = 0;
	assert_int_equal(open_pool(7, 3 + 36 + 10 + 2 + 2 * (3 + 36 + 5) + 2 * 18 + 7), 3);
	assert_int_equal(workers_jobs(), 3 * LAYOUT_JOBS_PER_CPU + 2);
}

static void test_workers_open_with_a_limit(void **state)
{
	struct workers_plan plan = { .codec = NULL, .cpus_max = 2, .pages_per_job = PAGES_PER_JOB };

	startable = 5;
	pool_pages = POOL_PAGES;
	assert_int_equal(workers_open(&plan), 2);
	end_others();
	memset(cpus, 0, sizeof(cpus));
	called = pool_used = 0;
	plan.cpus_max = 1;
	assert_int_equal(workers_open(&plan), 1);
	assert_int_equal(called, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, reset, clean_up)
	const struct CMUnitTest tests[] = {
		TEST(test_workers_alone),
		TEST(test_workers_all_work),
		TEST(test_workers_some_never_come),
		TEST(test_workers_one_dies),
		TEST(test_workers_one_hangs),
		TEST(test_workers_all_are_lost),
		TEST(test_workers_open_with_little_memory),
		TEST(test_workers_open_with_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
