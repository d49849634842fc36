// SPDX-License-Identifier: GPL-2.0
/*
 * An image for reboot(2).  Its places are in use now, so its data waits in other pages, the
 * sources, and relocate_kernel copies it at the end, step by step.
 *
 * No copy may overwrite what a later step still reads.  So a source is either the very page
 * where its data belongs (nothing to copy), or no data's place at all; and pages which only
 * want zeroes come after all copies.  Which page may hold what is settled before any data is
 * there, so nothing is ever moved.
 */
#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/kexec.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "internal.h"

/* Fail rather than wake the OOM killer: nobody must die for an image. */
#define GFP_IMAGE	(GFP_KERNEL | __GFP_RETRY_MAYFAIL | __GFP_NOWARN)

static unsigned long data_pages(const struct kexec_segment *segment)
{
	return PFN_UP(segment->bufsz);
}

struct page *normal_image_alloc_control_page(struct kimage *image)
{
	struct page *page;

	while ((page = alloc_page(GFP_IMAGE))) {
		unsigned long pa = page_to_phys(page);

		if (!kimage_segment_at(image, pa, pa + PAGE_SIZE))
			break;
		/* Not given back yet, or the next allocation would bring it again. */
		list_add(&page->lru, &image->parked_pages);
	}
	return page;
}

/* Which of the image's data pages belongs at pa; -1 if none. */
static long source_at(const struct kimage *image, unsigned long pa)
{
	unsigned long before = 0;
	unsigned int i;

	for (i = 0; i < image->nr_segments; i++) {
		unsigned long pages = data_pages(&image->segment[i]);
		unsigned long start = image->segment[i].mem;

		if (pa >= start && PFN_DOWN(pa - start) < pages)
			return before + PFN_DOWN(pa - start);
		before += pages;
	}
	return -1;
}

/* Gives the page to source[want], or to the one whose place it is; that one's former page then serves. */
static void place_source(struct kimage *image, unsigned long want, struct page *page)
{
	long owner = source_at(image, page_to_phys(page));

	if (owner >= 0)
		swap(page, image->source[owner]);
	if (page)
		image->source[want] = page;
}

static int alloc_sources(struct kimage *image)
{
	unsigned long count = 0, i;

	for (i = 0; i < image->nr_segments; i++)
		count += data_pages(&image->segment[i]);
	image->source = kvcalloc(count, sizeof(*image->source), GFP_KERNEL);
	if (!image->source)
		return -ENOMEM;
	image->nr_sources = count;

	for (i = 0; i < count; i++) {
		while (!image->source[i]) {
			struct page *page = alloc_page(GFP_IMAGE | __GFP_HIGHMEM);

			if (!page)
				return -ENOMEM;
			place_source(image, i, page);
		}
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}

static int fill_page(struct page *page, const void __user *data, size_t bytes)
{
	char *to = kmap_local_page(page);
	unsigned long missing = copy_from_user(to, data, bytes);

	memset(to + bytes, 0, PAGE_SIZE - bytes);
	kunmap_local(to);
	return missing ? -EFAULT : 0;
}

static int fill_sources(struct kimage *image)
{
	struct page **source = image->source;
	unsigned int i;

	for (i = 0; i < image->nr_segments; i++) {
		const struct kexec_segment *segment = &image->segment[i];
		size_t done;

		for (done = 0; done < segment->bufsz; done += PAGE_SIZE) {
			size_t bytes = min_t(size_t, PAGE_SIZE, segment->bufsz - done);

			if (fill_page(*source++, segment->buf + done, bytes))
				return -EFAULT;
			cond_resched();
		}
	}
	return 0;
}

/* --- the steps ----------------------------------------------------------------------- */

#define STEPS_PER_PAGE	(PAGE_SIZE / sizeof(struct kexec_copy))

struct step_list {
	struct kimage *image;
	struct kexec_copy *page;	/* the page being filled */
	unsigned int used;
};

static int step_list_grow(struct step_list *list)
{
	struct page *page = kimage_alloc_control_page(list->image);

	if (!page)
		return -ENOMEM;
	if (list->page)
		list->page[list->used].source = page_to_phys(page);
	else
		list->image->copy_list = page_to_phys(page);
	list->page = page_address(page);
	list->used = 0;
	return 0;
}

static int step_list_add(struct step_list *list, u64 dest, u64 source, u64 bytes)
{
	struct kexec_copy *last = list->used ? &list->page[list->used - 1] : NULL;

	if (last && last->source && last->dest + last->bytes == dest && last->source + last->bytes == source) {
		last->bytes += bytes;
		return 0;
	}
	/* The page's last step, which is zero, leads to the next page. */
	if ((!list->page || list->used == STEPS_PER_PAGE - 1) && step_list_grow(list))
		return -ENOMEM;
	list->page[list->used++] = (struct kexec_copy){ .dest = dest, .source = source, .bytes = bytes };
	return 0;
}

static int list_steps(struct kimage *image)
{
	struct step_list list = { .image = image };
	struct page **source = image->source;
	unsigned long page, i;
	int ret = 0;

	for (i = 0; i < image->nr_segments; i++) {
		for (page = 0; page < data_pages(&image->segment[i]) && !ret; page++) {
			unsigned long dest = image->segment[i].mem + PFN_PHYS(page);
			unsigned long from = page_to_phys(*source++);

			if (from != dest)
				ret = step_list_add(&list, dest, from, PAGE_SIZE);
		}
	}
	for (i = 0; i < image->nr_segments && !ret; i++) {
		unsigned long data = PFN_PHYS(data_pages(&image->segment[i]));

		if (data < image->segment[i].memsz)
			ret = step_list_add(&list, image->segment[i].mem + data, 0, image->segment[i].memsz - data);
	}
	return ret;
}

/* --- whole images ----------------------------------------------------------------------- */

static void free_page_list(struct list_head *pages)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, pages, lru) {
		list_del(&page->lru);
		__free_page(page);
	}
}

int normal_image_load(struct kimage *image)
{
	int ret = machine_kexec_prepare(image);

	if (!ret)
		ret = alloc_sources(image);
	if (!ret)
		ret = fill_sources(image);
	if (!ret)
		ret = list_steps(image);
	free_page_list(&image->parked_pages);
	return ret;
}

void normal_image_free(struct kimage *image)
{
	unsigned long i;

	for (i = 0; i < image->nr_sources; i++)
		if (image->source[i])
			__free_page(image->source[i]);
	kvfree(image->source);
	free_page_list(&image->control_pages);
	free_page_list(&image->parked_pages);
}
