/* SPDX-License-Identifier: GPL-2.0 */
/* x86_64's part of linux/kexec.h; arch/README.md is the contract. */
#ifndef _ASM_X86_KEXEC_H
#define _ASM_X86_KEXEC_H

/* The control page: relocate_kernel from its start, its stack down from its end. */
#define KEXEC_CONTROL_CODE_MAX_SIZE	1024

#ifndef __ASSEMBLY__

#include <linux/kernel.h>
#include <linux/string.h>
#include <asm/bootparam.h>
#include <asm/page.h>
#include <asm/ptrace.h>

struct kimage;

#define KEXEC_ARCH			KEXEC_ARCH_X86_64
/* Destinations end below this; every page of RAM is in reach as a source. */
#define KEXEC_DESTINATION_MEMORY_LIMIT	(MAXMEM - 1)

#define ARCH_HAS_KIMAGE_ARCH
struct kimage_arch {
	unsigned long page_table;	/* physical: top level of the identity map */
};

/* identity_map.c: tables for the jump, in control pages.  0, or -ENOMEM. */
int identity_map_build(struct kimage *image, unsigned long *ret_page_table);

/* relocate_kernel.S; all arguments are physical addresses.  Does not return. */
void relocate_kernel(unsigned long start, unsigned long copy_list,
				unsigned long page_table, unsigned long control_page);

void arch_kexec_protect_crashkres(void);
void arch_kexec_unprotect_crashkres(void);
#define arch_kexec_protect_crashkres	arch_kexec_protect_crashkres

/* stop_cpus.c */
void kdump_nmi_shootdown_cpus(void);

/* The registers of a panic: those given, or else the caller's own. */
static __always_inline void crash_setup_regs(struct pt_regs *newregs, struct pt_regs *oldregs)
{
	if (oldregs) {
		*newregs = *oldregs;
		return;
	}
	memset(newregs, 0, sizeof(*newregs));
	/* What the caller may rely on across a call; the others hold nothing of its. */
#define CRASH_REGISTER(member, name) ({					\
	unsigned long value;						\
	asm volatile("movq %%" name ", %0" : "=r" (value));		\
	newregs->member = value; })
	CRASH_REGISTER(bx, "rbx");
	CRASH_REGISTER(bp, "rbp");
	CRASH_REGISTER(sp, "rsp");
	CRASH_REGISTER(r12, "r12");
	CRASH_REGISTER(r13, "r13");
	CRASH_REGISTER(r14, "r14");
	CRASH_REGISTER(r15, "r15");
#undef CRASH_REGISTER
	newregs->flags = native_save_fl();
	newregs->cs = __KERNEL_CS;
	newregs->ss = __KERNEL_DS;
	newregs->orig_ax = -1;
	newregs->ip = _THIS_IP_;
}

#endif /* __ASSEMBLY__ */
#endif /* _ASM_X86_KEXEC_H */
