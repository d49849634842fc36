// SPDX-License-Identifier: GPL-2.0
#include "kexec/boot_ram.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LOW_MIB_BYTES (1ull << 20)

/* Entries below RAM that are this kernel itself: it will be dead. */
static bool boot_ram_is_old_kernel(const struct iomem_entry *entry)
{
	static const char kernel[] = "Kernel ";

	return !strncmp(entry->name, kernel, strlen(kernel));
}

static int boot_ram_add(struct memrange_set *set, const struct iomem *iomem)
{
	int err = 0;

	for (size_t i = 0; i < iomem->count && !err; i++)
		if (!iomem->entries[i].depth && !strcmp(iomem->entries[i].name, IOMEM_RAM))
			err = memrange_add(set, iomem->entries[i].start, iomem->entries[i].end);
	for (size_t i = 0; i < iomem->count && !err; i++)
		if (iomem->entries[i].depth && !boot_ram_is_old_kernel(&iomem->entries[i]))
			err = memrange_subtract(set, iomem->entries[i].start, iomem->entries[i].end);
	return err;
}

/* Firmware ranges need not end at a page: a page with a byte of anything else is none of ours. */
static int boot_ram_take_out(struct memrange_set *set, const struct e820_map *e820)
{
	int err = 0;

	for (u32 i = 0; i < e820->count && !err; i++) {
		const struct boot_e820_entry *entry = &e820->entries[i];

		if (entry->type != E820_RAM)
			err = memrange_subtract(set, align_down(entry->addr, PAGE_BYTES),
						align_up(entry->addr + entry->size, PAGE_BYTES));
	}
	return err;
}

/* Holes in whole pages; what is left of none goes away. */
static void boot_ram_trim(struct memrange_set *set)
{
	u32 kept = 0;

	for (u32 i = 0; i < set->count; i++) {
		struct memrange hole = { align_up(set->range[i].start, PAGE_BYTES),
					 align_down(set->range[i].end, PAGE_BYTES) };

		if (hole.start < hole.end)
			set->range[kept++] = hole;
	}
	set->count = kept;
}

int boot_ram_holes(struct memrange_set *set, const struct iomem *iomem, const struct e820_map *e820,
		   u64 min_pa, u64 end_pa, u32 spare)
{
	struct memrange_set holes = { .capacity = iomem->count + e820->count + 4 + spare };
	int err;

	holes.range = calloc(holes.capacity, sizeof(*holes.range));
	if (!holes.range)
		return -ENOMEM;
	err = boot_ram_add(&holes, iomem);
	if (!err)
		err = boot_ram_take_out(&holes, e820);
	if (!err)
		err = memrange_subtract(&holes, 0, min_pa > LOW_MIB_BYTES ? min_pa : LOW_MIB_BYTES);
	if (!err && end_pa != UINT64_MAX)
		err = memrange_subtract(&holes, end_pa, UINT64_MAX);
	if (err) {
		free(holes.range);
		return err;
	}
	boot_ram_trim(&holes);
	*set = holes;
	return 0;
}
