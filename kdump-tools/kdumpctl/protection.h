/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What stands between the dump kernel and memory or disk, and can't be handled: IOMMUs
 * other than VT-d in legacy mode, memory encryption, lockdown.
 *
 * Each function returns 0 when nothing does, -EOPNOTSUPP when something does, and writes
 * to detail what it found: why and what to do, or what was found to be fine.
 */
#ifndef KDUMPCTL_PROTECTION_H
#define KDUMPCTL_PROTECTION_H

#include "capture/env.h"

/* pci: "0000:00:04.0" of the target's controller. */
int protection_check_iommu(const char *root, const char *pci, char *detail, size_t size);

/* SME and SEV (by the running kernel's vmcoreinfo where it can be read), TDX. */
int protection_check_encryption(const char *root, char *detail, size_t size);

/* image_signed: the dump kernel's image carries a signature.  *ret_locked: kexec_load is refused. */
int protection_check_lockdown(const char *root, bool image_signed, bool *ret_locked, char *detail, size_t size);

#endif
