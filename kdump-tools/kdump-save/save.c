// SPDX-License-Identifier: GPL-2.0
#include "kdump-save/save.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "capture/printk_ring.h"
#include "common/log.h"
#include "kdump-save/bar.h"
#include "kdump-save/source_kdump.h"

static void report(FILE *to, const struct save_filter *filter, const struct save_result *result)
{
	static const char *const names[PAGE_KINDS] = {
		[PAGE_KEPT] = "in use, kept", [PAGE_UNKNOWN] = "of unknown kind, kept", [PAGE_CACHE] = "page cache",
		[PAGE_CACHE_PRIVATE] = "page cache with private data", [PAGE_USER] = "of processes", [PAGE_FREE] = "free",
		[PAGE_FREE_PER_CPU] = "free, in a CPU's list", [PAGE_HWPOISON] = "broken", [PAGE_OFFLINE] = "given away (balloon, unplugged)",
	};

	for (int kind = 0; filter->pages && kind < PAGE_KINDS; kind++)
		fprintf(to, "%12llu pages %s\n", (unsigned long long)filter->pages[kind], names[kind]);
	fprintf(to, "%12llu pages in the dump, %llu of them zeroes, %llu that can't be read\n%12llu bytes\n",
		(unsigned long long)result->pages_kept, (unsigned long long)result->pages_zero, (unsigned long long)result->pages_bad,
		(unsigned long long)result->file_bytes);
}

static void say_failed(const struct save_options *options, const struct out *out, int err)
{
	const char *name = out->kind == OUT_FILE ? options->output : "standard output";

	if (err == -ENOMEM || err == -EOVERFLOW)
		return;		/* said */
	if (err == -EFBIG && out->limit_bytes)
		log_error("%s: stopped at the limit of %llu bytes (-L); the dump is incomplete", name, (unsigned long long)out->limit_bytes);
	else
		log_error("cannot write to %s: %s; the dump is incomplete%s", name, strerror(-err),
			  err == -ENOSPC ? ", make room, or leave more out (-d)" : "");
}

int save_file(const struct save_options *options, struct source *source, struct save_filter *filter, const struct kdump_split *split)
{
	enum out_kind kind = options->dry_run ? OUT_NOWHERE : options->flattened ? OUT_FLATTENED : OUT_FILE;
	FILE *said = options->flattened ? stderr : stdout;
	struct save_result result;
	struct out out;
	int err = out_open(&out, kind, options->output, options->force, options->limit_bytes);

	if (err)
		return err;
	err = options->elf ? save_elf(options, source, filter, &out, &result) : save_kdump(options, source, filter, split, &out, &result);
	if (err)
		out_abandon(&out);
	else
		err = out_close(&out);
	if (err) {
		say_failed(options, &out, err);
		return err;
	}
	if (result.pages_left_out)
		log_warning("memory changed: %llu pages that came up late are left out; the dump says incomplete",
			    (unsigned long long)result.pages_left_out);
	if (result.pages_bad > BAR_BAD_SHOWN)
		log_warning("%llu pages can't be read in all", (unsigned long long)result.pages_bad);
	if (options->messages & MESSAGE_REPORT)
		report(said, filter, &result);
	if (options->messages & MESSAGE_COMMON)
		fprintf(said, "%s: %llu pages, %llu bytes\n", options->dry_run ? "would be written" : options->flattened ? "written" : options->output,
			(unsigned long long)result.pages_kept, (unsigned long long)result.file_bytes);
	return 0;
}

static int filter_and_write(const struct save_options *options, struct source *source)
{
	struct save_filter filter;
	int err = save_filter_init(&filter, source, options->level, options->threads);

	if (err)
		log_error("out of memory");
	else if (options->action == SAVE_OPTIONS_SPLIT)
		err = save_split(options, source, &filter);
	else
		err = save_file(options, source, &filter, NULL);
	save_filter_deinit(&filter);
	return err;
}

int save_run(const struct save_options *options)
{
	struct source source;
	int err = source_open(&source, options->input, options->windows);

	if (err)
		return err;
	err = filter_and_write(options, &source);
	source_close(&source);
	return err;
}

int save_reassemble(const struct save_options *options)
{
	struct save_options whole = *options;
	struct source source;
	int err = source_open_split(&source, options->files, options->file_count);

	if (err)
		return err;
	err = source_kdump_codec(&source, &whole.codec);
	if (err)
		log_error("%s: this kdump-save was built without its compression", source.path);
	else
		err = filter_and_write(&whole, &source);
	source_close(&source);
	return err;
}

/* --- the log ------------------------------------------------------------------------------- */

static int emit(void *context, const char *text, u32 bytes)
{
	return fwrite(text, 1, bytes, context) == bytes ? 0 : -errno;
}

static int write_log(const struct source *source, const char *path, FILE *to)
{
	struct printk_ring ring;
	int err = printk_ring_open(&ring, &source->core, &source->mem, &source->info);

	if (err) {
		log_error("%s: cannot find the kernel's log: %s", source->path,
			  err == -ENOENT ? "vmcoreinfo does not lead to it (a kernel before 5.10, or no vmcoreinfo)" : strerror(-err));
		return err;
	}
	err = printk_ring_print(&ring, emit, to);
	if (fflush(to) && !err)
		err = -errno;
	if (err)
		log_error("cannot write the log to %s: %s", path, strerror(-err));
	return err;
}

int save_dmesg(const struct save_options *options)
{
	struct source source;
	struct out out;
	FILE *to;
	int err = source_open(&source, options->input, false);

	if (err)
		return err;
	err = out_open(&out, OUT_FILE, options->output, options->force, 0);
	if (!err) {
		to = fdopen(out.fd, "w");
		err = to ? write_log(&source, options->output, to) : -ENOMEM;
		if (to)
			fclose(to);
	}
	source_close(&source);
	return err;
}
