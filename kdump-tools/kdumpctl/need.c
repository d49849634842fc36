// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/need.h"

#include <stdlib.h>

#include "capture/target.h"
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

u64 need_work_bytes(const struct memrange_set *ranges, bool gb_pages, u32 cpus, u64 target_bytes)
{
	u64 pages = 0, top = 0, bytes;

	for (u32 i = 0; i < ranges->count; i++) {
		pages += table_pages(&ranges->range[i], gb_pages);
		top = ranges->range[i].end;
	}
	pages += top / (512 * GIB) + 1;
	bytes = pages * PAGE_BYTES;
	bytes += align_up(NOTES_FIXED_BYTES + (u64)cpus * NOTE_BYTES_PER_CPU, PAGE_BYTES);
	bytes += align_up(target_bytes / TARGET_CHUNK_BYTES / 8 + 1, PAGE_BYTES);	/* a bit per chunk */
	return LAYOUT_WORK_BYTES + bytes;
}

int need_compute_work(u64 target_bytes, u64 *ret_work_bytes)
{
	struct memrange_set ram = { 0 };
	struct machine machine;
	int err = machine_init(&machine);

	if (err)
		return err;
	err = machine_old_ram(&machine, &ram);
	if (!err)
		*ret_work_bytes = need_work_bytes(&ram, machine.gb_pages, machine.possible_cpus, target_bytes);
	free(ram.range);
	machine_deinit(&machine);
	return err;
}

int need_compute(const struct crash_load *request, u64 target_bytes, struct need *ret_need)
{
	struct need need;
	int err = crash_load_need(request, &need.load_bytes);

	if (!err)
		err = need_compute_work(target_bytes, &need.work_bytes);
	if (err)
		return err;
	need.total_bytes = align_up(need.load_bytes, PAGE_BYTES) + align_up(need.work_bytes, PAGE_BYTES);
	*ret_need = need;
	return 0;
}
