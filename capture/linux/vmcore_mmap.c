// SPDX-License-Identifier: GPL-2.0
/* Maps the file into a process, read-only: buffers and old memory in one row. */
#include "vmcore.h"

#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/vmalloc.h>

/*
 * Without x86's memory type tracking (arch/x86/mm/pat/memtype.c, track_pfn_remap()): it calls
 * memory that no driver has mapped uncached, wants one type in all of a VMA's part, and looks
 * at each page for that.  This is RAM, and the VMA's prot, which is for RAM, is right.
 */
int __weak remap_oldmem_pfn_range(struct vm_area_struct *vma, unsigned long from,
				  unsigned long pfn, unsigned long size, pgprot_t prot)
{
	return remap_pfn_range_notrack(vma, from, pfn, size, pgprot_encrypted(prot));
}

/* Everything is mapped at once, so that a fault is an access behind what could be. */
static vm_fault_t vmcore_mmap_fault(struct vm_fault *vmf)
{
	return VM_FAULT_SIGBUS;
}

static const struct vm_operations_struct vmcore_mmap_ops = {
	.fault = vmcore_mmap_fault,
};

/* Runs of RAM; where a callback denies a page, the zero page is seen. */
static int map_oldmem(struct vm_area_struct *vma, unsigned long user, struct oldmem_range range)
{
	int err = 0;

	while (!err && range.start < range.end) {
		unsigned long bytes = vmcore_callbacks_ram_end(range) - range.start;
		unsigned long pfn = PHYS_PFN(range.start);

		if (!bytes) {
			bytes = PAGE_SIZE;
			pfn = my_zero_pfn(user);
		}
		err = remap_oldmem_pfn_range(vma, user, pfn, bytes, vma->vm_page_prot);
		user += bytes;
		range.start += bytes;
	}
	return err;
}

static int map_parts(struct vm_area_struct *vma, const struct vmcore_layout *layout, u64 offset)
{
	unsigned long user = vma->vm_start;
	int err = 0;

	while (!err && user < vma->vm_end) {
		const struct vmcore_part *part = vmcore_layout_find(layout, offset);
		u64 skip = offset - part->offset;
		unsigned long bytes = min_t(u64, part->bytes - skip, vma->vm_end - user);

		if (part->buf)
			err = remap_vmalloc_range_partial(vma, user, part->buf + skip, 0, bytes);
		else
			err = map_oldmem(vma, user, (struct oldmem_range){ part->pa + skip, part->pa + skip + bytes });
		user += bytes;
		offset += bytes;
	}
	return err;
}

int vmcore_mmap(struct file *file, struct vm_area_struct *vma)
{
	u64 offset = (u64)vma->vm_pgoff << PAGE_SHIFT;
	u64 bytes = vma->vm_end - vma->vm_start;
	const struct vmcore_layout *layout;
	int held, err = -EINVAL;

	if (vma->vm_flags & (VM_WRITE | VM_EXEC))
		return -EPERM;
	/* Buffers go in page by page with a reference, old memory as bare page frames. */
	vma->vm_flags = (vma->vm_flags & ~(VM_MAYWRITE | VM_MAYEXEC)) | VM_MIXEDMAP;
	vma->vm_ops = &vmcore_mmap_ops;

	held = srcu_read_lock(&vmcore_srcu);
	layout = vmcore_layout_get();
	if (bytes <= layout->bytes && offset <= layout->bytes - bytes)
		err = map_parts(vma, layout, offset) ? -EAGAIN : 0;
	srcu_read_unlock(&vmcore_srcu, held);
	return err;
}
