// SPDX-License-Identifier: GPL-2.0
/*
 * The ELF header that tells the next kernel where memory and registers are.  The loader writes
 * it; memory that is plugged in or out later would make it wrong.  For an image loaded with
 * KEXEC_UPDATE_ELFCOREHDR it is written anew at the panic, from a snapshot that is kept up to
 * date meanwhile.  Other images' headers stay as loaded: their purgatory has hashed them.
 *
 * elfcorehdr_update() runs at the panic: one CPU, interrupts off, any lock may be held.  It
 * writes through mappings made at load time.
 */
#define pr_fmt(fmt) "kexec: " fmt

#include <linux/elf.h>
#include <linux/init.h>
#include <linux/ioport.h>
#include <linux/kexec.h>
#include <linux/kobject.h>
#include <linux/memory.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/vmalloc.h>
#include <asm/page.h>

#include "internal.h"

/* Headers beside those of CPUs and RAM: the loader's own (see is_loaders_own), and what two regions cut in two. */
#define OTHER_PHDRS	8
/* RAM ranges that may come; QEMU, for one, has as many slots for memory. */
#define MORE_RAM_RANGES	256

struct ram_range {
	u64 start;
	u64 end;
};

/* RAM, in ascending order. */
struct snapshot {
	unsigned int count;
	unsigned int room;
	struct ram_range range[];
};

/* Replaced whole; the panic path reads it when nobody else runs. */
static struct snapshot *snapshot;
/* Of each possible CPU, which does not change when it goes or comes. */
static phys_addr_t *note_pa;

/* --- the snapshot ------------------------------------------------------------------------- */

static int count_ram_range(struct resource *res, void *arg)
{
	unsigned int *count = arg;

	++*count;
	return 0;
}

static int add_ram_range(struct resource *res, void *arg)
{
	struct snapshot *fresh = arg;

	/* Memory has come since it was counted: the notifier will see it. */
	if (fresh->count == fresh->room)
		return -ENOSPC;
	fresh->range[fresh->count++] = (struct ram_range){ .start = res->start, .end = res->end + 1 };
	return 0;
}

static int take_snapshot(void)
{
	struct snapshot *fresh;
	unsigned int count = 0;

	walk_system_ram_res(0, -1, &count, count_ram_range);
	fresh = kzalloc(struct_size(fresh, range, count), GFP_KERNEL);
	if (!fresh)
		return -ENOMEM;
	fresh->room = count;
	walk_system_ram_res(0, -1, fresh, add_ram_range);
	kfree(xchg(&snapshot, fresh));
	return 0;
}

static int memory_changed(struct notifier_block *block, unsigned long what, void *arg)
{
	if ((what == MEM_ONLINE || what == MEM_OFFLINE) && take_snapshot())
		pr_warn("no memory to note that memory has changed: a dump would lack it\n");
	return NOTIFY_OK;
}

static struct notifier_block memory_notifier = { .notifier_call = memory_changed };

/*
 * How large a loader should make the segment, so that there is room at the panic.  Name and format
 * are upstream's since 6.6 (Documentation/ABI); that the file is there says that the flag is known.
 */
static ssize_t crash_elfcorehdr_size_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	unsigned int count = num_possible_cpus() + OTHER_PHDRS + MORE_RAM_RANGES;

	walk_system_ram_res(0, -1, &count, count_ram_range);
	return sysfs_emit(buf, "%zu\n", sizeof(Elf64_Ehdr) + count * sizeof(Elf64_Phdr));
}

static struct kobj_attribute size_attribute = __ATTR_RO(crash_elfcorehdr_size);

static int __init elfcorehdr_init(void)
{
	int cpu, ret;

	note_pa = kcalloc(nr_cpu_ids, sizeof(*note_pa), GFP_KERNEL);
	if (!note_pa || !crash_notes)
		return -ENOMEM;
	for_each_possible_cpu(cpu)
		note_pa[cpu] = per_cpu_ptr_to_phys(per_cpu_ptr(crash_notes, cpu));
	ret = register_memory_notifier(&memory_notifier);
	if (!ret)
		ret = take_snapshot();
	return ret ? ret : sysfs_create_file(kernel_kobj, &size_attribute.attr);
}
late_initcall(elfcorehdr_init);

/* --- at load ---------------------------------------------------------------------------------- */

static bool is_elfcorehdr(const struct kexec_segment *segment)
{
	const Elf64_Ehdr *ehdr = phys_to_virt(segment->mem);

	return segment->memsz >= PAGE_SIZE && !memcmp(ehdr->e_ident, ELFMAG, SELFMAG) &&
	       ehdr->e_ident[EI_CLASS] == ELFCLASS64 && ehdr->e_type == ET_CORE &&
	       ehdr->e_phentsize == sizeof(Elf64_Phdr) && ehdr->e_phoff == sizeof(*ehdr) &&
	       sizeof(*ehdr) + ehdr->e_phnum * sizeof(Elf64_Phdr) <= segment->memsz;
}

static void *map_segment(const struct kexec_segment *segment)
{
	unsigned int count = PFN_DOWN(segment->memsz), i;
	struct page **pages = kvmalloc_array(count, sizeof(*pages), GFP_KERNEL);
	void *map = NULL;

	if (pages) {
		for (i = 0; i < count; i++)
			pages[i] = pfn_to_page(PFN_DOWN(segment->mem) + i);
		map = vmap(pages, count, VM_MAP, PAGE_KERNEL);
	}
	kvfree(pages);
	return map;
}

int elfcorehdr_adopt(struct kimage *image)
{
	unsigned int i;

	if (!(image->flags & KEXEC_UPDATE_ELFCOREHDR))
		return 0;
	for (i = 0; i < image->nr_segments; i++)
		if (is_elfcorehdr(&image->segment[i]))
			break;
	if (i == image->nr_segments)
		return -EINVAL;

	image->elfcorehdr = &image->segment[i];
	/* The new header is made beside the old one, so that a fault in between leaves a whole one. */
	image->elfcorehdr_draft = vzalloc(image->elfcorehdr->memsz);
	image->elfcorehdr_map = map_segment(image->elfcorehdr);
	if (!image->elfcorehdr_draft || !image->elfcorehdr_map)
		return -ENOMEM;
	return take_snapshot();
}

void elfcorehdr_release(struct kimage *image)
{
	vunmap(image->elfcorehdr_map);
	vfree(image->elfcorehdr_draft);
}

/* --- at the panic -------------------------------------------------------------------------------- */

struct draft {
	Elf64_Ehdr *ehdr;
	Elf64_Phdr *next;
	Elf64_Phdr *end;
};

static void add_phdr(struct draft *draft, const Elf64_Phdr *phdr)
{
	if (draft->next < draft->end)
		*draft->next = *phdr;
	draft->next++;
}

/*
 * What only the loader knows: vmcoreinfo's place, the kernel's text, and what lies below 1 MiB, which
 * the next kernel uses and may have been told to look for elsewhere.
 */
static bool is_loaders_own(const Elf64_Phdr *phdr)
{
	if (phdr->p_type == PT_NOTE)
		return phdr->p_paddr == paddr_vmcoreinfo_note();
	return phdr->p_vaddr >= __START_KERNEL_map || phdr->p_paddr + phdr->p_memsz <= SZ_1M;
}

static void add_cpu_notes(struct draft *draft)
{
	int cpu;

	for_each_present_cpu(cpu)
		add_phdr(draft, &(Elf64_Phdr){
			.p_type = PT_NOTE, .p_offset = note_pa[cpu], .p_paddr = note_pa[cpu],
			.p_filesz = sizeof(note_buf_t), .p_memsz = sizeof(note_buf_t),
		});
}

static void add_ram(struct draft *draft, u64 start, u64 end)
{
	add_phdr(draft, &(Elf64_Phdr){
		.p_type = PT_LOAD, .p_flags = PF_R | PF_W | PF_X, .p_offset = start, .p_paddr = start,
		.p_vaddr = (u64)phys_to_virt(start), .p_filesz = end - start, .p_memsz = end - start,
	});
}

/* A range less the crash regions. */
static void add_ram_outside_regions(struct draft *draft, u64 start, u64 end)
{
	const struct resource *regions[] = { &crashk_low_res, &crashk_res };
	unsigned int i;

	/* A region that has grown may lie anywhere. */
	if (crashk_res.start < crashk_low_res.start)
		swap(regions[0], regions[1]);

	for (i = 0; i < ARRAY_SIZE(regions); i++) {
		u64 from = regions[i]->start, to = regions[i]->end + 1;

		if (!regions[i]->end || to <= start || from >= end)
			continue;
		if (start < from)
			add_ram(draft, start, from);
		start = to;
	}
	if (start < end)
		add_ram(draft, start, end);
}

bool elfcorehdr_update(struct kimage *image)
{
	const Elf64_Ehdr *loaded = image->elfcorehdr_map;
	const Elf64_Phdr *phdrs = (const Elf64_Phdr *)(loaded + 1);
	size_t room = image->elfcorehdr->memsz;
	struct draft draft = {
		.ehdr = image->elfcorehdr_draft,
		.next = (Elf64_Phdr *)((Elf64_Ehdr *)image->elfcorehdr_draft + 1),
		.end = (Elf64_Phdr *)((Elf64_Ehdr *)image->elfcorehdr_draft + 1) + (room - sizeof(Elf64_Ehdr)) / sizeof(Elf64_Phdr),
	};
	unsigned int i;

	add_cpu_notes(&draft);
	for (i = 0; i < loaded->e_phnum; i++)
		if (is_loaders_own(&phdrs[i]))
			add_phdr(&draft, &phdrs[i]);
	for (i = 0; i < snapshot->count; i++)
		add_ram_outside_regions(&draft, max_t(u64, snapshot->range[i].start, SZ_1M), snapshot->range[i].end);
	if (draft.next > draft.end)
		return false;

	*draft.ehdr = *loaded;
	draft.ehdr->e_phnum = draft.next - (Elf64_Phdr *)(draft.ehdr + 1);
	memcpy(image->elfcorehdr_map, draft.ehdr, room);
	return true;
}
