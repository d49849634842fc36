// SPDX-License-Identifier: GPL-2.0
/*
 * An image for a panic.  It is copied straight to its place in the crash region, with its
 * control pages between the segments, so that at the panic nothing is left to do but to look
 * whether it is still whole.
 *
 * crash_image_is_sound() runs at the panic: one CPU, interrupts off, any lock may be held.
 * It reads the region through the direct map.
 */
#include <linux/highmem.h>
#include <linux/init.h>
#include <linux/kexec.h>
#include <linux/kobject.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sysfs.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <linux/xxhash.h>

#include "internal.h"

/* Copied at a time, between looks at signals and the scheduler. */
#define CHUNK_BYTES	(256UL << 10)

/*
 * Bytes that a checksum reads, at most: some 30 ms on today's machines, where one CPU reads
 * memory at 4 GB/s and more.  Of an image that is larger every second, third... page counts.
 */
#define CHECKSUM_BUDGET	(128UL << 20)

/* --- room in the region ------------------------------------------------------------------ */

/* The end of something of this image that lies at the page at pa, or 0. */
static unsigned long occupied_until(struct kimage *image, unsigned long pa)
{
	struct kexec_segment *segment = kimage_segment_at(image, pa, pa + PAGE_SIZE);
	struct page *page;

	if (segment)
		return kexec_segment_end(segment);
	list_for_each_entry(page, &image->control_pages, lru)
		if (page_to_phys(page) == pa)
			return pa + PAGE_SIZE;
	return 0;
}

struct page *crash_image_alloc_control_page(struct kimage *image)
{
	struct kimage *const images[] = { image, kexec_crash_image, kexec_crash_fallback };
	unsigned long pa = image->next_control;
	unsigned int i = 0;

	while (i < ARRAY_SIZE(images)) {
		unsigned long end = images[i] ? occupied_until(images[i], pa) : 0;

		i = end ? 0 : i + 1;
		pa = end ? end : pa;
	}
	if (pa + PAGE_SIZE > crash_region_end()) {
		image->region_is_full = true;
		return NULL;
	}
	image->next_control = pa + PAGE_SIZE;
	return pfn_to_page(PFN_DOWN(pa));
}

bool crash_image_collides(struct kimage *image, struct kimage *other)
{
	struct page *page;
	unsigned int i;

	for (i = 0; i < image->nr_segments; i++) {
		const struct kexec_segment *segment = &image->segment[i];

		if (kimage_segment_at(other, segment->mem, kexec_segment_end(segment)))
			return true;
		list_for_each_entry(page, &other->control_pages, lru)
			if (kexec_overlaps(segment->mem, kexec_segment_end(segment),
					   page_to_phys(page), page_to_phys(page) + PAGE_SIZE))
				return true;
	}
	return false;
}

/* What the first image occupies: a fallback must not lie there, and a loader can't know of control pages. */
static ssize_t crash_image_ranges_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	unsigned long start, pa, end;
	int bytes = 0;

	if (!kexec_trylock())
		return -EBUSY;
	for (start = crashk_res.start; kexec_crash_image && start < crash_region_end(); start = pa) {
		for (pa = start; pa < crash_region_end() && (end = occupied_until(kexec_crash_image, pa)); pa = end)
			;
		if (pa > start)
			bytes += sysfs_emit_at(buf, bytes, "%lx-%lx\n", start, pa);
		else
			pa += PAGE_SIZE;
		cond_resched();
	}
	kexec_unlock();
	return bytes;
}

static struct kobj_attribute ranges_attribute = __ATTR_RO_MODE(crash_image_ranges, 0400);

static int __init crash_image_init(void)
{
	return sysfs_create_file(kernel_kobj, &ranges_attribute.attr);
}
late_initcall(crash_image_init);

/* --- checksum -------------------------------------------------------------------------------- */

/*
 * xxHash, 64 bits, each piece with the sum so far as its seed: it is as fast as memory, where a
 * CRC by table would take four times as many instructions, and nothing here needs what a CRC can
 * more.
 */
static u64 checksum(const struct kimage *image)
{
	unsigned long total = 0, stride, page = 0, pa;
	struct page *control;
	unsigned int i;
	u64 sum;

	for (i = 0; i < image->nr_segments; i++)
		total += image->segment[i].memsz;
	stride = max(DIV_ROUND_UP(total, CHECKSUM_BUDGET), 1UL);

	sum = xxh64(&image->start, sizeof(image->start), 0);
	sum = xxh64(image->segment, sizeof(image->segment), sum);
	for (i = 0; i < image->nr_segments; i++) {
		if (&image->segment[i] == image->elfcorehdr)
			continue;
		for (pa = image->segment[i].mem; pa < kexec_segment_end(&image->segment[i]); pa += PAGE_SIZE)
			if (page++ % stride == 0)
				sum = xxh64(phys_to_virt(pa), PAGE_SIZE, sum);
	}
	/* The code of the jump and its tables are as important as what they lead to. */
	list_for_each_entry(control, &image->control_pages, lru)
		if (control != image->vmcoreinfo_page)
			sum = xxh64(page_address(control), PAGE_SIZE, sum);
	return sum;
}

bool crash_image_is_sound(struct kimage *image)
{
	return checksum(image) == image->checksum;
}

/* --- loading ------------------------------------------------------------------------------------ */

static int fill_segment(const struct kexec_segment *segment)
{
	char *to = phys_to_virt(segment->mem);
	size_t done, bytes;

	for (done = 0; done < segment->bufsz; done += bytes) {
		bytes = min(CHUNK_BYTES, segment->bufsz - done);
		if (copy_from_user(to + done, segment->buf + done, bytes))
			return -EFAULT;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	memset(to + done, 0, segment->memsz - done);
	return 0;
}

/* A stray write can spoil vmcoreinfo's text, but hardly this copy, which only the panic path writes. */
static int copy_vmcoreinfo(struct kimage *image)
{
	struct page *page = kimage_alloc_control_page(image);

	if (!page)
		return -ENOMEM;
	image->vmcoreinfo_page = page;
	vmcoreinfo_copy_to(page_address(page));
	image->vmcoreinfo_copy = vmap(&page, 1, VM_MAP, PAGE_KERNEL);
	return image->vmcoreinfo_copy ? 0 : -ENOMEM;
}

int crash_image_load(struct kimage *image)
{
	unsigned int i;
	int ret = machine_kexec_prepare(image);

	if (!ret)
		ret = copy_vmcoreinfo(image);
	for (i = 0; i < image->nr_segments && !ret; i++)
		ret = fill_segment(&image->segment[i]);
	if (!ret)
		ret = elfcorehdr_adopt(image);
	if (!ret)
		image->checksum = checksum(image);
	return ret;
}

/* The pages are the region's. */
void crash_image_free(struct kimage *image)
{
	elfcorehdr_release(image);
	vunmap(image->vmcoreinfo_copy);
}
