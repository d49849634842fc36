/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Another kernel, loaded now and started later: by reboot(LINUX_REBOOT_CMD_KEXEC), or by a panic.
 * arch/README.md is the contract of the machine_ and arch_ hooks.
 */
#ifndef LINUX_KEXEC_H
#define LINUX_KEXEC_H

#ifndef __ASSEMBLY__

#include <linux/crash_core.h>
#include <linux/verification.h>
#include <asm/io.h>
#include <uapi/linux/kexec.h>

struct pt_regs;
struct resource;
struct task_struct;

/* The memory set aside for capture kernels, and a part below 4 GiB if the first lies above. */
extern struct resource crashk_res;
extern struct resource crashk_low_res;

/* Each CPU's registers at the panic, as an ELF note. */
extern note_buf_t __percpu *crash_notes;

#define KEXEC_CORE_NOTE_NAME	CRASH_CORE_NOTE_NAME

#ifdef CONFIG_KEXEC_CORE

#include <linux/compat.h>
#include <linux/ioport.h>
#include <linux/list.h>
#include <linux/module.h>
#include <asm/kexec.h>

/* kexec_load(2): flags beside KEXEC_ON_CRASH.  The second is private until a number is assigned. */
#define KEXEC_UPDATE_ELFCOREHDR	0x00000004
#define KEXEC_CRASH_FALLBACK	0x00008000

/* ABI of kexec_load(2): kexec-tools' struct kexec_segment. */
struct kexec_segment {
	void __user *buf;
	size_t bufsz;
	unsigned long mem;
	size_t memsz;
};

#ifdef CONFIG_COMPAT
struct compat_kexec_segment {
	compat_uptr_t buf;
	compat_size_t bufsz;
	compat_ulong_t mem;
	compat_size_t memsz;
};
#endif

enum kimage_type {
	KEXEC_TYPE_DEFAULT,	/* started by reboot(2): copied to its place then */
	KEXEC_TYPE_CRASH,	/* started by a panic: already in its place, the crash region */
};

/*
 * One step of a normal image's way to its place; relocate_kernel does them in order.
 * bytes: a multiple of 8, and source 0 means zeroes.  bytes == 0 ends the page of steps:
 * source is the next page of them, or 0.  All are physical addresses.
 */
struct kexec_copy {
	u64 dest;
	u64 source;
	u64 bytes;
};

/* An image that kexec_load(2) has loaded.  Owner: whoever took it out of kexec_image or its like. */
struct kimage {
	enum kimage_type type;
	unsigned long flags;		/* of kexec_load(2) */
	unsigned long start;		/* physical entry point */
	unsigned int nr_segments;
	struct kexec_segment segment[KEXEC_SEGMENT_MAX];

	struct page *control_code_page;	/* the machine's code for the jump */
	struct list_head control_pages;	/* that, page tables and steps: in no segment's way */
	struct list_head parked_pages;	/* are in a segment's way; kept until the load ends */

	/* normal images */
	unsigned long copy_list;	/* physical: first page of struct kexec_copy */
	struct page **source;		/* one per page of data, in the order of the segments */
	unsigned long nr_sources;

	/* crash images */
	unsigned long next_control;	/* physical: where to look for the next control page */
	bool region_is_full;		/* there was none */
	struct page *vmcoreinfo_page;	/* a copy of the text in the region, */
	void *vmcoreinfo_copy;		/* and its mapping */
	u64 checksum;			/* of what has been loaded, see crash_image.c */
	struct kexec_segment *elfcorehdr;	/* is written anew at a panic; NULL: as loaded */
	void *elfcorehdr_map;
	void *elfcorehdr_draft;

#ifdef ARCH_HAS_KIMAGE_ARCH
	struct kimage_arch arch;
#endif
};

extern struct kimage *kexec_image;		/* for reboot(2) */
extern struct kimage *kexec_crash_image;	/* for a panic */
extern struct kimage *kexec_crash_fallback;	/* for a panic, when the first is damaged */
extern int kexec_load_disabled;
extern bool kexec_in_progress;

/* --- hooks, see arch/README.md ----------------------------------------------------------- */

int machine_kexec_prepare(struct kimage *image);
void machine_kexec_cleanup(struct kimage *image);
void machine_kexec(struct kimage *image);

#ifndef arch_kexec_protect_crashkres
static inline void arch_kexec_protect_crashkres(void)
{
}

static inline void arch_kexec_unprotect_crashkres(void)
{
}
#endif

/* --- called by the rest of the kernel -------------------------------------------------------- */

/* reboot(LINUX_REBOOT_CMD_KEXEC); returns only with an error: -EBUSY, or -EINVAL if nothing is loaded. */
int kernel_kexec(void);

/*
 * The panic path: starts the crash image if there is a sound one, else returns.  The first
 * is for the CPU that holds panic_cpu, the second takes it.  regs: NULL for here and now.
 */
void __crash_kexec(struct pt_regs *regs);
void crash_kexec(struct pt_regs *regs);
int kexec_should_crash(struct task_struct *task);
int kexec_crash_loaded(void);

/* Puts a CPU's registers into its crash note. */
void crash_save_cpu(struct pt_regs *regs, int cpu);

/* Bytes of the crash region; shrinks or grows it (0: gives it back).  Negative errno on failure. */
ssize_t crash_get_memory_size(void);
int crash_shrink_memory(unsigned long new_size);

/* A zeroed page that no segment will overwrite, freed with the image; NULL if there is none. */
struct page *kimage_alloc_control_page(struct kimage *image);

#else /* CONFIG_KEXEC_CORE */

#define kexec_in_progress	false

static inline void __crash_kexec(struct pt_regs *regs)
{
}

static inline void crash_kexec(struct pt_regs *regs)
{
}

static inline int kexec_should_crash(struct task_struct *task)
{
	return 0;
}

static inline int kexec_crash_loaded(void)
{
	return 0;
}

#endif /* CONFIG_KEXEC_CORE */

/* kexec_file_load(2) is not part of this implementation, so its signatures are never enforced. */
static inline void set_kexec_sig_enforced(void)
{
}

#endif /* __ASSEMBLY__ */
#endif /* LINUX_KEXEC_H */
