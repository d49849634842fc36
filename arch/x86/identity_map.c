// SPDX-License-Identifier: GPL-2.0
/*
 * Page tables for the jump: physical = virtual for RAM, for the image's segments, and for what a
 * new kernel reads first, the EFI and ACPI tables; never for a blanket range, which could hold
 * device memory.  Built at load time, in control pages.
 *
 * Entries are written here and not by the kernel's helpers: with page-table isolation those also
 * write the page behind the top-level table, which is not ours.
 * Format: Intel SDM vol. 3, 4.5 "4-level paging and 5-level paging".
 */
#define pr_fmt(fmt) "kexec: " fmt

#include <linux/efi.h>
#include <linux/io.h>
#include <linux/ioport.h>
#include <linux/kexec.h>
#include <linux/mm.h>
#include <asm/efi.h>
#include <asm/init.h>
#include <asm/page.h>
#include <asm/pgtable.h>
#include <asm/setup.h>

#define LEVEL_2M	2
#define LEVEL_1G	3

#define TABLE_FLAGS	(_PAGE_PRESENT | _PAGE_RW | _PAGE_ACCESSED | _PAGE_DIRTY)
#define LEAF_FLAGS	(TABLE_FLAGS | _PAGE_PSE)

static unsigned long level_bytes(int level)
{
	return PAGE_SIZE << (9 * (level - 1));
}

static u64 *entry_for(u64 *table, unsigned long pa, int level)
{
	return &table[pa / level_bytes(level) % PTRS_PER_PTE];
}

static u64 *new_table(struct kimage *image)
{
	struct page *page = kimage_alloc_control_page(image);

	return page ? page_address(page) : NULL;
}

/* Maps the largest page at pa that holds nothing beyond end; what is there stays. */
static int map_one(struct kimage *image, u64 *table, unsigned long pa, unsigned long end, unsigned long *ret_bytes)
{
	int level = pgtable_l5_enabled() ? 5 : 4;
	u64 *entry = entry_for(table, pa, level);

	for (; level > LEVEL_2M; entry = entry_for(table, pa, --level)) {
		bool fits = IS_ALIGNED(pa, level_bytes(level)) && end - pa >= level_bytes(level);

		if (*entry & _PAGE_PSE && level == LEVEL_1G)
			break;
		if (!*entry && level == LEVEL_1G && direct_gbpages && fits)
			break;
		if (!*entry) {
			u64 *lower = new_table(image);

			if (!lower)
				return -ENOMEM;
			*entry = __pa(lower) | TABLE_FLAGS;
		}
		table = __va(*entry & PTE_PFN_MASK);
	}
	if (!*entry)
		*entry = pa | LEAF_FLAGS;
	/* Of a large page that was there, only the part behind pa. */
	*ret_bytes = level_bytes(level) - pa % level_bytes(level);
	return 0;
}

/* [start, end), rounded to the 2 MiB around it. */
static int map_range(struct kimage *image, u64 *table, unsigned long start, unsigned long end)
{
	unsigned long pa = round_down(start, PMD_SIZE);
	unsigned long bytes;

	end = round_up(end, PMD_SIZE);
	for (; pa < end; pa += bytes)
		if (map_one(image, table, pa, end, &bytes))
			return -ENOMEM;
	return 0;
}

struct walk {
	struct kimage *image;
	u64 *table;
};

static int map_resource(struct resource *res, void *arg)
{
	struct walk *walk = arg;

	return map_range(walk->image, walk->table, res->start, res->end + 1);
}

/* What firmware left of ACPI, which need not be RAM. */
static int map_acpi(struct kimage *image, u64 *table)
{
	static const unsigned long kinds[] = { IORES_DESC_ACPI_TABLES, IORES_DESC_ACPI_NV_STORAGE };
	struct walk walk = { .image = image, .table = table };
	unsigned int i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		ret = walk_iomem_res_desc(kinds[i], IORESOURCE_MEM | IORESOURCE_BUSY, 0, -1, &walk, map_resource);
		/* -EINVAL: there is none of this kind. */
		if (ret == -ENOMEM)
			return ret;
	}
	return 0;
}

#ifdef CONFIG_EFI
/* The system table and the list of tables it leads to (UEFI specification 2.10, 4.3 and 4.6). */
static int map_efi(struct kimage *image, u64 *table)
{
	bool wide = efi_enabled(EFI_64BIT);
	size_t bytes = wide ? sizeof(efi_system_table_64_t) : sizeof(efi_system_table_32_t);
	unsigned long systab = boot_params.efi_info.efi_systab | (u64)boot_params.efi_info.efi_systab_hi << 32;
	unsigned long tables;
	void *map;

	if (!efi_enabled(EFI_BOOT) || !systab)
		return 0;
	map = memremap(systab, bytes, MEMREMAP_WB);
	if (!map) {
		pr_err("the EFI system table at %#lx can't be read\n", systab);
		return -ENOMEM;
	}
	if (wide)
		tables = ((efi_system_table_64_t *)map)->nr_tables * sizeof(efi_config_table_64_t);
	else
		tables = ((efi_system_table_32_t *)map)->nr_tables * sizeof(efi_config_table_32_t);
	memunmap(map);

	if (map_range(image, table, systab, systab + bytes))
		return -ENOMEM;
	return map_range(image, table, efi_config_table, efi_config_table + tables);
}
#else
static int map_efi(struct kimage *image, u64 *table)
{
	return 0;
}
#endif

int identity_map_build(struct kimage *image, unsigned long *ret_page_table)
{
	u64 *table = new_table(image);
	int i;

	if (!table)
		return -ENOMEM;
	/* The kernel's half, so that relocate_kernel outlives the switch; it clears it at once. */
	memcpy(table + PTRS_PER_PGD / 2, init_mm.pgd + PTRS_PER_PGD / 2, PAGE_SIZE / 2);

	for (i = 0; i < nr_pfn_mapped; i++)
		if (map_range(image, table, PFN_PHYS(pfn_mapped[i].start), PFN_PHYS(pfn_mapped[i].end)))
			return -ENOMEM;
	for (i = 0; i < image->nr_segments; i++)
		if (map_range(image, table, image->segment[i].mem, image->segment[i].mem + image->segment[i].memsz))
			return -ENOMEM;
	if (map_efi(image, table) || map_acpi(image, table))
		return -ENOMEM;
	*ret_page_table = __pa(table);
	return 0;
}
