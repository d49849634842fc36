/* SPDX-License-Identifier: GPL-2.0 */
/* Memory for a crash region, taken from a running kernel. */
#ifndef CRASH_RANGE_H
#define CRASH_RANGE_H

#include <linux/types.h>

/* Where crashkernel= puts a region, too: a multiple of this. */
#define CRASH_RANGE_ALIGN (16ul << 20)

/*
 * Takes bytes (whole pages) of contiguous RAM on node, or on any if that is NUMA_NO_NODE, below
 * limit (a physical address; 0: none): the highest range below 4 GiB that can be had, else one
 * above.  The pages look as those of a region that was reserved at boot; free_reserved_page()
 * gives them back.  May sleep.  0 and *ret_start, -ENOMEM, -EINTR after a fatal signal.
 */
int crash_range_alloc(unsigned long bytes, int node, phys_addr_t limit, phys_addr_t *ret_start);

/* Gives [start, end) of it back. */
void crash_range_free(phys_addr_t start, phys_addr_t end);

#endif /* CRASH_RANGE_H */
