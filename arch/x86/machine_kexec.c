// SPDX-License-Identifier: GPL-2.0
/*
 * x86_64's hooks for an image: make the jump ready at load time, and do it.
 *
 * machine_kexec() runs on one CPU with the others stopped, after machine_shutdown() or, at a
 * panic, machine_crash_shutdown(): on any stack, interrupts in any state.  It can't fail.
 */
#define pr_fmt(fmt) "kexec: " fmt

#include <linux/cc_platform.h>
#include <linux/hw_breakpoint.h>
#include <linux/irqflags.h>
#include <linux/kexec.h>
#include <linux/mm.h>
#include <asm/cpu.h>
#include <asm/debugreg.h>
#include <asm/set_memory.h>

int machine_kexec_prepare(struct kimage *image)
{
	/* The image would have to be decrypted for the new kernel, which nobody here can test. */
	if (cc_platform_has(CC_ATTR_MEM_ENCRYPT)) {
		pr_err("encrypted memory (SME, SEV, TDX) is not supported\n");
		return -EOPNOTSUPP;
	}

	image->control_code_page = kimage_alloc_control_page(image);
	if (!image->control_code_page)
		return -ENOMEM;
	memcpy(page_address(image->control_code_page), relocate_kernel, KEXEC_CONTROL_CODE_MAX_SIZE);
	return identity_map_build(image, &image->arch.page_table);
}

/* Everything is in control pages, which the image's owner frees. */
void machine_kexec_cleanup(struct kimage *image)
{
}

void machine_kexec(struct kimage *image)
{
	local_irq_disable();
	/* A breakpoint's exception would find no IDT, and CET would not let us return into data. */
	hw_breakpoint_disable();
	cet_disable();
	relocate_kernel(image->start, image->copy_list, image->arch.page_table,
			page_to_phys(image->control_code_page));
	unreachable();
}

/* --- the loaded image, protected ------------------------------------------------------------ */

static void protect(const struct resource *res, bool on)
{
	unsigned int pages = PFN_DOWN(resource_size(res));
	struct page *first = pfn_to_page(PFN_DOWN(res->start));
	int ret;

	if (!res->end)
		return;
	ret = on ? set_pages_ro(first, pages) : set_pages_rw(first, pages);
	if (ret)
		pr_warn("the crash region at %pa can't be made %s: error %d\n",
			&res->start, on ? "read-only" : "writable", ret);
}

/* Nothing in it is written through the direct map until the jump, not even the control page. */
void arch_kexec_protect_crashkres(void)
{
	protect(&crashk_low_res, true);
	protect(&crashk_res, true);
}

void arch_kexec_unprotect_crashkres(void)
{
	protect(&crashk_low_res, false);
	protect(&crashk_res, false);
}
