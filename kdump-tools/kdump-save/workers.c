// SPDX-License-Identifier: GPL-2.0
#include "kdump-save/workers.h"

#include <pthread.h>
#include <stdlib.h>

#include "kdump-save/source.h"

#define JOBS_PER_THREAD 16u
#define WORTH_WAKING 4u		/* jobs: to sleep and wake for each of them takes longer than some take */

enum job_state { JOB_WAITS, JOB_RUNS, JOB_DONE };

/* Of a job that was started and not yet finished. */
struct slot {
	struct page_job *job;
	enum job_state state;
};

struct worker {
	struct workers *workers;
	pthread_t thread;
	u8 *page;
	void *work;
	bool ready;		/* page and work are there */
	bool running;		/* the thread is */
};

struct workers {
	struct page_workers seam;	/* first */
	const struct page_codec *codec;
	pthread_mutex_t lock;	/* of all below */
	pthread_cond_t more, done;
	bool stop;
	/* Started in order and finished in order: a ring.  Those before `next` are taken. */
	struct slot *slot;
	u64 slots, first, next, end;
	u32 count;
	struct worker worker[];	/* [0]: the caller's thread */
};

u32 workers_jobs(u32 threads)
{
	return threads == 1 ? 1 : threads * JOBS_PER_THREAD;
}

static struct slot *slot_at(struct workers *workers, u64 number)
{
	return &workers->slot[number % workers->slots];
}

/* With the lock held, which it gives up while it works. */
static void run_next(struct workers *workers, struct worker *worker)
{
	struct slot *slot = slot_at(workers, workers->next++);

	slot->state = JOB_RUNS;
	pthread_mutex_unlock(&workers->lock);
	page_job_run(slot->job, worker->page, worker->work);
	pthread_mutex_lock(&workers->lock);
	slot->state = JOB_DONE;
	if (worker != &workers->worker[0])
		pthread_cond_signal(&workers->done);
}

static void *thread_main(void *arg)
{
	struct worker *worker = arg;
	struct workers *workers = worker->workers;

	pthread_mutex_lock(&workers->lock);
	while (!workers->stop) {
		if (workers->next < workers->end)
			run_next(workers, worker);
		else
			pthread_cond_wait(&workers->more, &workers->lock);
	}
	pthread_mutex_unlock(&workers->lock);
	source_end_thread();
	return NULL;
}

static void start_job(struct page_workers *seam, struct page_job *job)
{
	struct workers *workers = (struct workers *)seam;

	pthread_mutex_lock(&workers->lock);
	*slot_at(workers, workers->end++) = (struct slot){ job, JOB_WAITS };
	/* What nobody is woken for, finish_job() does. */
	if (workers->end - workers->next >= WORTH_WAKING)
		pthread_cond_signal(&workers->more);
	pthread_mutex_unlock(&workers->lock);
}

static void finish_job(struct page_workers *seam, struct page_job *job)
{
	struct workers *workers = (struct workers *)seam;

	pthread_mutex_lock(&workers->lock);
	while (slot_at(workers, workers->first)->state != JOB_DONE) {
		if (workers->next < workers->end)
			run_next(workers, &workers->worker[0]);
		else
			pthread_cond_wait(&workers->done, &workers->lock);
	}
	workers->first++;
	pthread_mutex_unlock(&workers->lock);
}

static int prepare(struct workers *workers, struct worker *worker)
{
	const struct page_codec *codec = workers->codec;

	worker->workers = workers;
	worker->page = aligned_alloc(PAGE_BYTES, PAGE_BYTES);
	if (codec)
		worker->work = aligned_alloc(64, align_up(codec->codec->work_bytes, 64));
	if (!worker->page || (codec && (!worker->work || codec->codec->init(worker->work)))) {
		free(worker->page);
		free(worker->work);
		return -ENOMEM;
	}
	worker->ready = true;
	return 0;
}

struct workers *workers_start(u32 threads, const struct page_codec *codec)
{
	struct workers *workers = calloc(1, sizeof(*workers) + threads * sizeof(struct worker));

	if (!workers)
		return NULL;
	workers->seam = (struct page_workers){ start_job, finish_job };
	workers->codec = codec;
	workers->slots = workers_jobs(threads);
	workers->slot = calloc(workers->slots, sizeof(struct slot));
	workers->count = threads;
	pthread_mutex_init(&workers->lock, NULL);
	pthread_cond_init(&workers->more, NULL);
	pthread_cond_init(&workers->done, NULL);
	if (!workers->slot || prepare(workers, &workers->worker[0])) {
		workers_stop(workers);
		return NULL;
	}
	for (u32 i = 1; i < threads; i++) {
		struct worker *worker = &workers->worker[i];

		if (prepare(workers, worker))
			break;
		worker->running = !pthread_create(&worker->thread, NULL, thread_main, worker);
	}
	return workers;
}

void workers_stop(struct workers *workers)
{
	pthread_mutex_lock(&workers->lock);
	workers->stop = true;
	pthread_cond_broadcast(&workers->more);
	pthread_mutex_unlock(&workers->lock);
	for (u32 i = 0; i < workers->count; i++) {
		struct worker *worker = &workers->worker[i];

		if (worker->running)
			pthread_join(worker->thread, NULL);
		if (!worker->ready)
			continue;
		if (workers->codec && workers->codec->codec->release)
			workers->codec->codec->release(worker->work);
		free(worker->page);
		free(worker->work);
	}
	pthread_mutex_destroy(&workers->lock);
	pthread_cond_destroy(&workers->more);
	pthread_cond_destroy(&workers->done);
	free(workers->slot);
	free(workers);
}

struct page_workers *workers_seam(struct workers *workers)
{
	return &workers->seam;
}
