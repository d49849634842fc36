// SPDX-License-Identifier: GPL-2.0
/* Early boot, memblock: reserves what crashkernel= asks for. */
#define pr_fmt(fmt) "crashkernel: " fmt

#include <linux/init.h>
#include <linux/ioport.h>
#include <linux/kexec.h>
#include <linux/memblock.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/swiotlb.h>
#include <xen/xen.h>
#include <asm/setup.h>

#define REGION_ALIGN	SZ_16M		/* a kernel's default alignment (boot protocol, kernel_alignment) */
#define BASE_ALIGN	SZ_1M		/* of a base that was given */
#define LOW_END		SZ_4G		/* what 32-bit DMA reaches */
/* A capture kernel may run with four levels of page tables where this one has five. */
#define HIGH_END	SZ_64T

struct request {
	unsigned long long bytes;
	unsigned long long base;	/* 0: anywhere */
	bool high;			/* above LOW_END, if there is room */
};

/* False if nothing, or nonsense, was asked for. */
static bool __init read_request(struct request *request)
{
	unsigned long long ram = memblock_phys_mem_size();

	request->high = false;
	if (!parse_crashkernel(boot_command_line, ram, &request->bytes, &request->base) && request->bytes)
		return true;
	request->high = true;
	return !parse_crashkernel_high(boot_command_line, ram, &request->bytes, &request->base) && request->bytes;
}

/* The region's base, or 0. */
static phys_addr_t __init find_place(const struct request *request)
{
	phys_addr_t base = 0;

	if (request->base) {
		base = memblock_phys_alloc_range(request->bytes, BASE_ALIGN, request->base,
						 request->base + request->bytes);
		return base == request->base ? base : 0;
	}
	if (!request->high)
		base = memblock_phys_alloc_range(request->bytes, REGION_ALIGN, REGION_ALIGN, LOW_END);
	if (!base)
		base = memblock_phys_alloc_range(request->bytes, REGION_ALIGN, REGION_ALIGN, HIGH_END);
	return base;
}

static void __init publish(struct resource *res, phys_addr_t base, unsigned long long bytes)
{
	res->start = base;
	res->end = base + bytes - 1;
	insert_resource(&iomem_resource, res);
}

/*
 * A kernel above 4 GiB needs some memory below, for devices with 32-bit DMA: what crashkernel=,low
 * says, or enough for bounce buffers and a little more.
 */
static int __init reserve_low(void)
{
	unsigned long long limit = min_t(unsigned long long, memblock_phys_mem_size(), LOW_END);
	unsigned long long bytes, unused;
	phys_addr_t base;

	if (parse_crashkernel_low(boot_command_line, limit, &bytes, &unused))
		bytes = max_t(unsigned long long, swiotlb_size_or_default() + SZ_8M, SZ_256M);
	bytes = PAGE_ALIGN(bytes);
	if (!bytes)
		return 0;

	base = memblock_phys_alloc_range(bytes, REGION_ALIGN, 0, LOW_END);
	if (!base) {
		pr_err("no %llu MiB free below 4 GiB; ask for less with crashkernel=SIZE,low\n", bytes >> 20);
		return -ENOMEM;
	}
	pr_info("reserved %llu MiB at %pa, low memory for a region above 4 GiB\n", bytes >> 20, &base);
	publish(&crashk_low_res, base, bytes);
	return 0;
}

void __init crashkernel_reserve(void)
{
	struct request request;
	phys_addr_t base;

	if (!read_request(&request))
		return;
	request.bytes = PAGE_ALIGN(request.bytes);
	if (xen_pv_domain()) {
		pr_info("not in a Xen PV domain\n");
		return;
	}
	base = find_place(&request);
	if (!base) {
		pr_err("no %llu MiB free%s; nothing is reserved\n",
		       request.bytes >> 20, request.base ? " at the base given" : " in one piece");
		return;
	}
	if (base >= LOW_END && reserve_low()) {
		memblock_phys_free(base, request.bytes);
		return;
	}
	publish(&crashk_res, base, request.bytes);
	pr_info("reserved %llu KiB at %pa for a capture kernel (System RAM: %llu MiB)\n",
		request.bytes >> 10, &base, memblock_phys_mem_size() >> 20);
}
