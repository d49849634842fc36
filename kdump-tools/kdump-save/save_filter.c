// SPDX-License-Identifier: GPL-2.0
#include "kdump-save/save.h"

#include <errno.h>
#include <stdlib.h>

#include "common/log.h"
#include "kdump-save/filter_pass.h"

/*
 * Up to 512 GiB of memory it is filtered once, and remembered which pages are kept.  More would
 * take more memory than a capture kernel may have: it is filtered again for each pass of the writer.
 */
#define KEPT_MAX_BYTES (16u << 20)

/* Why no struct page can be found; NULL when they can be. */
static const char *find_structs(struct save_filter *filter, const struct source *source, const char **ret_key)
{
	if (!source->info.bytes)
		return "there is no vmcoreinfo";
	*ret_key = "the kernel's page tables";
	switch (kernel_map_init(&filter->map, &source->mem, &source->info)) {
	case 0:
		break;
	case -ENOENT:
		return "vmcoreinfo lacks what leads to the kernel's page tables";
	default:
		return "the kernel's page tables can't be";
	}
	filter->mapped = true;
	if (mem_map_init(&filter->mem_map, &filter->map, &source->info, ret_key))
		return "vmcoreinfo lacks or has a wrong";
	*ret_key = NULL;
	return NULL;
}

static u64 end_of_ram_bytes(const struct source *source)
{
	return source->ram.range[source->ram.count - 1].end;
}

static int filter_once(struct save_filter *filter, const struct source *source, u32 threads)
{
	filter->kept = calloc(1, end_of_ram_bytes(source) / PAGE_BYTES / 8 + 1);
	if (!filter->kept)
		return -ENOMEM;
	filter->pages = filter->counted;
	filter->present = filter->kept;
	return filter_pass_run(source, &filter->filter, threads, filter->kept, filter->counted);
}

static int filter_as_it_goes(struct save_filter *filter)
{
	filter->buffer = malloc(PAGE_FILTER_BUFFER_BYTES(&filter->filter));
	if (!filter->buffer)
		return -ENOMEM;
	page_filter_walk_init(&filter->walk_state, &filter->filter, filter->buffer);
	filter->walk = &filter->walk_state;
	filter->pages = filter->walk->pages;
	return 0;
}

int save_filter_init(struct save_filter *filter, const struct source *source, unsigned level, u32 threads)
{
	const char *key = NULL, *why;

	*filter = (struct save_filter){ .level = level & LEVEL_ZERO, .present = source->present };
	why = find_structs(filter, source, &key);
	if (why && !(level & ~LEVEL_ZERO))
		return 0;
	if (why) {
		log_warning("%s: %s%s%s; every page is kept, but for pages of zeroes at -d 1", source->path, why,
			    key && filter->mapped ? " " : "", key && filter->mapped ? key : "");
		return 0;
	}
	/* At any level: there are pages that may not be read. */
	page_filter_init(&filter->filter, level, &filter->mem_map, &source->info);
	if (level & ~filter->filter.level)
		log_warning("%s: -d %u is used, not %u: vmcoreinfo lacks %s", source->path, filter->filter.level, level,
			    filter->filter.missing ? filter->filter.missing : "a key");
	filter->level = filter->filter.level;
	return end_of_ram_bytes(source) / PAGE_BYTES / 8 < KEPT_MAX_BYTES ? filter_once(filter, source, threads) : filter_as_it_goes(filter);
}

void save_filter_deinit(struct save_filter *filter)
{
	free(filter->kept);
	free(filter->buffer);
}
