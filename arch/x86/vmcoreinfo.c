// SPDX-License-Identifier: GPL-2.0
/* x86_64's lines of vmcoreinfo: where kernel text and page tables lie. */
#include <linux/crash_core.h>
#include <linux/mem_encrypt.h>
#include <linux/mmzone.h>
#include <linux/pgtable.h>
#include <asm/setup.h>

void arch_crash_save_vmcoreinfo(void)
{
	u64 sme_mask = sme_me_mask;

	/* ABI table: keys and order of Linux 6.1. */
	VMCOREINFO_NUMBER(phys_base);
	VMCOREINFO_SYMBOL(init_top_pgt);
	vmcoreinfo_append_str("NUMBER(pgtable_l5_enabled)=%u\n", pgtable_l5_enabled());
#ifdef CONFIG_NUMA
	VMCOREINFO_SYMBOL(node_data);
	VMCOREINFO_LENGTH(node_data, MAX_NUMNODES);
#endif
	vmcoreinfo_append_str("KERNELOFFSET=%lx\n", kaslr_offset());
	VMCOREINFO_NUMBER(KERNEL_IMAGE_SIZE);
	VMCOREINFO_NUMBER(sme_mask);
}
