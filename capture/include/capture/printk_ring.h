/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The dead kernel's log as dmesg prints it, out of the lockless printk ring buffer
 * (Linux 5.10 and later; kernel/printk/printk_ringbuffer.h).  Every offset comes from
 * vmcoreinfo.
 */
#ifndef CAPTURE_PRINTK_RING_H
#define CAPTURE_PRINTK_RING_H

#include "capture/elfcore.h"
#include "capture/vmcoreinfo.h"

struct printk_ring {
	const struct oldmem *mem;
	const struct elfcore *core;
	u64 descs_va, infos_va, text_va;
	u64 head_id, tail_id;
	u32 count_bits, size_bits;
	u32 desc_bytes, desc_state, desc_begin, desc_next;
	u32 info_bytes, info_ts_nsec, info_text_len;
};

/*
 * Finds the ring.  -ENOENT: vmcoreinfo lacks a key (a kernel before 5.10); -EINVAL: its
 * numbers make no sense; -EFAULT, -EIO: the ring's memory can't be read.
 */
int printk_ring_open(struct printk_ring *ring, const struct elfcore *core, const struct oldmem *mem,
		     const struct vmcoreinfo *info);

/*
 * Sends the log, oldest record first, to emit(), which returns 0 or a negative errno
 * that ends the printing and is returned.  Records that are gone, being written or
 * unreadable are left out.
 */
int printk_ring_print(const struct printk_ring *ring,
		      int (*emit)(void *context, const char *text, u32 bytes), void *context);

#endif
