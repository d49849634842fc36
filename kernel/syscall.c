// SPDX-License-Identifier: GPL-2.0
/* kexec_load(2): who may load what; which image replaces which; the sysctl that ends it. */
#define pr_fmt(fmt) "kexec: " fmt

#include <linux/capability.h>
#include <linux/compat.h>
#include <linux/kexec.h>
#include <linux/security.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/syscalls.h>
#include <linux/sysctl.h>
#include <linux/uaccess.h>

#include "internal.h"

#define LOAD_FLAGS	(KEXEC_ON_CRASH | KEXEC_UPDATE_ELFCOREHDR | KEXEC_CRASH_FALLBACK)

int kexec_load_disabled;

#ifdef CONFIG_SYSCTL
static struct ctl_table kexec_sysctls[] = {
	{
		/* A one-way switch: it takes a 1 and nothing else. */
		.procname = "kexec_load_disabled",
		.mode = 0644,
		.data = &kexec_load_disabled,
		.maxlen = sizeof(kexec_load_disabled),
		.extra1 = SYSCTL_ONE,
		.extra2 = SYSCTL_ONE,
		.proc_handler = proc_dointvec_minmax,
	},
	{ }
};

static int __init kexec_sysctl_init(void)
{
	register_sysctl_init("kernel", kexec_sysctls);
	return 0;
}
late_initcall(kexec_sysctl_init);
#endif

/* --- which image replaces which ------------------------------------------------------------ */

/* Nobody can start what was here before; a panic that has begun with it has stopped this CPU. */
static void drop(struct kimage **slot)
{
	kimage_free(xchg(slot, NULL));
}

static int load_normal(struct kimage *image)
{
	int ret = normal_image_load(image);

	if (!ret)
		image = xchg(&kexec_image, image);
	kimage_free(image);
	return ret;
}

/* Withdraws what the new image will lie on; what it does not touch stays ready until it is replaced. */
static int make_room(struct kimage *image, struct kimage **slot)
{
	if (slot == &kexec_crash_fallback) {
		if (kexec_crash_image && crash_image_collides(image, kexec_crash_image))
			return -EBUSY;
	} else if (kexec_crash_fallback && crash_image_collides(image, kexec_crash_fallback)) {
		pr_notice("the new crash image needs the fallback's memory, the fallback is unloaded\n");
		drop(&kexec_crash_fallback);
	}
	if (*slot && crash_image_collides(image, *slot))
		drop(slot);
	return 0;
}

static int load_crash(struct kimage *image, struct kimage **slot)
{
	int ret = make_room(image, slot);

	if (!ret)
		ret = crash_image_load(image);
	if (!ret)
		image = xchg(slot, image);
	else if (image->region_is_full)
		ret = -ENOSPC;
	kimage_free(image);
	return ret;
}

static int load_crash_or_retry(unsigned long entry, unsigned int nr_segments,
			       const struct kexec_segment *segments, unsigned long flags)
{
	struct kimage **slot = flags & KEXEC_CRASH_FALLBACK ? &kexec_crash_fallback : &kexec_crash_image;
	struct kimage *image;
	int ret;

	for (;;) {
		image = kimage_create(entry, nr_segments, segments, flags);
		if (IS_ERR(image))
			return PTR_ERR(image);
		ret = load_crash(image, slot);
		if (ret != -ENOSPC)
			return ret;
		if (!*slot)
			return -ENOMEM;
		/* No room for both at a time.  Want of any other memory does not cost the image that is there. */
		drop(slot);
	}
}

static int change_crash_images(unsigned long entry, unsigned int nr_segments,
			       const struct kexec_segment *segments, unsigned long flags)
{
	int ret = 0;

	if (kexec_crash_loaded())
		arch_kexec_unprotect_crashkres();
	if (nr_segments) {
		ret = load_crash_or_retry(entry, nr_segments, segments, flags);
	} else {
		/* The fallback is the first image's; it does not stay alone. */
		if (!(flags & KEXEC_CRASH_FALLBACK))
			drop(&kexec_crash_image);
		drop(&kexec_crash_fallback);
	}
	if (kexec_crash_loaded())
		arch_kexec_protect_crashkres();
	return ret;
}

static int change_images(unsigned long entry, unsigned int nr_segments,
			 const struct kexec_segment *segments, unsigned long flags)
{
	struct kimage *image;

	if (flags & KEXEC_ON_CRASH)
		return change_crash_images(entry, nr_segments, segments, flags);
	if (!nr_segments) {
		drop(&kexec_image);
		return 0;
	}
	image = kimage_create(entry, nr_segments, segments, flags);
	return IS_ERR(image) ? PTR_ERR(image) : load_normal(image);
}

/* --- the call ---------------------------------------------------------------------------------- */

static int check_caller(unsigned long nr_segments, unsigned long flags)
{
	int ret;

	if (kexec_load_disabled || !capable(CAP_SYS_BOOT))
		return -EPERM;
	ret = security_kernel_load_data(LOADING_KEXEC_IMAGE, false);
	if (ret >= 0)
		ret = security_locked_down(LOCKDOWN_KEXEC);
	if (ret)
		return ret;

	if (nr_segments > KEXEC_SEGMENT_MAX || flags & ~(LOAD_FLAGS | KEXEC_ARCH_MASK))
		return -EINVAL;
	if (flags & (LOAD_FLAGS ^ KEXEC_ON_CRASH) && !(flags & KEXEC_ON_CRASH))
		return -EINVAL;
	return 0;
}

static int load(unsigned long entry, unsigned long nr_segments,
		const struct kexec_segment *segments, unsigned long flags)
{
	int ret = -EBUSY;

	if (kexec_trylock()) {
		ret = change_images(entry, nr_segments, segments, flags);
		kexec_unlock();
	}
	return ret;
}

SYSCALL_DEFINE4(kexec_load, unsigned long, entry, unsigned long, nr_segments,
		struct kexec_segment __user *, segments, unsigned long, flags)
{
	unsigned long arch = flags & KEXEC_ARCH_MASK;
	struct kexec_segment *list;
	int ret = check_caller(nr_segments, flags);

	if (ret)
		return ret;
	if (arch != KEXEC_ARCH && arch != KEXEC_ARCH_DEFAULT)
		return -EINVAL;

	list = memdup_user(segments, nr_segments * sizeof(*list));
	if (IS_ERR(list))
		return PTR_ERR(list);
	ret = load(entry, nr_segments, list, flags);
	kfree(list);
	return ret;
}

#ifdef CONFIG_COMPAT
COMPAT_SYSCALL_DEFINE4(kexec_load, compat_ulong_t, entry, compat_ulong_t, nr_segments,
		       struct compat_kexec_segment __user *, segments, compat_ulong_t, flags)
{
	struct compat_kexec_segment *narrow;
	struct kexec_segment *list;
	unsigned long i;
	int ret = check_caller(nr_segments, flags);

	if (ret)
		return ret;
	/* The default architecture would be the caller's, which is not the kernel's. */
	if ((flags & KEXEC_ARCH_MASK) == KEXEC_ARCH_DEFAULT)
		return -EINVAL;

	list = kmalloc_array(nr_segments, sizeof(*list), GFP_KERNEL);
	narrow = memdup_user(segments, nr_segments * sizeof(*narrow));
	if (IS_ERR(narrow)) {
		ret = PTR_ERR(narrow);
	} else if (!list) {
		ret = -ENOMEM;
	} else {
		for (i = 0; i < nr_segments; i++)
			list[i] = (struct kexec_segment){
				.buf = compat_ptr(narrow[i].buf), .bufsz = narrow[i].bufsz,
				.mem = narrow[i].mem, .memsz = narrow[i].memsz,
			};
		ret = load(entry, nr_segments, list, flags);
	}
	if (!IS_ERR(narrow))
		kfree(narrow);
	kfree(list);
	return ret;
}
#endif
