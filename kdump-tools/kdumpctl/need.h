/* SPDX-License-Identifier: GPL-2.0 */
/* How large the crash region must be. */
#ifndef KDUMPCTL_NEED_H
#define KDUMPCTL_NEED_H

#include "capture/handover.h"
#include "kexec/crash_load.h"

struct need {
	u64 load_bytes;		/* image and all that is loaded with it, the kernel's own pages */
	u64 work_bytes;		/* what the dump kernel takes beside, at a crash */
	u64 filter_bytes;	/* and this to filter and compress */
	u64 total_bytes;	/* whole pages */
};

/* What of the targets takes memory: the dump kernel has one of them open at a time. */
struct need_targets {
	u32 count;
	u64 largest_bytes;		/* 0: not known yet */
	u64 largest_file_bytes;		/* of the dump files; 0: none */
};

/* Adds one of `bytes` bytes. */
void need_add_target(struct need_targets *targets, u64 bytes, bool is_file);

/* Says its errors, as crash_load_need() and machine_init(). */
int need_compute(const struct crash_load *request, const struct need_targets *targets, const struct config_dump *dump,
		 struct need *ret_need);

/* filter_bytes alone. */
u64 need_filter_bytes(const struct config_dump *dump);

/* What each CPU after the first takes in addition, when there is so much; the second one LAYOUT_CPU_START_BYTES more. */
u64 need_cpu_bytes(const struct config_dump *dump);

/* The fallback is loaded already in load_bytes; running_bytes: what it takes when the dump kernel has ended. */
void need_add_fallback(struct need *need, u64 running_bytes);

/* work_bytes alone, for memory as it is now; as need_compute(). */
int need_compute_work(const struct need_targets *targets, u64 *ret_work_bytes);

/* work_bytes alone, of old memory in `ranges`; for tests. */
struct memrange_set;
u64 need_work_bytes(const struct memrange_set *ranges, bool gb_pages, u32 cpus, const struct need_targets *targets);

#endif
