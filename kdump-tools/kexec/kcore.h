/* SPDX-License-Identifier: GPL-2.0 */
/* /proc/kcore's program headers: at which virtual addresses this kernel sees itself and RAM. */
#ifndef KEXEC_KCORE_H
#define KEXEC_KCORE_H

#include "capture/env.h"

struct kcore_map {
	u64 text_va;		/* mapping of the kernel image */
	u64 text_pa;
	u64 text_bytes;
	u64 direct_map_va;	/* virtual address of physical address 0 */
};

/*
 * Finds the mappings in the first `bytes` bytes of /proc/kcore; code_pa: an address
 * inside the kernel image ("Kernel code" of /proc/iomem).
 * -EBADMSG: not an ELF64 core header, or cut off; -ENOENT: a mapping is not listed.
 */
int kcore_parse(struct kcore_map *ret_map, const void *head, size_t bytes, u64 code_pa);

/* The same from the running kernel; says its errors. */
int kcore_read(struct kcore_map *ret_map, u64 code_pa);

#endif
