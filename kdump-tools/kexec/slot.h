/* SPDX-License-Identifier: GPL-2.0 */
/* The images that Linux keeps, asked about and thrown away.  Errors are said. */
#ifndef KEXEC_SLOT_H
#define KEXEC_SLOT_H

#include "kexec/crash_load.h"
#include "kexec/kexec_call.h"

/*
 * 0 (also when nothing was loaded), -EPERM, -EOPNOTSUPP for a fallback where there can be none,
 * or what the kernel says.  Without the first image there is no fallback: it goes, too.
 */
int slot_unload(enum kexec_slot slot, enum load_syscall call);

/* Not for the fallback, which Linux does not tell of.  1 loaded, 0 not, negative errno when sysfs can't tell. */
int slot_loaded(enum kexec_slot slot);

#endif
