// SPDX-License-Identifier: GPL-2.0
/* Whether a Linux capture kernel can wait beside the dump kernel, for when that fails. */
#include "kdumpctl/checks.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define why(...) snprintf(preflight->fallback_why, sizeof(preflight->fallback_why), __VA_ARGS__)
#define MIB(bytes) ((unsigned long long)(bytes) >> 20)
#define KIB(bytes) ((unsigned long long)(bytes) >> 10)

/* No Linux kernel starts in less; below it nobody has to look for its modules. */
#define LEAST_REGION_BYTES (32ull << 20)

/* The dump kernel has tried what is prepared: left are file systems, without such a line the one that holds path. */
static void take_file_systems(const struct conf *conf, struct conf *ret_conf)
{
	*ret_conf = *conf;
	ret_conf->targets = 0;
	for (unsigned int i = 0; i < conf->targets; i++)
		if (!conf_target_is_prepared(&conf->target[i]))
			ret_conf->target[ret_conf->targets++] = conf->target[i];
}

/* Back to the dump kernel alone. */
static void drop(struct preflight *preflight, const struct need *alone)
{
	linux_mode_free(preflight->fallback);
	preflight->fallback = NULL;
	preflight->need = *alone;
}

static int prepare(struct preflight *preflight, struct linux_mode *mode)
{
	const struct need alone = preflight->need;
	int err;

	take_file_systems(preflight->conf, &preflight->fallback_conf);
	mode->syscall = LOAD_SYSCALL_KEXEC_LOAD;
	preflight->fallback = mode;
	err = linux_mode_prepare(mode, &preflight->fallback_conf, preflight->region_bytes, preflight->image_use);
	if (err) {
		why("%.1200s", mode->reason);
	} else {
		preflight->fallback_request = linux_mode_request(mode);
		err = region_compute_need(preflight);
		if (err)
			why("how much memory both need can't be computed: %s", strerror(-err));
	}
	if (err)
		drop(preflight, &alone);
	return err;
}

int fallback_prepare(struct preflight *preflight)
{
	struct linux_mode *mode;

	if (preflight->conf->no_fallback) {
		why("the configuration says so");
		return -EPERM;
	}
	if (preflight->syscall != LOAD_SYSCALL_KEXEC_LOAD) {
		why("kexec_file_load takes one kernel at a time");
		return -EPERM;
	}
	mode = linux_mode_new();
	if (!mode) {
		why("out of memory");
		return -ENOMEM;
	}
	return prepare(preflight, mode);
}

/* The same where it fits. */
static int prepare_in_region(struct preflight *preflight)
{
	const struct need alone = preflight->need;
	int err;

	if (preflight->region_bytes < LEAST_REGION_BYTES) {
		why("the crash region has %llu KiB, too little for a Linux kernel beside the dump kernel", KIB(preflight->region_bytes));
		return -ENOSPC;
	}
	err = fallback_prepare(preflight);
	if (err || preflight->need.total_bytes <= preflight->region_bytes)
		return err;
	why("the crash region has %llu MiB, a Linux kernel beside the dump kernel needs %llu MiB", MIB(preflight->region_bytes),
	    MIB(preflight->need.total_bytes + (1 << 20) - 1));
	drop(preflight, &alone);
	return -ENOSPC;
}

enum preflight_result check_fallback(struct preflight *preflight, char *detail, size_t size)
{
	const struct linux_mode *mode;

	if (!preflight->image_ok || !preflight->platform_ok || !preflight->need.total_bytes) {
		snprintf(detail, size, "not checked");
		return PREFLIGHT_SKIP;
	}
	if (prepare_in_region(preflight)) {
		snprintf(detail, size, "none: %.1200s", preflight->fallback_why);
		return PREFLIGHT_SKIP;
	}
	mode = preflight->fallback;
	snprintf(detail, size, "Linux mode to %s %s, %llu MiB needed for both", mode->build.plan.target[0].fstype,
		 mode->build.plan.target[0].device, MIB(preflight->need.total_bytes + (1 << 20) - 1));
	return PREFLIGHT_OK;
}
