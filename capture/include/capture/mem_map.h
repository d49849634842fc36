/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the dead kernel keeps its struct pages: SPARSEMEM_EXTREME, as x86_64 has it (Linux
 * include/linux/mmzone.h).  Sections of memory, a root table of tables of them, and in each
 * section the address of its struct pages.
 */
#ifndef CAPTURE_MEM_MAP_H
#define CAPTURE_MEM_MAP_H

#include "capture/kernel_map.h"

struct mem_map {
	const struct kernel_map *map;
	u64 roots_va;		/* array of pointers to tables of sections */
	u64 root_count;
	u64 sections_per_root;
	u32 section_struct_bytes;
	u32 section_mem_map_offset;
	u32 page_struct_bytes;
	u32 section_pages_log2;
};

/* -ENOENT: *ret_key, a key of vmcoreinfo, is missing; -EINVAL: *ret_key's value can't be. */
int mem_map_init(struct mem_map *mem_map, const struct kernel_map *map, const struct vmcoreinfo *info, const char **ret_key);

static inline u64 mem_map_section_pages(const struct mem_map *mem_map)
{
	return 1ull << mem_map->section_pages_log2;
}

/*
 * Virtual address of pfn's struct page; those of the rest of its section follow.  -ENOENT:
 * no memory there; -EFAULT: a table that can't be read.
 */
int mem_map_page_va(const struct mem_map *mem_map, u64 pfn, u64 *ret_va);

#endif
