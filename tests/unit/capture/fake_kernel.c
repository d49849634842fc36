// SPDX-License-Identifier: GPL-2.0
#include "fake_kernel.h"

#include <stdio.h>

#define PRESENT 1ull
#define LEAF 0x80ull

_Static_assert(sizeof(struct fake_page) == 64, "as in Linux");

static const char keys[] =
	"NUMBER(phys_base)=-1048576\n"
	"SYMBOL(init_top_pgt)=ffffffff80200000\n"	/* START_KERNEL_map + FAKE_TABLES_PA - phys_base */
	"SYMBOL(mem_section)=ffff888000180000\n"
	"LENGTH(mem_section)=2\n"
	"SIZE(mem_section)=16\n"
	"OFFSET(mem_section.section_mem_map)=0\n"
	"NUMBER(SECTION_SIZE_BITS)=24\n"
	"SIZE(page)=64\n"
	"OFFSET(page.flags)=0\n"
	"OFFSET(page._refcount)=52\n"
	"OFFSET(page.mapping)=24\n"
	"OFFSET(page.lru)=8\n"
	"OFFSET(page._mapcount)=48\n"
	"OFFSET(page.private)=40\n"
	"OFFSET(page.compound_head)=8\n"
	"OFFSET(page.compound_dtor)=16\n"
	"OFFSET(page.compound_order)=17\n"
	"LENGTH(zone.free_area)=11\n"
	"NUMBER(PG_lru)=4\n"
	"NUMBER(PG_private)=13\n"
	"NUMBER(PG_swapcache)=10\n"
	"NUMBER(PG_swapbacked)=19\n"
	"NUMBER(PG_slab)=9\n"
	"NUMBER(PG_hwpoison)=23\n"
	"NUMBER(PG_head_mask)=65536\n"
	"NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-129\n"
	"NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=-257\n"
	"NUMBER(HUGETLB_PAGE_DTOR)=2\n";

void fake_kernel_add_key(struct fake_kernel *kernel, const char *line)
{
	kernel->info.bytes += (u32)snprintf(kernel->text + kernel->info.bytes, sizeof(kernel->text) - kernel->info.bytes, "%s\n", line);
}

void fake_kernel_drop_key(struct fake_kernel *kernel, const char *key)
{
	const char *value;
	u32 bytes;

	while (!vmcoreinfo_find(&kernel->info, key, &value, &bytes)) {
		char *line = (char *)value - strlen(key) - 1;

		memset(line, '#', strlen(key));
	}
}

static u64 *table(struct fake_kernel *kernel, u64 pa)
{
	return (u64 *)fake_memory_at(&kernel->memory, pa);
}

void fake_kernel_map_leaf(struct fake_kernel *kernel, u64 va, u64 pa, unsigned leaf_level)
{
	u64 at = FAKE_TABLES_PA;

	for (unsigned level = kernel->levels;; level--) {
		u64 *entry = &table(kernel, at)[va >> (12 + 9 * (level - 1)) & 511];

		if (level == leaf_level) {
			*entry = pa | PRESENT | (level > 1 ? LEAF : 0);
			return;
		}
		if (!(*entry & PRESENT)) {
			kernel->next_table_pa += PAGE_BYTES;
			*entry = kernel->next_table_pa | PRESENT;
		}
		at = *entry & ~4095ull;
	}
}

struct fake_page *fake_kernel_page(struct fake_kernel *kernel, u64 pfn)
{
	return (struct fake_page *)fake_memory_at(&kernel->memory, FAKE_STRUCTS_PA) + pfn;
}

u64 fake_kernel_page_va(u64 pfn)
{
	return FAKE_VMEMMAP + pfn * sizeof(struct fake_page);
}

void fake_kernel_make_compound(struct fake_kernel *kernel, u64 pfn, u8 order)
{
	struct fake_page *head = fake_kernel_page(kernel, pfn);

	head->flags |= 1ull << FAKE_PG_HEAD;
	for (u64 i = 1; i < 1ull << order; i++) {
		memset(head + i, 0, sizeof(*head));
		head[i].compound_head = fake_kernel_page_va(pfn) + 1;
		head[i].mapcount = ~0u;
	}
	((u8 *)(head + 1))[17] = order;
}

void fake_kernel_init(struct fake_kernel *kernel, unsigned levels)
{
	u64 *roots;

	memset(kernel, 0, sizeof(*kernel));
	fake_memory_init(&kernel->memory, 0, FAKE_KERNEL_BYTES, 1);
	fake_memory_add_load(&kernel->memory, 0, FAKE_KERNEL_BYTES);
	memset(fake_memory_at(&kernel->memory, 0), 0, FAKE_KERNEL_BYTES);
	kernel->levels = levels;
	kernel->next_table_pa = FAKE_TABLES_PA;
	memcpy(kernel->text, keys, sizeof(keys));
	kernel->info = (struct vmcoreinfo){ kernel->text, sizeof(keys) - 1 };
	fake_kernel_add_key(kernel, levels == 5 ? "NUMBER(pgtable_l5_enabled)=1" : "NUMBER(pgtable_l5_enabled)=0");

	for (u64 pa = 0; pa < FAKE_KERNEL_BYTES; pa += 2 << 20)
		fake_kernel_map_leaf(kernel, FAKE_VA + pa, pa, 2);
	fake_kernel_map_leaf(kernel, FAKE_VMEMMAP, FAKE_STRUCTS_PA, 2);
	roots = table(kernel, FAKE_ROOTS_PA);
	roots[0] = FAKE_VA + FAKE_ROOTS_PA + PAGE_BYTES;
	for (int section = 0; section < 2; section++)
		table(kernel, FAKE_ROOTS_PA + PAGE_BYTES)[2 * section] = FAKE_VMEMMAP | 3;
	for (u64 pfn = 0; pfn < FAKE_KERNEL_PAGES; pfn++)
		*fake_kernel_page(kernel, pfn) = (struct fake_page){ .mapcount = ~0u, .refcount = 1 };
}

void fake_kernel_deinit(struct fake_kernel *kernel)
{
	fake_memory_deinit(&kernel->memory);
}
