// SPDX-License-Identifier: GPL-2.0
/*
 * The dump kernel from entry to reset.  One CPU (others may compress, workers.c), interrupts
 * off, nothing waits without a bound; whatever can't be done ends in fail(), which says why and resets.
 */
#include "capture/dump.h"
#include "chain.h"
#include "clock.h"
#include "console.h"
#include "disks.h"
#include "fail.h"
#include "filtered.h"
#include "handover.h"
#include "image.h"
#include "layout.h"
#include "mem.h"
#include "reset.h"
#include "smp.h"
#include "trap.h"
#include "watchdog.h"

#define MAX_IN_FLIGHT 32
#define TEXT_PAGES 8
#define LISTED_BAD_PAGES 32

void dump_main(u64 boot_params_pa);

static struct handover handover;
static struct config config;
static struct dump dump;
static struct dump_request requests[MAX_IN_FLIGHT];
static u64 progress_start_us;	/* of the present target; 0: not begun */

static void check(enum dump_error error)
{
	if (error)
		fail(error);
}

static void *allocate(u64 bytes)
{
	void *pages = mem_alloc_pages((u32)(align_up(bytes, PAGE_BYTES) / PAGE_BYTES));

	if (!pages)
		fail(DUMP_NO_MEMORY);
	return pages;
}

static int read_old_memory(const struct oldmem *mem, u64 pa, void *buf, size_t bytes)
{
	if (!elfcore_is_ram(&dump.core, pa, bytes))
		return -EFAULT;
	return copy_from_old(buf, (const void *)pa, bytes) ? -EIO : 0;
}

static void show_progress(void *context, u64 done, u64 total)
{
	static u64 last_us;
	u64 now = env_clock_us(), elapsed_ms, rate;

	watchdog_kick();
	if (!progress_start_us)
		progress_start_us = last_us = now;
	if (now - last_us < 1000000 && done < total)
		return;
	last_us = now;
	elapsed_ms = (now - progress_start_us) / 1000 + 1;
	rate = done / elapsed_ms;	/* bytes per millisecond */
	console_print_transient("%3u%%  %u MB/s  %u s left\n", (u32)(done * 100 / total), (u32)(rate / 1000),
				rate ? (u32)((total - done) / rate / 1000) : 0);
}

static void show_bad_page(void *context, u64 pa)
{
	if (dump.pages_bad <= LISTED_BAD_PAGES)
		console_printf("page %llx can't be read: pattern %x in its place\n", (unsigned long long)pa,
			       OLDMEM_BAD_PATTERN);
	else if (dump.pages_bad == LISTED_BAD_PAGES + 1)
		console_printf("more pages can't be read; only counted from here on\n");
}

static void open_handover(u64 boot_params_pa)
{
	enum dump_error error = handover_open(&handover, boot_params_pa);

	console_init(handover.cmdline ? handover.cmdline : "", error ? NULL : &handover.boot_params->screen_info);
	check(error);
	mem_init(handover.free);
	smp_init(handover.boot_params);
	chain_prepare(&config);
	check(handover_check_sums(&handover));
	check(handover_open_config(&handover, &config));
	clock_init(config.clock);
	reset_init(config.reset);
	fail_init(config.policy);
	if (config.kick_count && watchdog_init(config.kicks, config.kick_count))
		console_printf("the hardware watchdog can't be kicked\n");
	watchdog_kick();
}

static void open_old_memory(void)
{
	static struct oldmem mem;	/* direct is 0: identity mapping */

	mem.read = read_old_memory;
	dump.mem = &mem;
	check(handover_open_core(&handover, &dump.core));
}

static u64 target_bytes(const struct config_target *target)
{
	return target->block_count * target->block_bytes;
}

/* Memory and layout, which do for whatever target it will be. */
static void prepare_dump(void)
{
	u64 layout_bytes = elf_layout_buffer_bytes(&dump.core), chunk_bytes = 0, piece_bytes = 0;

	for (u32 i = 0; i < config.targets; i++) {
		u64 bytes = target_bytes(config.target[i]);

		if (target_map_bytes(bytes) > chunk_bytes)
			chunk_bytes = target_map_bytes(bytes);
		if (config.extents[i] && target_piece_map_bytes(bytes) > piece_bytes)
			piece_bytes = target_piece_map_bytes(bytes);
	}
	dump.target.header = allocate(sizeof(*dump.target.header));
	dump.target.stamp = allocate(sizeof(*dump.target.stamp));
	dump.target.chunk_matched = allocate(chunk_bytes);
	if (piece_bytes) {
		dump.target.piece_matched = allocate(piece_bytes);
		dump.target.seals = allocate(LAYOUT_SEALS_BYTES);
		dump.target.seals_bytes = LAYOUT_SEALS_BYTES;
	}
	dump.request = requests;
	dump.bounce = allocate(PAGE_BYTES);
	dump.text = allocate(TEXT_PAGES * PAGE_BYTES);
	dump.text_bytes = TEXT_PAGES * PAGE_BYTES;
	dump.observer.progress = show_progress;
	dump.observer.bad_page = show_bad_page;
	if (elf_layout_init(&dump.layout, &dump.core, dump.mem, allocate(layout_bytes), layout_bytes))
		fail(DUMP_BAD_ELFCOREHDR);
}

/* What the dead kernel says of its last moments; most kernels say nothing. */
static void show_phase_log(void)
{
	struct phase_log log = dump_phase_log(&dump.layout);
	char summary[PHASE_LOG_SUMMARY_BYTES];

	phase_log_summarize(&log, summary, sizeof(summary));
	if (summary[0])
		console_printf("the kernel's phase log: %s\n", summary);
}

/* One that we were armed for, or the reason why nothing will be written to it. */
static enum dump_error open_target(u32 i)
{
	const struct config_target *target = config.target[i];
	enum dump_error error = disks_open(target, &dump.target.disk);
	u64 bytes = target_bytes(target);
	u32 depth;

	if (error)
		return error;
	depth = dump.target.disk->queue_depth;
	dump.request_count = depth < MAX_IN_FLIGHT ? depth : MAX_IN_FLIGHT;
	dump.target.extent = config.extent[i];
	dump.target.extents = config.extents[i];
	memset(dump.target.chunk_matched, 0, target_map_bytes(bytes));
	if (dump.target.extents)
		memset(dump.target.piece_matched, 0, target_piece_map_bytes(bytes));
	if (target_open(&dump.target, target->start_block * target->block_bytes, bytes, target->uuid,
			target->generation))
		return dump.target.error;
	fail_keep_in(&dump);
	console_printf("target %s: %llu MiB, header and stamps match\n", target->name,
		       (unsigned long long)(dump.target.header->size_bytes >> 20));
	return DUMP_OK;
}

static enum dump_error write_dump(void)
{
	struct target_header *header = dump.target.header;
	const char *log;
	u32 log_bytes;
	u64 ms;

	progress_start_us = 0;
	if (dump_stage1(&dump))
		return dump.target.error;
	console_printf("stage 1: %u bytes of log and registers on disk after %u ms\n", header->stage1_used,
		       header->stage1_ms);
	show_phase_log();
	console_open_screen();
	if (filtered_prepare(&config, &dump) ? filtered_write() : dump_memory(&dump))
		return dump.target.error;
	ms = (env_clock_us() - dump.entry_us) / 1000 + 1;
	console_printf("vmcore: %llu bytes in %u.%03u s, %u MB/s, %llu pages bounced, %llu bad\n",
		       (unsigned long long)dump.payload_bytes, (u32)(ms / 1000), (u32)(ms % 1000),
		       (u32)(dump.payload_bytes / ms / 1000), (unsigned long long)dump.pages_bounced,
		       (unsigned long long)dump.pages_bad);
	log = console_log(&log_bytes);
	return dump_finish(&dump, DUMP_OK, "", log, log_bytes) ? dump.target.error : DUMP_OK;
}

/* The targets in their order, each from the beginning, until one has taken the whole dump. */
static void dump_to_first(void)
{
	if (!config.targets)
		fail(DUMP_NO_CONFIG);
	for (u32 i = 0; i < config.targets; i++) {
		enum dump_error error = open_target(i);

		if (!error)
			error = write_dump();
		if (!error) {
			fail_keep_in(NULL);
			dump.target.disk->close(dump.target.disk);
			return;
		}
		console_printf("target %s fails\n", config.target[i]->name);
		fail_report(error);
	}
	fail_end();
}

void dump_main(u64 boot_params_pa)
{
	enum config_action action;

	trap_init();
	if (image_check())
		fail(DUMP_BAD_IMAGE_CRC);
	image_relocate();
	dump.entry_us = env_clock_us();
	open_handover(boot_params_pa);
	dump.entry_us = env_clock_us();
	console_printf("Lifeboat " VERSION ": dump kernel at %llx, %u pages free\n", (unsigned long long)_image,
		       mem_free_pages());
	open_old_memory();
	smp_stop_others(config.cpus, &dump.core, dump.mem);
	check(disks_stop(&config));
	prepare_dump();
	dump_to_first();
	action = config.policy ? config.policy->final_action : ACTION_REBOOT;
	console_printf("dump complete, %s\n", action == ACTION_HALT ? "halted" :
		       action == ACTION_POWEROFF ? "powering off" : "rebooting");
	reset_machine(action);
}
