/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The dead kernel's virtual addresses, by its own page tables (Intel SDM vol. 3, 4.5: four and
 * five levels; leaves of 4 KiB, 2 MiB, 1 GiB).  Nothing in them is trusted.
 */
#ifndef CAPTURE_KERNEL_MAP_H
#define CAPTURE_KERNEL_MAP_H

#include "capture/oldmem.h"
#include "capture/vmcoreinfo.h"

struct kernel_map {
	const struct oldmem *mem;
	u64 top_pa;		/* of the top-level table */
	unsigned levels;	/* 4 or 5 */
	u64 pa_mask;		/* of an entry: without flags and the encryption bit */
};

/*
 * Finds the kernel's own tables by vmcoreinfo.  -ENOENT: a key is missing (SYMBOL(init_top_pgt)
 * or SYMBOL(swapper_pg_dir), NUMBER(phys_base)); -EINVAL: a value that can't be.
 */
int kernel_map_init(struct kernel_map *map, const struct oldmem *mem, const struct vmcoreinfo *info);

/*
 * Physical address of va; *ret_bytes: how many bytes from there on follow in the same leaf.
 * -EFAULT: not mapped, or a table that can't be read.
 */
int kernel_map_translate(const struct kernel_map *map, u64 va, u64 *ret_pa, u64 *ret_bytes);

/* Copies bytes at va.  -EFAULT; buf may be partly written then. */
int kernel_map_read(const struct kernel_map *map, u64 va, void *buf, size_t bytes);

#endif
