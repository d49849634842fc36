// SPDX-License-Identifier: GPL-2.0
/* The dead kernel's tables may be damaged: what they don't tell for sure is dumped. */
#include "filtered.h"

#include "capture/dump_kdump.h"
#include "capture/kdump_format.h"
#include "codecs.h"
#include "console.h"
#include "layout.h"
#include "mem.h"
#include "workers.h"

static struct dump_kdump dk;
static enum { UNTRIED, READY, NO_MEMORY } memory;

#define PAGES(bytes) ((u32)(align_up(bytes, PAGE_BYTES) / PAGE_BYTES))

static const struct codec *find_codec(enum config_codec wanted)
{
	static const u32 flags[] = {
		[CODEC_AUTO] = KDUMP_LZO, [CODEC_LZO] = KDUMP_LZO, [CODEC_ZLIB] = KDUMP_ZLIB, [CODEC_ZSTD] = KDUMP_ZSTD,
	};
	const struct codec *codec = wanted == CODEC_NONE ? NULL : codecs_find(flags[wanted]);

	if (!codec && wanted != CODEC_NONE)
		console_printf("this image has not the codec that is asked for: pages are stored as they are\n");
	return codec;
}

/* spare_pages: of other targets, which are opened when this one fails. */
static bool take_memory(const struct config_dump *wanted, const struct dump *dump, u32 spare_pages)
{
	dk.level = wanted->level;
	dk.codec = find_codec(wanted->codec);
	dk.adaptive = wanted->codec == CODEC_AUTO;
	dk.range = mem_alloc_pages(PAGES(dump->layout.load_count * sizeof(*dk.range)));
	dk.filter_buffer = mem_alloc_pages(PAGES(DUMP_KDUMP_FILTER_BYTES));
	codecs_enable_cpu();
	if (!dk.range || !dk.filter_buffer || !workers_open(&(struct workers_plan){
			.codec = dk.codec, .cpus_max = wanted->cpus,
			.pages_left = PAGES(kdump_dump_buffer_bytes(0)) + spare_pages,
			.pages_per_job = PAGES(kdump_dump_buffer_bytes(1) - kdump_dump_buffer_bytes(0)) }))
		return false;
	dk.workers = workers_seam();
	/* What is left may be in pieces. */
	dk.job_count = workers_jobs();
	while (dk.job_count && !(dk.buffer = mem_alloc_pages(PAGES(kdump_dump_buffer_bytes(dk.job_count)))))
		dk.job_count--;
	return dk.buffer;
}

static bool fits_whole(const struct dump *dump)
{
	return dump->layout.file_bytes <= dump->target.header->payload_limit - TARGET_PAYLOAD_OFFSET;
}

bool filtered_prepare(const struct config *config, struct dump *dump)
{
	const struct config_dump *wanted = config->dump;
	const char *why;

	if (!wanted || (!wanted->level && wanted->codec == CODEC_NONE))
		return false;
	if (memory == UNTRIED)
		memory = take_memory(wanted, dump, (config->targets - 1) * PAGES(LAYOUT_DISK_BYTES)) ? READY : NO_MEMORY;
	if (memory == NO_MEMORY) {
		console_printf("the crash region is too small to filter or compress (%u pages free): all of memory is dumped\n",
			       mem_free_pages());
		return false;
	}
	why = dump_kdump_prepare(&dk, dump);
	if (why)
		console_printf("no page can be left out: %s%s%s; %s\n", why, dk.missing ? ": " : "", dk.missing ? dk.missing : "",
			       fits_whole(dump) ? "all of memory is dumped" : "all pages but those of zeroes are dumped, as far as they fit");
	else if (wanted->level & ~dk.kdump.level)
		console_printf("dump level %u, not %u: vmcoreinfo lacks %s\n", dk.kdump.level, wanted->level,
			       dk.missing ? dk.missing : "a key");
	return !why || !fits_whole(dump);
}

int filtered_write(void)
{
	const struct kdump_dump *kdump = &dk.kdump;
	int err = dump_kdump_write(&dk);

	console_printf("level %u: %llu pages dumped%s, %llu of zeroes, %llu compressed by %s\n", kdump->level, (unsigned long long)kdump->pages_kept,
		       err == -EFBIG ? " until the target was full" : "", (unsigned long long)kdump->pages_zero,
		       (unsigned long long)kdump->pages_compressed, kdump->codec ? kdump->codec->name : "no codec");
	return err;
}
