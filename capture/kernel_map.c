// SPDX-License-Identifier: GPL-2.0
#include "capture/kernel_map.h"

#define START_KERNEL_MAP 0xffffffff80000000ull	/* Linux Documentation/x86/x86_64/mm.rst */
#define ENTRY_PRESENT 1ull
#define ENTRY_LEAF (1ull << 7)
#define ENTRY_PA_MASK 0x000ffffffffff000ull
#define LEVEL_4K 1u
#define LEVEL_1G 3u

int kernel_map_init(struct kernel_map *map, const struct oldmem *mem, const struct vmcoreinfo *info)
{
	u64 top_va, phys_base, five_levels = 0, encryption = 0;
	int err = vmcoreinfo_number(info, "SYMBOL(init_top_pgt)", 16, &top_va);

	if (err)
		err = vmcoreinfo_number(info, "SYMBOL(swapper_pg_dir)", 16, &top_va);
	if (!err)
		err = vmcoreinfo_number(info, "NUMBER(phys_base)", 10, &phys_base);
	if (err)
		return err;
	vmcoreinfo_number(info, "NUMBER(pgtable_l5_enabled)", 10, &five_levels);
	vmcoreinfo_number(info, "NUMBER(sme_mask)", 10, &encryption);
	if (top_va < START_KERNEL_MAP || top_va % PAGE_BYTES || five_levels > 1)
		return -EINVAL;
	*map = (struct kernel_map){
		.mem = mem,
		.top_pa = top_va - START_KERNEL_MAP + phys_base,
		.levels = five_levels ? 5 : 4,
		.pa_mask = ENTRY_PA_MASK & ~encryption,
	};
	return 0;
}

static u64 level_bytes(unsigned level)
{
	return (u64)PAGE_BYTES << (9 * (level - 1));
}

int kernel_map_translate(const struct kernel_map *map, u64 va, u64 *ret_pa, u64 *ret_bytes)
{
	u64 table_pa = map->top_pa, entry, within;

	for (unsigned level = map->levels;; level--) {
		u64 index = va / level_bytes(level) % 512;

		if (map->mem->read(map->mem, table_pa + index * sizeof(entry), &entry, sizeof(entry)) ||
		    !(entry & ENTRY_PRESENT))
			return -EFAULT;
		if (level == LEVEL_4K || (level <= LEVEL_1G && entry & ENTRY_LEAF)) {
			within = va % level_bytes(level);
			/* A large leaf has flags (PAT) where a small one has address bits. */
			*ret_pa = align_down(entry & map->pa_mask, level_bytes(level)) + within;
			*ret_bytes = level_bytes(level) - within;
			return 0;
		}
		table_pa = entry & map->pa_mask;
	}
}

int kernel_map_read(const struct kernel_map *map, u64 va, void *buf, size_t bytes)
{
	u8 *to = buf;

	while (bytes) {
		u64 pa, there;

		if (kernel_map_translate(map, va, &pa, &there))
			return -EFAULT;
		there = min_u64(there, bytes);
		if (map->mem->read(map->mem, pa, to, (size_t)there))
			return -EFAULT;
		va += there;
		to += there;
		bytes -= (size_t)there;
	}
	return 0;
}
