// SPDX-License-Identifier: GPL-2.0
#include "kdump-save/save.h"

#include <errno.h>
#include <stdlib.h>

#include "capture/kdump_dump.h"
#include "common/log.h"
#include "kdump-save/bar.h"
#include "kdump-save/workers.h"

static int run(struct kdump_dump *dump, struct bar *bar, u32 jobs)
{
	int err = kdump_dump_prepare(dump, jobs);

	if (err) {
		log_error("this machine has more memory than the KDUMP format has numbers for; -E writes an ELF core");
		return err;
	}
	err = kdump_dump_write(dump);
	bar_end(bar);
	return err;
}

int save_kdump(const struct save_options *options, struct source *source, struct save_filter *filter, const struct kdump_split *split,
	       struct out *out, struct save_result *ret)
{
	struct bar bar = bar_start(options->messages & MESSAGE_PROGRESS);
	u32 jobs = workers_jobs(options->threads);
	struct workers *workers = workers_start(options->threads, options->codec);
	struct kdump_dump dump = {
		.mem = &source->mem, .ram = &source->ram, .walk = filter->walk, .present = filter->present, .incomplete = source->incomplete,
		.level = filter->level | source->level,
		.map = filter->mapped ? &filter->map : NULL, .info = source->info,
		.notes = source->notes, .notes_bytes = source->notes_bytes, .cpus = source->cpus,
		.memory_changes = source->live && filter->walk, .split = split,
		.codec = options->codec ? options->codec->codec : NULL,
		.workers = workers ? workers_seam(workers) : NULL, .out = &out->seam,
		.observer = { bar_show, bar_bad_page, &bar },
		.buffer = aligned_alloc(PAGE_BYTES, kdump_dump_buffer_bytes(jobs)),
	};
	int err = -ENOMEM;

	if (workers && dump.buffer)
		err = run(&dump, &bar, jobs);
	else
		log_error("out of memory; a smaller --num-threads needs less");
	*ret = (struct save_result){ dump.pages_kept, dump.pages_zero, dump.pages_bad, dump.pages_left_out, out->end_bytes };
	free(dump.buffer);
	if (workers)
		workers_stop(workers);
	return err;
}
