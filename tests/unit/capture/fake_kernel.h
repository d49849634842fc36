/* SPDX-License-Identifier: GPL-2.0 */
/* A dead kernel's page tables, mem_section and struct pages in a fake memory, and the vmcoreinfo that leads to them. */
#ifndef TESTS_FAKE_KERNEL_H
#define TESTS_FAKE_KERNEL_H

#include "capture/page_filter.h"
#include "fake_memory.h"

#define FAKE_KERNEL_BYTES (32u << 20)	/* two sections of 16 MiB */
#define FAKE_KERNEL_PAGES (FAKE_KERNEL_BYTES / PAGE_BYTES)
#define FAKE_VMEMMAP 0xffffea0000000000ull
#define FAKE_STRUCTS_PA 0x800000ull
#define FAKE_TABLES_PA 0x100000ull
#define FAKE_ROOTS_PA 0x180000ull	/* mem_section's roots, one page; behind it the sections */

/* struct page as in Linux 6.1 */
struct fake_page {
	u64 flags;
	union {
		struct { u64 next, prev; } lru;
		u64 compound_head;
	};
	u64 mapping, index, private;
	u32 mapcount, refcount;
	u64 memcg;
};

enum { FAKE_PG_LRU = 4, FAKE_PG_SLAB = 9, FAKE_PG_PRIVATE = 13, FAKE_PG_HEAD = 16, FAKE_PG_SWAPBACKED = 19, FAKE_PG_HWPOISON = 23,
       FAKE_PG_SWAPCACHE = 10, FAKE_PG_HUGETLB = 8 };
#define FAKE_BUDDY 0xffffff7fu
#define FAKE_OFFLINE 0xfffffeffu

struct fake_kernel {
	struct fake_memory memory;
	unsigned levels;
	u64 next_table_pa;
	char text[4096];
	struct vmcoreinfo info;
	struct kernel_map map;
	struct mem_map mem_map;
};

/* Every page in use and of no kind that is dropped; keys of Linux 6.1.  levels: 4 or 5. */
void fake_kernel_init(struct fake_kernel *kernel, unsigned levels);
void fake_kernel_deinit(struct fake_kernel *kernel);

/* Adds a line; takes one out, if it is there. */
void fake_kernel_add_key(struct fake_kernel *kernel, const char *line);
void fake_kernel_drop_key(struct fake_kernel *kernel, const char *key);

/* Maps one page of 4096 << (9 * (level - 1)) bytes. */
void fake_kernel_map_leaf(struct fake_kernel *kernel, u64 va, u64 pa, unsigned level);

struct fake_page *fake_kernel_page(struct fake_kernel *kernel, u64 pfn);
u64 fake_kernel_page_va(u64 pfn);

/* A compound page of 1 << order pages at pfn. */
void fake_kernel_make_compound(struct fake_kernel *kernel, u64 pfn, u8 order);

#endif
