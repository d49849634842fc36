/* SPDX-License-Identifier: GPL-2.0 */
/* How large the crash region must be for a Linux capture kernel: computed, then learned. */
#ifndef KDUMPCTL_LINUX_NEED_H
#define KDUMPCTL_LINUX_NEED_H

#include "kdumpctl/capture_image.h"
#include "kdumpctl/last_capture.h"

struct linux_need_input {
	u64 load_bytes;		/* crash_load_need(): until it runs */
	u64 kernel_bytes;	/* code to bss, which stay */
	u64 map_bytes;		/* the kernel's own account of its pages */
	u64 packed_bytes, unpacked_bytes, module_bytes;	/* of the initramfs */
	bool tracing;		/* nothing keeps tracefs away */
};

struct linux_need {
	struct linux_need_input input;
	u64 runtime_bytes;	/* what booting, drivers, file systems and processes take beside */
	u64 computed_bytes;	/* the least region by computation, whole MiB */
	u64 learned_bytes;	/* the least region by the last capture of this very initramfs, 0: none yet */
	u64 total_bytes;	/* what must be there */
};

/* Pure arithmetic; last: NULL when no capture with this content is known. */
void linux_need_compute(const struct linux_need_input *input, const struct last_capture *last, struct linux_need *ret_need);

/*
 * Fills kernel_bytes (of the running kernel, or another's upper bound) and map_bytes from
 * /proc/iomem.  iomem_init()'s errors, said.
 */
int linux_need_read_iomem(const struct capture_kernel *kernel, struct linux_need_input *input);

/* The same from a map; for tests. */
struct iomem;
void linux_need_from_iomem(const struct iomem *map, const struct capture_kernel *kernel, struct linux_need_input *input);

#endif
