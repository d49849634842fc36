/* SPDX-License-Identifier: GPL-2.0 */
/* The facts about this kernel (the old one, once it has crashed) that go into elfcorehdr. */
#ifndef KEXEC_OLD_KERNEL_H
#define KEXEC_OLD_KERNEL_H

#include "kexec/elfcorehdr.h"
#include "kexec/machine.h"

/* Gathers them from sysfs and /proc/kcore.  Says its errors; -ENOMEM, -ENOENT, open(2)'s. */
int old_kernel_init(struct elfcorehdr_facts *facts, const struct machine *machine);
void old_kernel_deinit(struct elfcorehdr_facts *facts);

/* Parses /sys/kernel/vmcoreinfo: physical address and size, both hex.  -EINVAL. */
int old_kernel_parse_vmcoreinfo(const char *line, struct elfcorehdr_note *ret_note);

#endif
