// SPDX-License-Identifier: GPL-2.0
/*
 * Mappings of old memory, large and kept between reads: to map a page costs more than to copy
 * it.  A window is a block whose size is a power of two and which is aligned to it, so that the
 * architecture can map it by large pages: a large one costs no more than a small one, neither
 * time nor page tables, and a reader that jumps about finds nearly everything mapped.
 */
#include "vmcore.h"

#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/sizes.h>

/*
 * Blocks.  A 32-bit kernel has little room to map.  KASAN takes memory for an eighth of what is
 * mapped, and gives it back late: more than a capture kernel has.
 */
#define MAX_BLOCK_BYTES (IS_ENABLED(CONFIG_KASAN_VMALLOC) ? SZ_64K : IS_ENABLED(CONFIG_64BIT) ? SZ_1G : SZ_4M)
#define MIN_BLOCK_BYTES min(SZ_2M, MAX_BLOCK_BYTES)
#define WINDOWS 16	/* readers at a time, and blocks that a segment falls into */

struct oldmem_window {
	struct oldmem_range range;
	void *addr;			/* NULL: free */
	unsigned int users;
	unsigned long generation;	/* of the callbacks that called it RAM */
	u64 used_at;			/* in uses of any window */
};

static DEFINE_MUTEX(lock);		/* over both below; not held while somebody copies */
static struct oldmem_window windows[WINDOWS];
static u64 uses;

void * __weak map_oldmem_run(u64 pa, size_t bytes)
{
	return NULL;
}

static struct oldmem_window *find_window(u64 pa)
{
	struct oldmem_window *window;

	for (window = windows; window < windows + WINDOWS; window++)
		if (window->addr && pa >= window->range.start && pa < window->range.end &&
		    window->generation == vmcore_callbacks_generation())
			return window;
	return NULL;
}

static void unmap_window(struct oldmem_window *window)
{
	if (window->addr)
		memunmap(window->addr);
	window->addr = NULL;
}

/* A free window: unmapped, or the one that was not used for the longest time; NULL: all in use. */
static struct oldmem_window *reclaim_window(void)
{
	struct oldmem_window *window, *oldest = NULL;

	for (window = windows; window < windows + WINDOWS; window++)
		if (!window->users && (!oldest || !window->addr ||
				       (oldest->addr && window->used_at < oldest->used_at)))
			oldest = window;
	if (oldest)
		unmap_window(oldest);
	return oldest;
}

/* The largest block around pa that lies within, or what lies within of the smallest. */
static struct oldmem_range choose_block(struct oldmem_range within, u64 pa)
{
	struct oldmem_range block;
	u64 bytes;

	for (bytes = MAX_BLOCK_BYTES; bytes >= MIN_BLOCK_BYTES; bytes /= 2) {
		block.start = round_down(pa, bytes);
		block.end = block.start + bytes;
		if (block.start >= within.start && block.end <= within.end)
			return block;
	}
	block.start = max(block.start, within.start);
	block.end = min(block.end, within.end);
	return block;
}

/* From pa's page on, only pages that the callbacks have been asked about. */
static struct oldmem_range choose_ram(struct oldmem_range within, u64 pa)
{
	struct oldmem_range run = {
		.start = round_down(pa, PAGE_SIZE),
		.end = min_t(u64, round_down(pa, MIN_BLOCK_BYTES) + MIN_BLOCK_BYTES, within.end),
	};

	run.end = vmcore_callbacks_ram_end(run);
	return run;
}

static struct oldmem_window *make_window(struct oldmem_range within, u64 pa)
{
	unsigned long generation = vmcore_callbacks_generation();
	struct oldmem_range range = vmcore_callbacks_exist() ? choose_ram(within, pa) : choose_block(within, pa);
	struct oldmem_window *window;

	if (pa >= range.end)
		return NULL;
	window = reclaim_window();
	if (!window)
		return NULL;
	window->addr = map_oldmem_run(range.start, range.end - range.start);
	window->range = range;
	window->generation = generation;
	return window->addr ? window : NULL;
}

struct oldmem_window *vmcore_window_get(struct oldmem_range within, u64 pa)
{
	struct oldmem_window *window;

	mutex_lock(&lock);
	window = find_window(pa);
	if (!window)
		window = make_window(within, pa);
	if (window) {
		window->users++;
		window->used_at = ++uses;
	}
	mutex_unlock(&lock);
	return window;
}

void vmcore_window_put(struct oldmem_window *window)
{
	mutex_lock(&lock);
	window->users--;
	mutex_unlock(&lock);
}

const void *vmcore_window_at(const struct oldmem_window *window, u64 pa, size_t *ret_bytes)
{
	*ret_bytes = window->range.end - pa;
	return window->addr + (pa - window->range.start);
}

void vmcore_window_drop(void)
{
	struct oldmem_window *window;

	mutex_lock(&lock);
	for (window = windows; window < windows + WINDOWS; window++)
		if (!window->users)
			unmap_window(window);
	mutex_unlock(&lock);
}
