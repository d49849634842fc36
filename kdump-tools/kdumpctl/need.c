// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/need.h"

#include <stdlib.h>

#include "capture/dump_kdump.h"
#include "capture/target_io.h"
#include "kexec/machine.h"
#include "layout.h"

#define GIB (1ull << 30)
#define NOTES_FIXED_BYTES (16u << 10)	/* ELF and program headers, vmcoreinfo (one page in Linux) */
#define NOTE_BYTES_PER_CPU 512u		/* NT_PRSTATUS: 336 bytes and its head */

/* Tables that map [start, end): per GiB one of 2 MiB pages, per ragged edge one of 4 KiB pages. */
static u64 table_pages(const struct memrange *range, bool gb_pages)
{
	u64 gibs = (range->end + GIB - 1) / GIB - range->start / GIB;

	if (gb_pages && gibs > 2)
		gibs = 2;	/* only the first and the last are not whole */
	return gibs + 2;
}

void need_add_target(struct need_targets *targets, u64 bytes, bool is_file)
{
	targets->count++;
	if (bytes > targets->largest_bytes)
		targets->largest_bytes = bytes;
	if (is_file && bytes > targets->largest_file_bytes)
		targets->largest_file_bytes = bytes;
}

static u64 target_work_bytes(const struct need_targets *targets)
{
	u64 bytes = align_up(target_map_bytes(targets->largest_bytes), PAGE_BYTES);

	if (targets->largest_file_bytes)
		bytes += align_up(target_piece_map_bytes(targets->largest_file_bytes), PAGE_BYTES) + LAYOUT_SEALS_BYTES;
	if (targets->count > 1)
		bytes += (targets->count - 1) * (u64)LAYOUT_DISK_BYTES;
	return bytes;
}

u64 need_work_bytes(const struct memrange_set *ranges, bool gb_pages, u32 cpus, const struct need_targets *targets)
{
	u64 pages = 0, top = 0, bytes;

	for (u32 i = 0; i < ranges->count; i++) {
		pages += table_pages(&ranges->range[i], gb_pages);
		top = ranges->range[i].end;
	}
	pages += top / (512 * GIB) + 1;
	bytes = pages * PAGE_BYTES;
	bytes += align_up(NOTES_FIXED_BYTES + (u64)cpus * NOTE_BYTES_PER_CPU, PAGE_BYTES);
	return LAYOUT_WORK_BYTES + bytes + target_work_bytes(targets);
}

int need_compute_work(const struct need_targets *targets, u64 *ret_work_bytes)
{
	struct memrange_set ram = { 0 };
	struct machine machine;
	int err = machine_init(&machine);

	if (err)
		return err;
	err = machine_old_ram(&machine, &ram);
	if (!err)
		*ret_work_bytes = need_work_bytes(&ram, machine.gb_pages, machine.possible_cpus, targets);
	free(ram.range);
	machine_deinit(&machine);
	return err;
}

void need_add_fallback(struct need *need, u64 running_bytes)
{
	need->load_bytes += LAYOUT_CHAIN_BYTES;
	need->total_bytes += LAYOUT_CHAIN_BYTES;
	if (need->total_bytes < running_bytes)
		need->total_bytes = running_bytes;
}

/* Of one CPU: a page, what the codec takes, jobs. */
static u64 worker_bytes(const struct config_dump *dump, u32 jobs)
{
	static const u64 codec_bytes[] = {
		[CODEC_AUTO] = LAYOUT_LZO_BYTES, [CODEC_LZO] = LAYOUT_LZO_BYTES, [CODEC_ZLIB] = LAYOUT_ZLIB_BYTES,
		[CODEC_ZSTD] = LAYOUT_ZSTD_BYTES, [CODEC_NONE] = 0,
	};

	return PAGE_BYTES + codec_bytes[dump->codec] + kdump_dump_buffer_bytes(jobs) - kdump_dump_buffer_bytes(0);
}

u64 need_cpu_bytes(const struct config_dump *dump)
{
	return LAYOUT_CPU_BYTES + worker_bytes(dump, LAYOUT_JOBS_PER_CPU);
}

u64 need_filter_bytes(const struct config_dump *dump)
{
	if (!dump->level && dump->codec == CODEC_NONE)
		return 0;
	return LAYOUT_RANGES_BYTES + DUMP_KDUMP_FILTER_BYTES + kdump_dump_buffer_bytes(0) + worker_bytes(dump, 1);
}

int need_compute(const struct crash_load *request, const struct need_targets *targets, const struct config_dump *dump,
		 struct need *ret_need)
{
	struct need need;
	int err = crash_load_need(request, &need.load_bytes);

	if (!err)
		err = need_compute_work(targets, &need.work_bytes);
	if (err)
		return err;
	need.filter_bytes = need_filter_bytes(dump);
	need.total_bytes = align_up(need.load_bytes, PAGE_BYTES) + align_up(need.work_bytes, PAGE_BYTES) + need.filter_bytes;
	*ret_need = need;
	return 0;
}
