// SPDX-License-Identifier: GPL-2.0
/* An image: what is asked for is checked before anything is allocated, and all is given back. */
#include <linux/err.h>
#include <linux/kexec.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "internal.h"

/* Each segment by itself: whole pages below the limit. */
static int check_addresses(const struct kimage *image)
{
	unsigned int i;

	for (i = 0; i < image->nr_segments; i++) {
		unsigned long start = image->segment[i].mem;
		unsigned long end = kexec_segment_end(&image->segment[i]);

		if (end < start || end >= KEXEC_DESTINATION_MEMORY_LIMIT)
			return -EADDRNOTAVAIL;
		if (!PAGE_ALIGNED(start) || !PAGE_ALIGNED(end))
			return -EADDRNOTAVAIL;
	}
	return 0;
}

static int check_overlaps(struct kimage *image)
{
	unsigned int all = image->nr_segments;
	unsigned int i;
	int ret = 0;

	/* Each against those before it. */
	for (i = 1; i < all && !ret; i++) {
		image->nr_segments = i;
		if (kimage_segment_at(image, image->segment[i].mem, kexec_segment_end(&image->segment[i])))
			ret = -EINVAL;
	}
	image->nr_segments = all;
	return ret;
}

/* More than half of memory would never be loaded, but it would take long to find out. */
static int check_sizes(const struct kimage *image)
{
	unsigned long budget = totalram_pages() / 2;
	unsigned int i;

	for (i = 0; i < image->nr_segments; i++) {
		const struct kexec_segment *segment = &image->segment[i];

		if (segment->bufsz > segment->memsz || PFN_DOWN(segment->memsz) > budget)
			return -EINVAL;
		budget -= PFN_DOWN(segment->memsz);
	}
	return 0;
}

static int check_in_region(const struct kimage *image)
{
	unsigned int i;

	for (i = 0; i < image->nr_segments; i++)
		if (image->segment[i].mem < crashk_res.start ||
		    kexec_segment_end(&image->segment[i]) > crash_region_end())
			return -EADDRNOTAVAIL;
	return 0;
}

static int check_image(struct kimage *image)
{
	int ret;

	if (image->type == KEXEC_TYPE_CRASH &&
	    (image->start < crashk_res.start || image->start > crashk_res.end))
		return -EADDRNOTAVAIL;
	ret = check_addresses(image);
	if (!ret)
		ret = check_overlaps(image);
	if (!ret)
		ret = check_sizes(image);
	if (!ret && image->type == KEXEC_TYPE_CRASH)
		ret = check_in_region(image);
	return ret;
}

struct kimage *kimage_create(unsigned long entry, unsigned int nr_segments,
			     const struct kexec_segment *segments, unsigned long flags)
{
	struct kimage *image = kzalloc(sizeof(*image), GFP_KERNEL);
	int ret;

	if (!image)
		return ERR_PTR(-ENOMEM);
	image->type = flags & KEXEC_ON_CRASH ? KEXEC_TYPE_CRASH : KEXEC_TYPE_DEFAULT;
	image->flags = flags;
	image->start = entry;
	image->nr_segments = nr_segments;
	memcpy(image->segment, segments, nr_segments * sizeof(*segments));
	image->next_control = crashk_res.start;
	INIT_LIST_HEAD(&image->control_pages);
	INIT_LIST_HEAD(&image->parked_pages);

	ret = check_image(image);
	if (ret) {
		kfree(image);
		return ERR_PTR(ret);
	}
	return image;
}

struct kexec_segment *kimage_segment_at(struct kimage *image, unsigned long start, unsigned long end)
{
	unsigned int i;

	for (i = 0; i < image->nr_segments; i++) {
		struct kexec_segment *segment = &image->segment[i];

		if (kexec_overlaps(start, end, segment->mem, kexec_segment_end(segment)))
			return segment;
	}
	return NULL;
}

struct page *kimage_alloc_control_page(struct kimage *image)
{
	struct page *page;

	if (image->type == KEXEC_TYPE_CRASH)
		page = crash_image_alloc_control_page(image);
	else
		page = normal_image_alloc_control_page(image);
	if (!page)
		return NULL;
	clear_page(page_address(page));
	list_add(&page->lru, &image->control_pages);
	return page;
}

void kimage_free(struct kimage *image)
{
	if (!image)
		return;
	machine_kexec_cleanup(image);
	if (image->type == KEXEC_TYPE_CRASH)
		crash_image_free(image);
	else
		normal_image_free(image);
	kfree(image);
}
