// SPDX-License-Identifier: GPL-2.0
/*
 * The crash region: memory that this kernel does not use, so that another one can start in it
 * when this one is dead.  Reserved at boot by crashkernel=; /sys/kernel/kexec_crash_size then
 * makes it smaller, larger or gives it back.  A larger one is taken from the page allocator as
 * a whole and replaces the old one, so it may lie elsewhere.
 */
#define pr_fmt(fmt) "kexec: " fmt

#include <linux/ioport.h>
#include <linux/kexec.h>
#include <linux/mm.h>
#include <linux/numa.h>
#include <linux/slab.h>

#include "crash_range.h"
#include "internal.h"

#define CRASH_RESOURCE	{							\
	.name = "Crash kernel",							\
	.desc = IORES_DESC_CRASH_KERNEL,					\
	.flags = IORESOURCE_SYSTEM_RAM | IORESOURCE_BUSY,			\
}

struct resource crashk_res = CRASH_RESOURCE;
struct resource crashk_low_res = CRASH_RESOURCE;

atomic_t kexec_busy = ATOMIC_INIT(0);

static unsigned long region_bytes(void)
{
	return crashk_res.end ? resource_size(&crashk_res) : 0;
}

ssize_t crash_get_memory_size(void)
{
	ssize_t bytes = -EBUSY;

	if (kexec_trylock()) {
		bytes = region_bytes();
		kexec_unlock();
	}
	return bytes;
}

static void forget_region(void)
{
	if (crashk_res.parent)
		release_resource(&crashk_res);
	crashk_res.start = 0;
	crashk_res.end = 0;
}

/*
 * The region lies within "System RAM" in /proc/iomem, so memory that leaves it is listed
 * already; where an architecture has it beside, it needs an entry of its own.
 */
static int list_as_ram(unsigned long start, unsigned long end)
{
	struct resource *ram;

	if (crashk_res.parent != &iomem_resource)
		return 0;
	ram = kzalloc(sizeof(*ram), GFP_KERNEL);
	if (!ram)
		return -ENOMEM;
	ram->name = "System RAM";
	ram->flags = IORESOURCE_SYSTEM_RAM | IORESOURCE_BUSY;
	ram->start = start;
	ram->end = end - 1;
	return insert_resource(&iomem_resource, ram);
}

static int shrink(unsigned long new_bytes)
{
	unsigned long keep_end = crashk_res.start + new_bytes;
	unsigned long end = crash_region_end();
	int ret = 0;

	if (new_bytes)
		ret = adjust_resource(&crashk_res, crashk_res.start, new_bytes);
	if (!ret)
		ret = list_as_ram(keep_end, end);
	if (ret)
		return ret;
	if (!new_bytes)
		forget_region();
	crash_range_free(keep_end, end);
	return 0;
}

#ifdef CONFIG_CONTIG_ALLOC

static int publish_region(unsigned long start, unsigned long bytes)
{
	crashk_res.start = start;
	crashk_res.end = start + bytes - 1;
	return insert_resource(&iomem_resource, &crashk_res);
}

/* The new region is whole before the old one goes; after a failure the old one is as it was. */
static int grow(unsigned long new_bytes)
{
	unsigned long old_start = crashk_res.start;
	unsigned long old_bytes = region_bytes();
	phys_addr_t new_start;
	int ret = crash_range_alloc(new_bytes, NUMA_NO_NODE, 0, &new_start);

	if (ret)
		return ret;
	forget_region();
	ret = publish_region(new_start, new_bytes);
	if (ret) {
		crashk_res.start = 0;
		crashk_res.end = 0;
		if (old_bytes)
			publish_region(old_start, old_bytes);
		crash_range_free(new_start, new_start + new_bytes);
		return ret;
	}
	crash_range_free(old_start, old_start + old_bytes);
	pr_info("the crash region is now %pR\n", &crashk_res);
	return 0;
}

#else

static int grow(unsigned long new_bytes)
{
	return -EINVAL;
}

#endif

/* The name is what it once could do. */
int crash_shrink_memory(unsigned long new_size)
{
	unsigned long bytes = PAGE_ALIGN(new_size);
	int ret = 0;

	if (bytes < new_size)
		return -EINVAL;
	if (!kexec_trylock())
		return -EBUSY;
	if (kexec_crash_loaded())
		ret = -ENOENT;
	else if (bytes < region_bytes())
		ret = shrink(bytes);
	else if (bytes > region_bytes())
		ret = grow(bytes);
	kexec_unlock();
	return ret;
}
