// SPDX-License-Identifier: GPL-2.0
#include "kdump-init/save_raw.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/dump.h"
#include "common/capture_report.h"
#include "kdump-init/block.h"
#include "kdump-init/kernel_log.h"
#include "kdump-init/progress.h"
#include "kdump-init/raw_disk.h"
#include "kdump-init/say.h"

#define TEXT_BYTES (64u << 10)
#define LISTED_BAD_PAGES 32

struct raw {
	const struct save *save;
	struct vmcore vmcore;
	struct raw_disk disk;
	struct dump dump;
	struct dump_request request;
	struct progress progress;
};

static void *allocate(u64 bytes)
{
	void *data = aligned_alloc(PAGE_BYTES, align_up(bytes, PAGE_BYTES));

	if (data)
		memset(data, 0, align_up(bytes, PAGE_BYTES));
	return data;
}

static void show_bad_page(void *context, u64 pa)
{
	const struct raw *raw = context;

	if (raw->dump.pages_bad <= LISTED_BAD_PAGES)
		say("page %llx can't be read: pattern %x in its place", (unsigned long long)pa, OLDMEM_BAD_PATTERN);
}

static void show_progress(void *context, u64 done_bytes, u64 total_bytes)
{
	progress_show(&((struct raw *)context)->progress, done_bytes, total_bytes);
}

/* Freed by the end of this process. */
static int allocate_all(struct raw *raw)
{
	struct dump *dump = &raw->dump;
	u8 *header = allocate(raw->vmcore.header_bytes);

	dump->target.header = allocate(sizeof(*dump->target.header));
	dump->target.stamp = allocate(sizeof(*dump->target.stamp));
	dump->target.chunk_matched = allocate(target_map_bytes(raw->disk.target.size_bytes));
	dump->bounce = allocate(PAGE_BYTES);
	dump->text = allocate(TEXT_BYTES);
	dump->text_bytes = TEXT_BYTES;
	if (!header || !dump->target.header || !dump->target.stamp || !dump->target.chunk_matched || !dump->bounce || !dump->text) {
		say_error("no memory to write the dump with");
		return -ENOMEM;
	}
	memcpy(header, raw->vmcore.headers, raw->vmcore.header_bytes);
	if (elf_layout_adopt(&dump->layout, header, raw->vmcore.header_bytes)) {
		say_error("%s has headers that are not understood", VMCORE_FILE);
		return -EINVAL;
	}
	return 0;
}

static int say_target_error(const struct raw *raw, int err)
{
	const struct target *target = &raw->dump.target;

	if (target->error_offset >= 0)
		say_error("%s: LB-%u: %s, at byte %lld", raw->save->target->device, target->error, dump_error_text(target->error),
			  (long long)target->error_offset);
	else
		say_error("%s: LB-%u: %s", raw->save->target->device, target->error, dump_error_text(target->error));
	return err;
}

/* The plan names the device; its header says which generation it was armed for. */
static int open_target(struct raw *raw)
{
	struct target *target = &raw->dump.target;
	u64 bytes = target_size_bytes(raw->disk.target.size_bytes);
	struct target_header found;
	struct dump_io io = { .op = DUMP_READ, .buf = target->header, .bytes = sizeof(found) };
	int err = dump_io_sync(&raw->disk.target, &io);

	if (err) {
		say_error("%s can't be read: %s", raw->save->target->device, strerror(-err));
		return err;
	}
	found = *target->header;
	target->disk = &raw->disk.target;
	err = target_open(target, 0, bytes, found.uuid, found.generation);
	return err ? say_target_error(raw, err) : 0;
}

/* The capture kernel's log stands where the dump kernel's would; the report comes first. */
static int finish(struct raw *raw, int dump_err)
{
	const struct save *save = raw->save;
	struct capture_report report = {
		.complete = !dump_err, .crash_time = raw->dump.target.header->crash_time,
		.vmcore_bytes = raw->dump.layout.file_bytes, .unreadable_pages = raw->dump.pages_bad,
		.region_bytes = save->run->region_bytes,
	};
	char *log = allocate(TARGET_LOG_BYTES), *own;
	size_t used, own_bytes = 0;

	if (!log)
		return -ENOMEM;
	run_sample_memory(save->run);
	snprintf(report.content, sizeof(report.content), "%s", save->plan->content ?: "");
	snprintf(report.why, sizeof(report.why), "%s", save->run->reason);
	report.ms = (env_clock_us() - save->run->start_us) / 1000;
	report.memory_bytes = save->run->memory_bytes;
	report.peak_bytes = save->run->memory_bytes - save->run->least_available_bytes;
	capture_report_print(&report, "saved by a Linux capture kernel\n", log, TARGET_LOG_BYTES);
	used = strlen(log);
	own = kernel_log_read(&own_bytes);
	if (own_bytes > TARGET_LOG_BYTES - used) {	/* its end is what tells of the dump */
		own += own_bytes - (TARGET_LOG_BYTES - used);
		own_bytes = TARGET_LOG_BYTES - used;
	}
	memcpy(log + used, own, own_bytes);
	return dump_finish(&raw->dump, dump_err ? raw->dump.target.error : DUMP_OK, dump_err ? dump_error_text(raw->dump.target.error) : "",
			   log, (u32)(used + own_bytes));
}

static int write_dump(struct raw *raw)
{
	struct dump *dump = &raw->dump;
	int err = dump_stage1(dump), end_err;

	if (!err) {
		say("stage 1: %u bytes of log and registers on disk after %u ms", dump->target.header->stage1_used,
		    dump->target.header->stage1_ms);
		raw->progress = progress_start(raw->save->run);
		err = dump_memory(dump);
	}
	if (err)
		say_target_error(raw, err);
	else
		say("vmcore: %llu MiB, %llu MB/s", (unsigned long long)dump->layout.file_bytes >> 20,
		    (unsigned long long)progress_rate(&raw->progress, dump->layout.file_bytes));
	end_err = finish(raw, err);
	if (end_err && !err)
		return say_target_error(raw, end_err);
	return err;
}

static int save_to_device(struct raw *raw)
{
	struct dump *dump = &raw->dump;
	int err = allocate_all(raw);

	if (err)
		return err;
	dump->mem = &raw->vmcore.mem;
	dump->core = raw->vmcore.core;
	dump->request = &raw->request;
	dump->request_count = 1;
	dump->observer = (struct dump_observer){ .progress = show_progress, .bad_page = show_bad_page, .context = raw };
	dump->entry_us = raw->save->run->start_us;
	err = open_target(raw);
	return err ? err : write_dump(raw);
}

int save_to_raw(void *context)
{
	struct raw raw = { .save = context };
	const char *name = raw.save->target->device;
	char device[64];
	int err = vmcore_open(&raw.vmcore, VMCORE_FILE);

	if (err || !raw.vmcore.core.count) {
		say_error("%s %s; was this kernel started by a panic, with elfcorehdr=?", VMCORE_FILE,
			  err ? strerror(-err) : "is no ELF64 core that is understood here");
		return err ?: -EINVAL;
	}
	err = block_wait(raw.save->plan, raw.save->run, name, device, sizeof(device));
	if (err)
		return err;
	err = raw_disk_open(&raw.disk, device, &raw.vmcore);
	if (err) {
		say_error("%s (%s) can't be opened: %s", name, device, strerror(-err));
		return err;
	}
	err = save_to_device(&raw);
	raw_disk_close(&raw.disk);
	raw.save->run->saved = !err;
	if (!err)
		say("the dump is saved: %s; 'kdumpctl collect' fetches it", name);
	return err;
}
