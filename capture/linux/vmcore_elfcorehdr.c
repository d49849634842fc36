// SPDX-License-Identifier: GPL-2.0
/*
 * Reads the elfcorehdr that the loader left: an ELF core header in old memory whose
 * p_offset are physical addresses.  From it and the notes it points to comes the layout.
 */
#include "vmcore.h"

#include <linux/cc_platform.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#define MAX_NOTE_BYTES SZ_64M	/* of all CPUs together; only a damaged header says more */

/* What was read; the layout is made from it again when a device dump comes. */
static struct {
	union vmcore_ehdr ehdr;
	unsigned int loads;
	Elf64_Phdr *load;
	size_t note_bytes;	/* without padding */
	size_t note_room;	/* of notes, a multiple of a page */
	void *notes;		/* vmalloc_user() */
} old;

int __weak elfcorehdr_alloc(unsigned long long *addr, unsigned long long *size)
{
	return 0;
}

void __weak elfcorehdr_free(unsigned long long addr)
{
}

static ssize_t read_to_buffer(void *buf, size_t count, u64 *ppos, bool encrypted)
{
	struct kvec to = { .iov_base = buf, .iov_len = count };
	struct iov_iter iter;

	iov_iter_kvec(&iter, ITER_DEST, &to, 1, count);
	return read_from_oldmem(&iter, count, ppos, encrypted);
}

/* kexec_load put it there in plain text. */
ssize_t __weak elfcorehdr_read(char *buf, size_t count, u64 *ppos)
{
	return read_to_buffer(buf, count, ppos, false);
}

ssize_t __weak elfcorehdr_read_notes(char *buf, size_t count, u64 *ppos)
{
	return read_to_buffer(buf, count, ppos, cc_platform_has(CC_ATTR_MEM_ENCRYPT));
}

static int read_header(void *buf, size_t count, u64 pa)
{
	ssize_t done = elfcorehdr_read(buf, count, &pa);

	return done < 0 ? done : done < count ? -EIO : 0;
}

static bool is_for_this_machine(const union vmcore_ehdr *ehdr)
{
	if (ehdr->ident[EI_CLASS] == ELFCLASS64)
		return vmcore_elf64_check_arch(&ehdr->elf64);
	return vmcore_elf32_check_arch(&ehdr->elf32);
}

/* Header and program headers, these in ELF64 terms; the caller frees the table with kvfree(). */
static Elf64_Phdr * __init read_table(u64 pa, union vmcore_ehdr *ehdr, unsigned int *ret_count)
{
	struct vmcore_table table;
	Elf64_Phdr *phdr;
	void *raw;
	int err;

	err = read_header(ehdr, sizeof(*ehdr), pa);
	if (err)
		return ERR_PTR(err);
	if (vmcore_layout_check(ehdr, &table) || !is_for_this_machine(ehdr)) {
		pr_warn("no ELF core header for this machine at %#llx: overwritten, or not what elfcorehdr= should say\n", pa);
		return ERR_PTR(-EINVAL);
	}
	raw = kvmalloc(table.bytes, GFP_KERNEL);
	phdr = kvmalloc_array(table.count, sizeof(*phdr), GFP_KERNEL);
	err = raw && phdr ? read_header(raw, table.bytes, pa + table.offset) : -ENOMEM;
	if (!err)
		vmcore_layout_decode(ehdr, &table, raw, phdr);
	kvfree(raw);
	if (err) {
		kvfree(phdr);
		return ERR_PTR(err);
	}
	*ret_count = table.count;
	return phdr;
}

/* One note segment behind those that we have; one that can't be read is worth less than the dump. */
static void __init append_notes(const Elf64_Phdr *phdr)
{
	void *to = old.notes + old.note_bytes;
	u64 pa = phdr->p_offset;
	size_t used = 0;

	if (elfcorehdr_read_notes(to, phdr->p_memsz, &pa) == phdr->p_memsz)
		used = vmcore_layout_note_bytes(to, phdr->p_memsz);
	if (!used)
		pr_warn("no note in the %llu bytes at %#llx; is it a CPU that was not up?\n",
			phdr->p_memsz, phdr->p_offset);
	memset(to + used, 0, phdr->p_memsz - used);
	old.note_bytes += used;
}

static int __init merge_notes(const Elf64_Phdr *phdr, unsigned int count)
{
	u64 room = 0;
	unsigned int i;

	for (i = 0; i < count; i++)
		if (phdr[i].p_type == PT_NOTE) {
			if (phdr[i].p_memsz > MAX_NOTE_BYTES - room) {
				pr_warn("%#llx bytes of notes at %#llx: the elfcorehdr is damaged\n",
					phdr[i].p_memsz, phdr[i].p_offset);
				return -EINVAL;
			}
			room += phdr[i].p_memsz;
		}
	/* The file has a notes part even if there is no note. */
	old.note_room = PAGE_ALIGN(max_t(u64, room, 1));
	old.notes = vmalloc_user(old.note_room);
	if (!old.notes)
		return -ENOMEM;
	for (i = 0; i < count; i++)
		if (phdr[i].p_type == PT_NOTE)
			append_notes(&phdr[i]);
	old.note_room = PAGE_ALIGN(max_t(size_t, old.note_bytes, 1));
	return 0;
}

int __init vmcore_elfcorehdr_load(u64 pa)
{
	unsigned int count, i;
	Elf64_Phdr *phdr;
	int err;

	phdr = read_table(pa, &old.ehdr, &count);
	if (IS_ERR(phdr))
		return PTR_ERR(phdr);
	err = merge_notes(phdr, count);
	if (err) {
		kvfree(phdr);
		return err;
	}
	for (i = 0; i < count; i++)
		if (phdr[i].p_type == PT_LOAD)
			phdr[old.loads++] = phdr[i];
	old.load = phdr;
	return 0;
}

bool vmcore_elfcorehdr_is_loaded(void)
{
	return old.load;
}

void vmcore_elfcorehdr_forget(void)
{
	kvfree(old.load);
	vfree(old.notes);
	memset(&old, 0, sizeof(old));
}

void vmcore_elfcorehdr_layout_free(struct vmcore_layout *layout)
{
	if (layout)
		vfree(layout->part[0].buf);	/* what a process has mapped stays until it unmaps it */
	kvfree(layout);
}

/* Appends all parts in the file's order; device dumps come before the notes, whose padding would end them. */
static int add_parts(struct vmcore_layout *layout, const struct list_head *dumps, u64 *ret_note_bytes)
{
	struct vmcore_part *part = layout->part;
	u64 note_bytes = old.note_bytes;
	struct vmcore_dump *dump;
	unsigned int i;
	int err = 0;

	part->bytes = vmcore_layout_head_bytes(&old.ehdr, old.loads);
	part->buf = vmalloc_user(part->bytes);
	if (!part->buf)
		return -ENOMEM;
	part++;
	list_for_each_entry(dump, dumps, list) {
		*part++ = (struct vmcore_part){ .buf = dump->buf, .bytes = dump->bytes };
		note_bytes += dump->bytes;
	}
	*part++ = (struct vmcore_part){ .buf = old.notes, .bytes = old.note_room };
	for (i = 0; !err && i < old.loads; i++) {
		err = vmcore_layout_load(&old.load[i], part++);
		if (err)
			pr_warn("segment of %#llx bytes at %#llx: the elfcorehdr is damaged\n",
				old.load[i].p_memsz, old.load[i].p_offset);
	}
	layout->count = part - layout->part;
	*ret_note_bytes = note_bytes;
	return err;
}

struct vmcore_layout *vmcore_elfcorehdr_layout(const struct list_head *dumps)
{
	size_t parts = 1 + list_count_nodes((struct list_head *)dumps) + 1 + old.loads;
	struct vmcore_layout *layout;
	u64 note_bytes;
	int err;

	if (!old.load)
		return ERR_PTR(-ENODEV);
	layout = kvzalloc(struct_size(layout, part, parts), GFP_KERNEL);
	if (!layout)
		return ERR_PTR(-ENOMEM);
	err = add_parts(layout, dumps, &note_bytes);
	if (!err)
		err = vmcore_layout_place(layout);
	if (!err)
		err = vmcore_layout_encode(layout, &old.ehdr, old.load, old.loads, note_bytes);
	if (err) {
		vmcore_elfcorehdr_layout_free(layout);
		return ERR_PTR(err);
	}
	return layout;
}
