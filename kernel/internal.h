/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of kernel/kexec/ have in common. */
#ifndef KEXEC_INTERNAL_H
#define KEXEC_INTERNAL_H

#include <linux/atomic.h>
#include <linux/kexec.h>
#include <linux/pfn.h>

#ifdef CONFIG_KEXEC_CORE

/*
 * Loading, unloading and resizing exclude each other; nobody waits.  The panic path takes
 * no lock: images are published and withdrawn whole, by one store.
 */
extern atomic_t kexec_busy;

static inline bool kexec_trylock(void)
{
	return !atomic_xchg_acquire(&kexec_busy, 1);
}

static inline void kexec_unlock(void)
{
	atomic_set_release(&kexec_busy, 0);
}

/* Half-open ranges of physical addresses. */
static inline bool kexec_overlaps(unsigned long start, unsigned long end,
				  unsigned long other_start, unsigned long other_end)
{
	return start < other_end && other_start < end;
}

static inline unsigned long kexec_segment_end(const struct kexec_segment *segment)
{
	return segment->mem + segment->memsz;
}

/* The region's end, exclusive; 0 if there is none. */
static inline unsigned long crash_region_end(void)
{
	return crashk_res.end ? crashk_res.end + 1 : 0;
}

/*
 * image.c.  kimage_create returns an image that has passed every check, or an ERR_PTR:
 * -ENOMEM, -EADDRNOTAVAIL for a bad address, -EINVAL for sizes and overlaps.
 */
struct kimage *kimage_create(unsigned long entry, unsigned int nr_segments,
			     const struct kexec_segment *segments, unsigned long flags);
void kimage_free(struct kimage *image);
/* The segment that [start, end) touches, or NULL. */
struct kexec_segment *kimage_segment_at(struct kimage *image, unsigned long start, unsigned long end);

/*
 * Fill an image from the caller's memory.  0, -ENOMEM, -EFAULT, -EINTR or what the
 * machine says; after a failure the image is only good for kimage_free().
 */
int normal_image_load(struct kimage *image);
int crash_image_load(struct kimage *image);

/* normal_image.c */
struct page *normal_image_alloc_control_page(struct kimage *image);
void normal_image_free(struct kimage *image);

/* crash_image.c */
struct page *crash_image_alloc_control_page(struct kimage *image);
void crash_image_free(struct kimage *image);
/* True if one would lie on the other's segments or control pages. */
bool crash_image_collides(struct kimage *image, struct kimage *other);
/* Panic path: true if the image is what was loaded. */
bool crash_image_is_sound(struct kimage *image);

/*
 * elfcorehdr.c.  elfcorehdr_adopt finds the header among the image's segments, if the image was
 * loaded with KEXEC_UPDATE_ELFCOREHDR: 0, -EINVAL if there is none, -ENOMEM.  elfcorehdr_update
 * is for the panic path; false if the loader left too little room, and the header is as loaded.
 */
int elfcorehdr_adopt(struct kimage *image);
void elfcorehdr_release(struct kimage *image);
bool elfcorehdr_update(struct kimage *image);

#endif /* CONFIG_KEXEC_CORE */

/* vmcoreinfo.c: the text as it is now, for the copy in the region; and back at the panic. */
void vmcoreinfo_copy_to(void *copy);
void vmcoreinfo_use_copy(void *copy);

/* phase_log.c: puts its note at buf and returns the place behind it. */
Elf_Word *phase_log_append_note(Elf_Word *buf);
void phase_log_append_circumstances(void);

#endif /* KEXEC_INTERNAL_H */
