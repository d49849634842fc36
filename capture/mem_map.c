// SPDX-License-Identifier: GPL-2.0
#include "capture/mem_map.h"

#define SECTION_HAS_MEM_MAP 2u	/* Linux include/linux/mmzone.h; bit 0 is "present" */
#define SECTION_FLAGS 63u	/* a struct page's address times 64 leaves them free */

static int number(const struct vmcoreinfo *info, const char *key, unsigned base, u64 most, u64 *ret_value, const char **ret_key)
{
	u64 value;
	int err = vmcoreinfo_number(info, key, base, &value);

	if (!err && (!value || value > most))
		err = -EINVAL;
	if (err)
		*ret_key = key;
	else
		*ret_value = value;
	return err;
}

int mem_map_init(struct mem_map *mem_map, const struct kernel_map *map, const struct vmcoreinfo *info, const char **ret_key)
{
	u64 roots_va, roots, section_bytes, offset = 0, page_bytes, bits;
	int err;

	if ((err = number(info, "SYMBOL(mem_section)", 16, ~0ull, &roots_va, ret_key)) ||
	    (err = number(info, "LENGTH(mem_section)", 10, 1u << 24, &roots, ret_key)) ||
	    (err = number(info, "SIZE(mem_section)", 10, PAGE_BYTES, &section_bytes, ret_key)) ||
	    (err = number(info, "SIZE(page)", 10, 256, &page_bytes, ret_key)) ||
	    (err = number(info, "NUMBER(SECTION_SIZE_BITS)", 10, 40, &bits, ret_key)))
		return err;
	*ret_key = "OFFSET(mem_section.section_mem_map)";
	err = vmcoreinfo_number(info, *ret_key, 10, &offset);
	if (!err && offset + sizeof(u64) > section_bytes)
		err = -EINVAL;
	if (!err && (bits < 22 || page_bytes % 8 || page_bytes < 48)) {
		*ret_key = "NUMBER(SECTION_SIZE_BITS) or SIZE(page)";
		err = -EINVAL;
	}
	if (err)
		return err;
	*mem_map = (struct mem_map){
		.map = map, .roots_va = roots_va, .root_count = roots, .sections_per_root = PAGE_BYTES / section_bytes,
		.section_struct_bytes = (u32)section_bytes, .section_mem_map_offset = (u32)offset,
		.page_struct_bytes = (u32)page_bytes, .section_pages_log2 = (u32)bits - 12,
	};
	return 0;
}

int mem_map_page_va(const struct mem_map *mem_map, u64 pfn, u64 *ret_va)
{
	u64 section = pfn >> mem_map->section_pages_log2;
	u64 root = section / mem_map->sections_per_root, table, coded;

	if (root >= mem_map->root_count)
		return -ENOENT;
	if (kernel_map_read(mem_map->map, mem_map->roots_va + root * sizeof(table), &table, sizeof(table)))
		return -EFAULT;
	if (!table)
		return -ENOENT;
	if (kernel_map_read(mem_map->map, table + section % mem_map->sections_per_root * mem_map->section_struct_bytes +
			    mem_map->section_mem_map_offset, &coded, sizeof(coded)))
		return -EFAULT;
	if (!(coded & SECTION_HAS_MEM_MAP))
		return -ENOENT;
	/* Coded so that any pfn of the section may be added as it is. */
	*ret_va = (coded & ~(u64)SECTION_FLAGS) + pfn * mem_map->page_struct_bytes;
	return 0;
}
