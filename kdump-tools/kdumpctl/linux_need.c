// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/linux_need.h"

#include "common/iomem.h"

#define MIB (1ull << 20)

/*
 * What is left after all that can be computed, measured with Debian 12's cloud kernel by
 * finding the smallest region that works (tests/vm/cases/linuxmode.py, smallest_region).
 */
#define RUNTIME_BYTES (19 * MIB)
#define TRACING_BYTES (8 * MIB)
#define LEARNED_SPARE_BYTES (2 * MIB)	/* one capture is not like the other */

/* x86-64 SECTION_SIZE_BITS: struct pages (64 bytes) come for whole sections of memory. */
#define SECTION_BYTES (128 * MIB)
#define SECTION_MAP_BYTES (SECTION_BYTES / PAGE_BYTES * 64)

void linux_need_compute(const struct linux_need_input *input, const struct last_capture *last, struct linux_need *ret_need)
{
	struct linux_need need = { .input = *input, .runtime_bytes = RUNTIME_BYTES + (input->tracing ? TRACING_BYTES : 0) };
	u64 running = input->kernel_bytes + input->map_bytes + input->packed_bytes + input->unpacked_bytes +
		      input->module_bytes + need.runtime_bytes;

	need.computed_bytes = align_up(running > input->load_bytes ? running : input->load_bytes, MIB);
	need.total_bytes = need.computed_bytes;
	/* What was free at the worst moment was not needed. */
	if (last && last->complete) {
		need.learned_bytes = align_up(last->region_bytes - (last->memory_bytes - last->peak_bytes) + LEARNED_SPARE_BYTES, MIB);
		if (need.learned_bytes > need.total_bytes)
			need.total_bytes = need.learned_bytes;
		/* Where it has worked, it works. */
		if (last->region_bytes < need.total_bytes && last->region_bytes >= input->load_bytes)
			need.total_bytes = last->region_bytes;
	}
	*ret_need = need;
}

void linux_need_from_iomem(const struct iomem *map, const struct capture_kernel *kernel, struct linux_need_input *input)
{
	const struct iomem_entry *code = iomem_next(map, IOMEM_KERNEL_CODE, NULL), *bss = iomem_next(map, IOMEM_KERNEL_BSS, NULL);
	const struct iomem_entry *region = NULL;
	u64 sections = 1;	/* the first one, of which a capture kernel gets what lies below 1 MiB */

	/* init_size holds all of it, and room to unpack; another kernel's bound is that. */
	input->kernel_bytes = kernel->memory_bytes;
	if (kernel->is_running && code && bss && bss->end > code->start)
		input->kernel_bytes = min_u64(input->kernel_bytes, bss->end - code->start);
	while ((region = iomem_next(map, IOMEM_CRASH, region)))
		sections += (region->end - 1) / SECTION_BYTES - region->start / SECTION_BYTES + 1;
	input->map_bytes = (sections > 1 ? sections : 2) * SECTION_MAP_BYTES;
}

int linux_need_read_iomem(const struct capture_kernel *kernel, struct linux_need_input *input)
{
	struct iomem map;
	int err = iomem_init(&map);

	if (err)
		return err;
	linux_need_from_iomem(&map, kernel, input);
	iomem_deinit(&map);
	return 0;
}
