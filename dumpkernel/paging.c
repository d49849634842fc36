// SPDX-License-Identifier: GPL-2.0
/* Intel SDM volume 3A (2023-06), chapter 4: 4-level and 5-level paging. */
#include "paging.h"

#include "io.h"
#include "mem.h"

#define ENTRIES 512u
#define PRESENT 0x01ull
#define WRITABLE 0x02ull
#define WRITE_THROUGH 0x08ull	/* PWT */
#define CACHE_DISABLE 0x10ull	/* PCD; PCD and PWT select PAT entry 3: uncached by reset and in Linux */
#define LEAF 0x80ull		/* PS, above the lowest level */
#define NO_EXECUTE (1ull << 63)
#define ADDRESS 0x000ffffffffff000ull

#define CR4_LA57 (1ull << 12)
#define MSR_EFER 0xc0000080
#define EFER_NXE (1ull << 11)
#define CPUID_EXT_EDX_NX (1u << 20)	/* leaf 80000001h */
#define CPUID_EXT_EDX_1G (1u << 26)

/* Enough for image, handover and the memory pool: two tables a level, and the edges. */
#define STATIC_TABLES 12

static u64 static_table[STATIC_TABLES][ENTRIES] __attribute__((aligned(4096)));
static u32 static_used;
static u64 *root;
static int levels, largest_leaf;	/* levels counted from 1, the 4 KiB one */
static u32 address_bits;
static u64 no_execute;

static u64 *new_table(void)
{
	if (static_used < STATIC_TABLES)
		return static_table[static_used++];
	return mem_alloc_pages(1);
}

void paging_init(void)
{
	u32 eax, ebx, ecx, edx;
	u64 cr4;

	asm volatile("mov %%cr4, %0" : "=r"(cr4));
	levels = cr4 & CR4_LA57 ? 5 : 4;
	cpuid(0x80000001, &eax, &ebx, &ecx, &edx);
	largest_leaf = edx & CPUID_EXT_EDX_1G ? 3 : 2;
	no_execute = edx & CPUID_EXT_EDX_NX ? NO_EXECUTE : 0;
	cpuid(0x80000008, &eax, &ebx, &ecx, &edx);
	address_bits = eax & 0xff;
	/* An identity map ends where the lower half of virtual addresses ends. */
	if (address_bits > (levels == 5 ? 56u : 47u))
		address_bits = levels == 5 ? 56 : 47;
	root = new_table();
}

static u64 flags_of(enum paging_kind kind)
{
	switch (kind) {
	case PAGING_TEXT:
		return PRESENT;
	case PAGING_OWN:
		return PRESENT | WRITABLE | no_execute;
	case PAGING_OLD:
		return PRESENT | no_execute;
	case PAGING_FLAT:
		return PRESENT | WRITABLE;
	default:
		return PRESENT | WRITABLE | WRITE_THROUGH | CACHE_DISABLE | no_execute;
	}
}

static u64 span_of(int level)
{
	return 1ull << (12 + 9 * (level - 1));
}

static bool is_leaf(u64 entry, int level)
{
	return level == 1 || entry & LEAF;
}

/* Maps what of [pa, end) one entry of this level can do; *ret_end: how far that was. */
static int map_step(u64 pa, u64 end, u64 flags, u64 *ret_end)
{
	u64 *table = root;

	for (int level = levels; ; level--) {
		u64 span = span_of(level), *entry = &table[pa / span % ENTRIES];

		*ret_end = align_down(pa, span) + span;
		if (!(*entry & PRESENT)) {
			if (level == 1 || (level <= largest_leaf && pa % span == 0 && end - pa >= span)) {
				*entry = pa | flags | (level > 1 ? LEAF : 0);
				return 0;
			}
			u64 *lower = new_table();

			if (!lower)
				return -ENOMEM;
			*entry = (u64)lower | PRESENT | WRITABLE;
		} else if (is_leaf(*entry, level)) {
			return 0;
		}
		table = (u64 *)(*entry & ADDRESS);
	}
}

int paging_map(u64 start, u64 end, enum paging_kind kind)
{
	u64 flags = flags_of(kind);

	if (end < start || end > 1ull << address_bits)
		return -EINVAL;
	start = align_down(start, PAGE_BYTES);
	end = align_up(end, PAGE_BYTES);
	while (start < end) {
		int err = map_step(start, end, flags, &start);

		if (err)
			return err;
	}
	return 0;
}

/* No 1 GiB pages: such a one would span RAM and device registers. */
int paging_build_flat(const struct memrange *ranges, u32 count, u64 *ret_root)
{
	u64 *own_root = root, *flat = new_table();
	int own_largest = largest_leaf, err = flat ? 0 : -ENOMEM;

	root = flat;
	largest_leaf = 2;
	for (u32 i = 0; !err && i < count; i++)
		err = paging_map(align_down(ranges[i].start, span_of(2)), align_up(ranges[i].end, span_of(2)), PAGING_FLAT);
	root = own_root;
	largest_leaf = own_largest;
	if (!err)
		*ret_root = (u64)flat;
	return err;
}

void paging_switch(void)
{
	if (no_execute)
		wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_NXE);
	asm volatile("mov %0, %%cr3" : : "r"((u64)root) : "memory");
}

/* The entry that maps pa, or 0. */
static u64 find_leaf(u64 pa)
{
	u64 *table = root;

	for (int level = levels; ; level--) {
		u64 entry = table[pa / span_of(level) % ENTRIES];

		if (!(entry & PRESENT) || is_leaf(entry, level))
			return entry;
		table = (u64 *)(entry & ADDRESS);
	}
}

volatile void *paging_map_mmio(u64 pa, u64 bytes)
{
	if (!bytes || pa + bytes < pa || paging_map(pa, pa + bytes, PAGING_MMIO))
		return NULL;
	for (u64 page = align_down(pa, PAGE_BYTES); page < pa + bytes; page += PAGE_BYTES)
		if (!(find_leaf(page) & CACHE_DISABLE))
			return NULL;
	return (volatile void *)pa;
}
