/* SPDX-License-Identifier: GPL-2.0 */
/* /proc/iomem: which physical addresses are what, as half-open ranges. */
#ifndef COMMON_IOMEM_H
#define COMMON_IOMEM_H

#include "capture/env.h"

/* Linux's own names, see kernel/resource.c and arch/x86/kernel/{setup,e820}.c */
#define IOMEM_RAM "System RAM"
#define IOMEM_CRASH "Crash kernel"
#define IOMEM_KERNEL_CODE "Kernel code"
#define IOMEM_KERNEL_BSS "Kernel bss"
#define IOMEM_ACPI_TABLES "ACPI Tables"
#define IOMEM_ACPI_NVS "ACPI Non-volatile Storage"
#define IOMEM_RESERVED "Reserved"

struct iomem_entry {
	u64 start;		/* physical address */
	u64 end;		/* first one that does not belong to it */
	u32 depth;		/* 0: top level; a child follows its parent */
	char name[44];		/* longer names are cut */
};

struct iomem {
	struct iomem_entry *entries;	/* in the file's order, which is by address per depth */
	size_t count;
};

/*
 * Reads and parses /proc/iomem.  Says its errors: -EACCES when the kernel shows
 * zeros because we are not root, -EINVAL for a malformed line, -ENOMEM, and what
 * open(2) and read(2) say.
 */
int iomem_init(struct iomem *map);
void iomem_deinit(struct iomem *map);

/* The same from text, silent; for tests. */
int iomem_parse(struct iomem *map, const char *text);

/* The next entry of that name after `after` (NULL: the first), or NULL. */
const struct iomem_entry *iomem_next(const struct iomem *map, const char *name,
				     const struct iomem_entry *after);

/* Sum of bytes of all entries of that name at any depth. */
u64 iomem_total_bytes(const struct iomem *map, const char *name);

#endif
