// SPDX-License-Identifier: GPL-2.0
/*
 * Gives a running kernel the crash region that its command line did not ask for.  From then on
 * everything is the kernel's own: kexec_load finds the region, the panic path uses it, and a 0
 * written to /sys/kernel/kexec_crash_size gives its pages back.
 *
 *	modprobe crashmem crashk_res=ADDRESS size=16M	the address as /proc/kallsyms has it
 *	echo 16M >/sys/module/crashmem/parameters/size	the same, later
 *	echo 0 >/sys/module/crashmem/parameters/size	after the kernel has given the region back
 *
 * kdumpctl does all this.  While there is a region of ours the module can't be unloaded.
 */
#define pr_fmt(fmt) "crashmem: " fmt

#include <linux/ioport.h>
#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/numa.h>

#include "crash_range.h"

static unsigned long address;
module_param_named(crashk_res, address, ulong, 0400);
MODULE_PARM_DESC(crashk_res, "address of the kernel's crashk_res, as /proc/kallsyms shows it");

static int node = NUMA_NO_NODE;
module_param(node, int, 0600);
MODULE_PARM_DESC(node, "the NUMA node to take memory from (-1: any)");

static unsigned long limit;
module_param(limit, ulong, 0600);
MODULE_PARM_DESC(limit, "take memory below this physical address only (0: below 4 GiB if it can be, else anywhere)");

static DEFINE_MUTEX(lock);
static struct resource *region;		/* the kernel's; NULL: not yet found */
static struct resource taken;		/* the range that we gave it; no flags: none */
static unsigned long size_at_start;

/* 6.1 leaves the empty range [start, start) behind a region that was given back, 6.12 zeroes. */
static unsigned long region_bytes(void)
{
	return region->end ? region->end + 1 - region->start : 0;
}

/* Nothing is read from the address before the kernel has said that its crashk_res is there. */
static int find_region(void)
{
	char symbol[KSYM_SYMBOL_LEN];
	struct resource *found = (struct resource *)address;

	if (!address) {
		pr_err("crashk_res=ADDRESS is missing: kdumpctl start loads this module with it, from /proc/kallsyms\n");
		return -EINVAL;
	}
	sprint_symbol(symbol, address);
	if (strncmp(symbol, "crashk_res+0x0/", 15)) {
		pr_err("crashk_res=0x%lx is %s, not crashk_res\n", address, symbol);
		return -EINVAL;
	}
	if (!found->name || strcmp(found->name, "Crash kernel") || found->desc != IORES_DESC_CRASH_KERNEL) {
		pr_err("crashk_res of this kernel is not what crashmem knows: nothing done\n");
		return -ENODEV;
	}
	region = found;
	return 0;
}

/*
 * Others read crashk_res without a lock.  With its end still 0 it is no region for any of them,
 * wherever it starts.
 */
static void publish(phys_addr_t start, unsigned long bytes)
{
	WRITE_ONCE(region->end, 0);
	smp_wmb();
	WRITE_ONCE(region->start, start);
	smp_wmb();
	WRITE_ONCE(region->end, start + bytes - 1);
}

static void withdraw(void)
{
	WRITE_ONCE(region->end, 0);
	smp_wmb();
	WRITE_ONCE(region->start, 0);
}

/*
 * The kernel lists what it gives back as "System RAM" once more, within the "System RAM" that it
 * always was.  A resource laid over the range has these entries as its children for a moment.
 */
static void forget_entries(void)
{
	struct resource *entry, *next;

	if (insert_resource(&iomem_resource, &taken))
		return;
	for (entry = taken.parent == &iomem_resource ? NULL : taken.child; entry; entry = next) {
		next = entry->sibling;
		if (entry->flags == (IORESOURCE_SYSTEM_RAM | IORESOURCE_BUSY))
			__release_region(&taken, entry->start, resource_size(entry));
	}
	remove_resource(&taken);
}

/* After the kernel gave our region back. */
static int forget(void)
{
	if (!taken.flags)
		return 0;
	if (region_bytes()) {
		pr_err("%pR is still the crash region: write 0 to /sys/kernel/kexec_crash_size\n", region);
		return -EBUSY;
	}
	forget_entries();
	taken.flags = 0;
	module_put(THIS_MODULE);
	return 0;
}

static int take(unsigned long bytes)
{
	phys_addr_t start;
	int ret;

	if (region_bytes()) {
		pr_err("there is a crash region already: %pR\n", region);
		return -EEXIST;
	}
	forget();
	ret = crash_range_alloc(bytes, node, limit, &start);
	if (ret) {
		pr_err("no %lu KiB in one piece could be freed%s\n", bytes >> 10, ret == -EINTR ? " before a signal came" : "");
		return ret;
	}
	publish(start, bytes);
	ret = insert_resource(&iomem_resource, region);
	if (ret) {
		pr_err("%pR overlaps something else in /proc/iomem\n", region);
		withdraw();
		crash_range_free(start, start + bytes);
		return ret;
	}
	taken = (struct resource){ .name = "crashmem", .start = start, .end = start + bytes - 1, .flags = IORESOURCE_MEM };
	__module_get(THIS_MODULE);
	pr_info("the crash region is %pR\n", region);
	return 0;
}

static int size_set(const char *text, const struct kernel_param *param)
{
	char *end;
	unsigned long bytes = memparse(text, &end), whole = PAGE_ALIGN(bytes);
	int ret = 0;

	if (end == text || (*end && strcmp(end, "\n")) || whole < bytes)
		return -EINVAL;
	mutex_lock(&lock);
	if (!region)
		size_at_start = whole;
	else
		ret = whole ? take(whole) : forget();
	mutex_unlock(&lock);
	return ret;
}

static int size_get(char *text, const struct kernel_param *param)
{
	return sprintf(text, "%lu\n", taken.flags ? region_bytes() : 0);
}

static const struct kernel_param_ops size_ops = { .set = size_set, .get = size_get };
module_param_cb(size, &size_ops, NULL, 0600);
MODULE_PARM_DESC(size, "bytes of the region, or with K, M, G; 0 once the kernel has given it back");

static int __init crashmem_init(void)
{
	int ret;

	mutex_lock(&lock);
	ret = find_region();
	if (!ret && size_at_start)
		ret = take(size_at_start);
	mutex_unlock(&lock);
	return ret;
}

/* Only without a region of ours. */
static void __exit crashmem_exit(void)
{
}

module_init(crashmem_init);
module_exit(crashmem_exit);
MODULE_DESCRIPTION("gives a running kernel a crash region");
MODULE_LICENSE("GPL");
