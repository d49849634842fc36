// SPDX-License-Identifier: GPL-2.0
#include "kdump-save/filter_pass.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "capture/page_cursor.h"

#define SLICE_BYTES (256ull << 20)	/* no block of free pages lies in two of them */

struct pass {
	const struct source *source;
	const struct page_filter *filter;
	u8 *kept;
	pthread_mutex_t lock;	/* of all below */
	u64 next_pa;
	u64 pages[PAGE_KINDS];
};

/* What a thread works with. */
struct tools {
	struct page_filter_walk walk;
	u8 *buffer;
	struct memrange *range;	/* as many as source->ram has */
};

static int prepare(struct tools *tools, const struct pass *pass)
{
	tools->buffer = malloc(PAGE_FILTER_BUFFER_BYTES(pass->filter));
	tools->range = calloc(pass->source->ram.count, sizeof(*tools->range));
	return tools->buffer && tools->range ? 0 : -ENOMEM;
}

static void release(struct tools *tools)
{
	free(tools->buffer);
	free(tools->range);
}

static u64 end_of(const struct memrange_set *ram)
{
	return ram->range[ram->count - 1].end;
}

static bool take_slice(struct pass *pass, u64 *ret_pa)
{
	bool more;

	pthread_mutex_lock(&pass->lock);
	*ret_pa = pass->next_pa;
	more = pass->next_pa < end_of(&pass->source->ram);
	pass->next_pa += more ? SLICE_BYTES : 0;
	pthread_mutex_unlock(&pass->lock);
	return more;
}

static void run_slice(struct pass *pass, struct tools *tools, u64 pa)
{
	struct memrange_set ram = { .range = tools->range, .count = pass->source->ram.count, .capacity = pass->source->ram.count };
	struct page_cursor cursor;
	u64 pfn;

	memcpy(ram.range, pass->source->ram.range, ram.count * sizeof(*ram.range));
	memrange_subtract(&ram, 0, pa);		/* at the ends nothing is split, so there is room */
	memrange_subtract(&ram, pa + SLICE_BYTES, ~0ull);
	page_filter_walk_init(&tools->walk, pass->filter, tools->buffer);
	page_cursor_init(&cursor, &ram, &tools->walk, pass->source->present);
	/* Slices are whole bytes of the map. */
	while (page_cursor_next(&cursor, &pfn))
		pass->kept[pfn / 8] |= (u8)(1u << (pfn % 8));
	pthread_mutex_lock(&pass->lock);
	for (int kind = 0; kind < PAGE_KINDS; kind++)
		pass->pages[kind] += tools->walk.pages[kind];
	pthread_mutex_unlock(&pass->lock);
}

static int run_slices(struct pass *pass)
{
	struct tools tools;
	int err = prepare(&tools, pass);
	u64 pa;

	while (!err && take_slice(pass, &pa))
		run_slice(pass, &tools, pa);
	release(&tools);
	return err;
}

static void *thread_main(void *arg)
{
	run_slices(arg);	/* without memory, the others do its share */
	source_end_thread();
	return NULL;
}

int filter_pass_run(const struct source *source, const struct page_filter *filter, u32 threads, u8 *ret_kept, u64 ret_pages[PAGE_KINDS])
{
	struct pass pass = { .source = source, .filter = filter, .kept = ret_kept, .lock = PTHREAD_MUTEX_INITIALIZER };
	u64 slices = end_of(&source->ram) / SLICE_BYTES + 1;
	u32 helpers = (u32)min_u64(threads, slices) - 1, started = 0;
	pthread_t *helper = calloc(helpers + 1, sizeof(*helper));
	int err;

	while (helper && started < helpers && !pthread_create(&helper[started], NULL, thread_main, &pass))
		started++;
	err = run_slices(&pass);
	for (u32 i = 0; i < started; i++)
		pthread_join(helper[i], NULL);
	free(helper);
	if (!err)
		memcpy(ret_pages, pass.pages, sizeof(pass.pages));
	return err;
}
