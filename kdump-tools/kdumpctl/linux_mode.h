/* SPDX-License-Identifier: GPL-2.0 */
/* All that start, preflight and estimate find out about Linux mode on this machine, in one go. */
#ifndef KDUMPCTL_LINUX_MODE_H
#define KDUMPCTL_LINUX_MODE_H

#include "kdumpctl/linux_need.h"

struct linux_mode {
	struct capture_kernel kernel;
	struct plan_request request;
	struct plan_build build;
	struct capture_image image;
	struct linux_need need;
	u64 region_bytes;
	char *cmdline;
	bool no_tracing;		/* its modules allow lockdown */
	enum load_syscall syscall;	/* of the need; set by the caller before linux_mode_prepare() */

	/* How far it came: the first of these that is false has its reason. */
	bool kernel_ok, plan_ok, image_ok, need_ok;
	char reason[2048];
};

/* New memory; NULL: none. */
struct linux_mode *linux_mode_new(void);

/* Bytes of the crash region, 0 when none is set aside. */
u64 linux_mode_region(void);

/* 0, or why not: a negative errno, and the reason. */
int linux_mode_prepare(struct linux_mode *mode, const struct conf *conf, u64 region_bytes, enum capture_image_use use);

/* The request for crash_load(), of a mode that is prepared. */
struct crash_load linux_mode_request(const struct linux_mode *mode);

void linux_mode_free(struct linux_mode *mode);

#endif
