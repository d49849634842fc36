/* SPDX-License-Identifier: GPL-2.0 */
/* The running kernel's own memory, by physical address, through /proc/kcore. */
#ifndef KDUMPCTL_LIVE_MEMORY_H
#define KDUMPCTL_LIVE_MEMORY_H

#include "capture/memrange.h"
#include "capture/oldmem.h"
#include "capture/vmcoreinfo.h"

struct live_memory {
	struct oldmem mem;	/* first */
	int fd;
	Elf64_Phdr *phdr;	/* of RAM, by the direct map alone */
	u32 count;
	struct memrange_set ram;
	char *info_text;
	struct vmcoreinfo info;
};

/*
 * root: "" or a folder that stands for it.  -EBADMSG: not a core file; -ENOENT: without vmcoreinfo
 * or RAM; what open(2) and pread(2) say (lockdown: -EPERM), -ENOMEM.
 */
int live_memory_open(struct live_memory *memory, const char *root);
void live_memory_close(struct live_memory *memory);

#endif
