// SPDX-License-Identifier: GPL-2.0
/*
 * A job is in a slot from start to finish.  Who changes a slot's state from WAITS has the job, on
 * any CPU; everything else belongs to the coordinator.  What another CPU does not bring to an end,
 * the coordinator does once more, after the CPU was stopped.
 */
#include "workers.h"

#include "capture/oldmem.h"
#include "codecs.h"
#include "console.h"
#include "io.h"
#include "layout.h"
#include "mem.h"
#include "smp.h"
#include "watchdog.h"

#define MORE_JOBS_PER_CPU 4u	/* when there is memory: while the coordinator waits for a disk it starts none */
#define MAX_JOBS (CONFIG_MAX_CPUS * MORE_JOBS_PER_CPU)
#define OVERDUE_US 5000000	/* a job takes milliseconds */
#define SPINS 256u		/* between two looks at the clock */

/* Of a slot.  From JOB_TAKEN on: by which worker. */
enum job_state { JOB_NONE, JOB_WAITS, JOB_DONE, JOB_TAKEN };

struct slot {
	u32 state;
	struct page_job *job;
};

struct worker {
	u8 *page;
	void *work;
};

static struct workers {
	struct page_workers seam;
	struct slot slot[MAX_JOBS];	/* a ring: started in order, finished in order */
	u32 jobs;
	u64 started, finished;	/* others read finished: where to look first */
	struct worker worker[CONFIG_MAX_CPUS];	/* [0]: the coordinator; [n + 1]: smp_cpu(n) */
} workers;

/* --- on any CPU --------------------------------------------------------------------------- */

static void run_job(struct slot *slot, const struct worker *worker)
{
	page_job_run(slot->job, worker->page, worker->work);
	__atomic_store_n(&slot->state, JOB_DONE, __ATOMIC_RELEASE);
}

/* The first job that waits, in their order; false: none does. */
static bool run_next(u32 number)
{
	u64 first = __atomic_load_n(&workers.finished, __ATOMIC_RELAXED);

	for (u32 i = 0; i < workers.jobs; i++) {
		struct slot *slot = &workers.slot[(first + i) % workers.jobs];
		u32 expected = JOB_WAITS;

		if (!__atomic_compare_exchange_n(&slot->state, &expected, JOB_TAKEN + number, false, __ATOMIC_ACQUIRE,
						 __ATOMIC_RELAXED))
			continue;
		run_job(slot, &workers.worker[number]);
		return true;
	}
	return false;
}

static void work_for_ever(u32 number)
{
	codecs_enable_cpu();
	for (;;)
		if (!run_next(number + 1))
			cpu_wait();
}

/* --- on the coordinator ------------------------------------------------------------------- */

static void start_job(struct page_workers *seam, struct page_job *job)
{
	struct slot *slot = &workers.slot[workers.started++ % workers.jobs];

	slot->job = job;
	__atomic_store_n(&slot->state, JOB_WAITS, __ATOMIC_RELEASE);
}

static bool is_done(const struct slot *slot)
{
	return __atomic_load_n(&slot->state, __ATOMIC_ACQUIRE) == JOB_DONE;
}

/* A while without asking the clock, which costs more than a look at memory. */
static bool wait_a_while(const struct slot *slot)
{
	for (u32 i = 0; i < SPINS && !is_done(slot); i++)
		cpu_wait();
	return is_done(slot);
}

/*
 * Another CPU has the job.  False: it will not end it.  An exception is seen at once, and a CPU
 * that was stopped for another job has not begun this one.
 */
static bool wait_for(const struct slot *slot, const struct smp_cpu *cpu)
{
	u64 since = env_clock_us();

	while (!wait_a_while(slot)) {
		if (__atomic_load_n(&cpu->state, __ATOMIC_ACQUIRE) != SMP_RUNS || env_clock_us() - since > OVERDUE_US)
			return false;
		watchdog_kick();
	}
	return true;
}

/* Without the codec: it may be what the CPU has died of. */
static void do_again(struct slot *slot)
{
	const struct codec *codec = slot->job->codec;

	slot->job->codec = NULL;
	run_job(slot, &workers.worker[0]);
	slot->job->codec = codec;
}

static void take_back(struct slot *slot, struct smp_cpu *cpu)
{
	if (cpu->state == SMP_DEAD)
		console_printf("APIC %u: exception %llu at image+%llx; that CPU is left out\n", cpu->apic_id,
			       (unsigned long long)cpu->vector, (unsigned long long)cpu->rip);
	else if (cpu->state == SMP_RUNS)
		console_printf("APIC %u does not end its work; that CPU is left out\n", cpu->apic_id);
	if (cpu->state != SMP_STOPPED)
		smp_stop(cpu);
	if (!is_done(slot))	/* it may have been, just before it was stopped */
		do_again(slot);
}

static void finish_job(struct page_workers *seam, struct page_job *job)
{
	struct slot *slot = &workers.slot[workers.finished % workers.jobs];

	while (!is_done(slot)) {
		u32 state = __atomic_load_n(&slot->state, __ATOMIC_RELAXED);

		if (!run_next(0) && state >= JOB_TAKEN && !wait_for(slot, smp_cpu(state - JOB_TAKEN - 1)))
			take_back(slot, smp_cpu(state - JOB_TAKEN - 1));
	}
	__atomic_store_n(&workers.finished, workers.finished + 1, __ATOMIC_RELAXED);
}

static bool make_worker(struct worker *worker, const struct codec *codec)
{
	worker->page = mem_alloc_pages(1);
	if (!worker->page || !codec)
		return worker->page;
	worker->work = mem_alloc_pages((u32)(align_up(codec->work_bytes, PAGE_BYTES) / PAGE_BYTES));
	return worker->work && !codec->init(worker->work);
}

/* What smp_start() takes. */
static u32 cpu_pages(u32 cpus)
{
	return (LAYOUT_CPU_START_BYTES + cpus * LAYOUT_CPU_BYTES) / PAGE_BYTES;
}

/* Of other CPUs, when each takes so many pages. */
static u32 affordable(const struct workers_plan *plan, u32 pages)
{
	u32 most = min_u64(smp_startable(), (plan->cpus_max ? min_u64(plan->cpus_max, CONFIG_MAX_CPUS) : CONFIG_MAX_CPUS) - 1);
	u32 jobs = LAYOUT_JOBS_PER_CPU * plan->pages_per_job, free = mem_free_pages(), others = 0;

	while (others < most && plan->pages_left + jobs + (others + 1) * (pages + jobs) + cpu_pages(others + 1) <= free)
		others++;
	return others;
}

static u32 count_jobs(const struct workers_plan *plan, u32 cpus)
{
	u32 least = cpus * LAYOUT_JOBS_PER_CPU, taken = plan->pages_left + (cpus > 1 ? cpu_pages(cpus - 1) : 0);
	u32 free = mem_free_pages(), room = free > taken && plan->pages_per_job ? (free - taken) / plan->pages_per_job : 0;

	if (cpus == 1 || room < least)
		return least;
	return (u32)min_u64(room, cpus * MORE_JOBS_PER_CPU);
}

u32 workers_open(const struct workers_plan *plan)
{
	u32 free = mem_free_pages(), others, ready = 0, came;

	workers.seam = (struct page_workers){ start_job, finish_job };
	if (!make_worker(&workers.worker[0], plan->codec))
		return 0;
	others = affordable(plan, free - mem_free_pages());
	while (ready < others && make_worker(&workers.worker[ready + 1], plan->codec))
		ready++;
	workers.jobs = count_jobs(plan, 1 + ready);
	came = ready ? smp_start(ready, work_for_ever) : 0;
	console_printf("CPUs that compress: %u\n", came + 1);
	return came + 1;
}

u32 workers_jobs(void)
{
	return workers.jobs;
}

struct page_workers *workers_seam(void)
{
	return &workers.seam;
}
