/* SPDX-License-Identifier: GPL-2.0 */
/* The system calls kexec_load(2) and kexec_file_load(2) and who may use them. */
#ifndef KEXEC_KEXEC_CALL_H
#define KEXEC_KEXEC_CALL_H

#include <linux/kexec.h>

#include "capture/env.h"

/* The images that Linux keeps: the next kernel to boot, and the one for a panic; ours, another for that. */
enum kexec_slot {
	KEXEC_SLOT_BOOT,
	KEXEC_SLOT_CRASH,
	KEXEC_SLOT_FALLBACK,	/* kexec_load only, see fallback.h */
};

/* Linux 6.6, uapi linux/kexec.h, KEXEC_UPDATE_ELFCOREHDR: the kernel may write the elfcorehdr's segment anew. */
#define KEXEC_CALL_UPDATE_ELFCOREHDR 0x4ul

/* All silent; 0 or what the kernel says.  flags: 0, or KEXEC_CALL_UPDATE_ELFCOREHDR for a crash image. */
int kexec_call_load(enum kexec_slot slot, u64 entry_pa, const struct kexec_segment *segments, size_t count,
		    unsigned long flags);
int kexec_call_file_load(enum kexec_slot slot, int kernel_fd, int initrd_fd /* -1: none */, const char *cmdline);
int kexec_call_unload(enum kexec_slot slot);
int kexec_call_file_unload(enum kexec_slot slot);

/* What an error of these calls means, and what to do about it. */
const char *kexec_call_explain(int err);

/* True when the kernel's lockdown forbids kexec_load and unsigned images. */
bool kexec_call_locked_down(void);

/* 0, or -EPERM (said): not privileged, or loading was switched off for good. */
int kexec_call_check_permission(void);

#endif
