// SPDX-License-Identifier: GPL-2.0
/*
 * vmcoreinfo: the text from which makedumpfile, crash and others know this kernel's layout, and
 * its ELF note at an address that loaders read from /sys/kernel/vmcoreinfo.
 *
 * crash_save_vmcoreinfo() runs at the panic: one CPU, interrupts off, any lock may be held.
 */
#include <linux/buildid.h>
#include <linux/crash_core.h>
#include <linux/gfp.h>
#include <linux/hugetlb.h>
#include <linux/init.h>
#include <linux/kexec.h>
#include <linux/kmsg_dump.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/nodemask.h>
#include <linux/printk.h>
#include <linux/timekeeping.h>
#include <linux/utsname.h>
#include <linux/vmalloc.h>
#include <asm/sections.h>

#include "../kallsyms_internal.h"
#include "internal.h"

unsigned char *vmcoreinfo_data;
size_t vmcoreinfo_size;
u32 *vmcoreinfo_note;

/* A line of vmcoreinfo: a format, and the one number in it. */
struct vmcoreinfo_line {
	const char *format;
	unsigned long value;
};

#define SYMBOL(name)		{ "SYMBOL(" #name ")=%lx\n", (unsigned long)&name }
#define ARRAY(name)		{ "SYMBOL(" #name ")=%lx\n", (unsigned long)name }
#define SIZE(tag)		{ "SIZE(" #tag ")=%lu\n", sizeof(struct tag) }
#define TYPE_SIZE(type)		{ "SIZE(" #type ")=%lu\n", sizeof(type) }
#define OFFSET(tag, member)	{ "OFFSET(" #tag "." #member ")=%lu\n", offsetof(struct tag, member) }
#define LENGTH(what, count)	{ "LENGTH(" #what ")=%lu\n", count }
#define NUMBER(name)		{ "NUMBER(" #name ")=%ld\n", (unsigned long)(name) }
#define MAPCOUNT(what, flag)	{ "NUMBER(" #what ")=%ld\n", (unsigned long)~(flag) }

void vmcoreinfo_append_str(const char *fmt, ...)
{
	size_t room = VMCOREINFO_BYTES - vmcoreinfo_size;
	char line[80];
	va_list args;
	size_t bytes;

	va_start(args, fmt);
	bytes = min_t(size_t, vscnprintf(line, sizeof(line), fmt, args), room);
	va_end(args);
	memcpy(vmcoreinfo_data + vmcoreinfo_size, line, bytes);
	vmcoreinfo_size += bytes;
}

static void __init append_lines(const struct vmcoreinfo_line *lines, unsigned int count)
{
	for (; count; lines++, count--)
		vmcoreinfo_append_str(lines->format, lines->value);
}

/*
 * ABI table: keys and order are those of Linux 6.1 (Documentation/admin-guide/kdump/vmcoreinfo.rst).
 * The printk ring's keys stand between the two parts.
 */
static void __init append_memory_lines(void)
{
	const struct vmcoreinfo_line lines[] = {
		SYMBOL(init_uts_ns), OFFSET(uts_namespace, name), SYMBOL(node_online_map),
#ifdef CONFIG_MMU
		ARRAY(swapper_pg_dir),
#endif
		SYMBOL(_stext), SYMBOL(vmap_area_list),
#ifndef CONFIG_NUMA
		SYMBOL(mem_map), SYMBOL(contig_page_data),
#endif
#ifdef CONFIG_SPARSEMEM
		ARRAY(mem_section), LENGTH(mem_section, NR_SECTION_ROOTS), SIZE(mem_section),
		OFFSET(mem_section, section_mem_map), NUMBER(SECTION_SIZE_BITS), NUMBER(MAX_PHYSMEM_BITS),
#endif
		SIZE(page), SIZE(pglist_data), SIZE(zone), SIZE(free_area), SIZE(list_head), TYPE_SIZE(nodemask_t),
		OFFSET(page, flags), OFFSET(page, _refcount), OFFSET(page, mapping), OFFSET(page, lru),
		OFFSET(page, _mapcount), OFFSET(page, private), OFFSET(page, compound_dtor),
		OFFSET(page, compound_order), OFFSET(page, compound_head),
		OFFSET(pglist_data, node_zones), OFFSET(pglist_data, nr_zones),
#ifdef CONFIG_FLATMEM
		OFFSET(pglist_data, node_mem_map),
#endif
		OFFSET(pglist_data, node_start_pfn), OFFSET(pglist_data, node_spanned_pages), OFFSET(pglist_data, node_id),
		OFFSET(zone, free_area), OFFSET(zone, vm_stat), OFFSET(zone, spanned_pages),
		OFFSET(free_area, free_list), OFFSET(list_head, next), OFFSET(list_head, prev),
		OFFSET(vmap_area, va_start), OFFSET(vmap_area, list), LENGTH(zone.free_area, MAX_ORDER),
	};

	append_lines(lines, ARRAY_SIZE(lines));
}

static void __init append_number_lines(void)
{
	const struct vmcoreinfo_line lines[] = {
		LENGTH(free_area.free_list, MIGRATE_TYPES), NUMBER(NR_FREE_PAGES),
		NUMBER(PG_lru), NUMBER(PG_private), NUMBER(PG_swapcache), NUMBER(PG_swapbacked), NUMBER(PG_slab),
#ifdef CONFIG_MEMORY_FAILURE
		NUMBER(PG_hwpoison),
#endif
		NUMBER(PG_head_mask), MAPCOUNT(PAGE_BUDDY_MAPCOUNT_VALUE, PG_buddy),
#ifdef CONFIG_HUGETLB_PAGE
		NUMBER(HUGETLB_PAGE_DTOR), MAPCOUNT(PAGE_OFFLINE_MAPCOUNT_VALUE, PG_offline),
#endif
#ifdef CONFIG_KALLSYMS
		SYMBOL(kallsyms_names), SYMBOL(kallsyms_num_syms), SYMBOL(kallsyms_token_table), SYMBOL(kallsyms_token_index),
#ifdef CONFIG_KALLSYMS_BASE_RELATIVE
		SYMBOL(kallsyms_offsets), SYMBOL(kallsyms_relative_base),
#else
		SYMBOL(kallsyms_addresses),
#endif
#endif
	};

	append_lines(lines, ARRAY_SIZE(lines));
}

/* The text's length changes at the panic, so what stands behind it is written anew as well. */
static void write_notes(void)
{
	Elf_Word *end = append_elf_note(vmcoreinfo_note, VMCOREINFO_NOTE_NAME, 0, vmcoreinfo_data, vmcoreinfo_size);

#ifdef CONFIG_KEXEC_CORE
	end = phase_log_append_note(end);
#endif
	final_note(end);
}

void crash_save_vmcoreinfo(void)
{
	if (!vmcoreinfo_note)
		return;
	vmcoreinfo_append_str("CRASHTIME=%lld\n", ktime_get_real_seconds());
	write_notes();
}

void vmcoreinfo_copy_to(void *copy)
{
	memcpy(copy, vmcoreinfo_data, vmcoreinfo_size);
}

void vmcoreinfo_use_copy(void *copy)
{
	if (copy)
		vmcoreinfo_data = copy;
}

phys_addr_t __weak paddr_vmcoreinfo_note(void)
{
	return __pa(vmcoreinfo_note);
}
EXPORT_SYMBOL(paddr_vmcoreinfo_note);

void __weak arch_crash_save_vmcoreinfo(void)
{
}

static int __init vmcoreinfo_init(void)
{
	vmcoreinfo_note = alloc_pages_exact(VMCOREINFO_NOTE_SIZE, GFP_KERNEL | __GFP_ZERO);
	vmcoreinfo_data = (unsigned char *)get_zeroed_page(GFP_KERNEL);
	if (!vmcoreinfo_note || !vmcoreinfo_data) {
		pr_warn("kexec: no memory for vmcoreinfo: no tool will know a dump's layout\n");
		if (vmcoreinfo_note)
			free_pages_exact(vmcoreinfo_note, VMCOREINFO_NOTE_SIZE);
		free_page((unsigned long)vmcoreinfo_data);
		vmcoreinfo_note = NULL;
		vmcoreinfo_data = NULL;
		return -ENOMEM;
	}

	VMCOREINFO_OSRELEASE(init_uts_ns.name.release);
	vmcoreinfo_append_str("BUILD-ID=%*phN\n", BUILD_ID_SIZE_MAX, vmlinux_build_id);
	VMCOREINFO_PAGESIZE(PAGE_SIZE);
	append_memory_lines();
	log_buf_vmcoreinfo_setup();
	append_number_lines();
	arch_crash_save_vmcoreinfo();
	write_notes();
	return 0;
}
subsys_initcall(vmcoreinfo_init);
