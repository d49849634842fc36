// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/estimate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/file.h"
#include "common/log.h"
#include "kdumpctl/checks.h"

#define KIB(bytes) ((unsigned long long)(bytes) >> 10)

static int read_region(u64 *ret_bytes)
{
	int err = file_read_u64("/sys/kernel/kexec_crash_size", 10, ret_bytes);

	if (err)
		log_error("cannot read /sys/kernel/kexec_crash_size: %s; was this kernel built with CONFIG_KEXEC?", strerror(-err));
	return err;
}

int estimate_showmem(void)
{
	u64 bytes;
	int err = read_region(&bytes);

	if (err)
		return err;
	if (!bytes) {
		log_error("no memory is reserved for a crash kernel; add crashkernel=1M to the kernel's command line and reboot");
		return -ENOENT;
	}
	if (bytes % (1 << 20))
		log_info("Reserved %llu KiB memory for crash kernel", KIB(bytes));
	else
		log_info("Reserved %llu MB memory for crash kernel", (unsigned long long)bytes >> 20);
	return 0;
}

static void print_estimate(const struct preflight *preflight, u64 region)
{
	const struct need *need = &preflight->need;

	log_info("Reserved crashkernel:    %llu KiB", KIB(region));
	log_info("Needed crashkernel:      %llu KiB", KIB(need->total_bytes));
	log_info("  image and handover:    %llu KiB", KIB(need->load_bytes));
	log_info("  dump kernel's memory:  %llu KiB", KIB(need->work_bytes));
	log_info("Recommended crashkernel: %s", need->total_bytes <= 1 << 20 ? "1M" : "twice of what is needed");
	if (region < need->total_bytes)
		log_warning("the reserved memory is too small: add crashkernel=%lluK or more to the kernel's command line and reboot",
			    KIB(need->total_bytes));
}

int estimate_command(const struct conf *conf, const struct start_options *options)
{
	static const struct conf no_conf;
	struct preflight *preflight = calloc(1, sizeof(*preflight));
	char detail[PREFLIGHT_DETAIL_BYTES];
	u64 region;
	int err = preflight ? read_region(&region) : -ENOMEM;

	if (!err) {
		preflight->conf = conf ? conf : &no_conf;
		preflight->image_path = options->image;
		preflight->syscall = options->syscall != LOAD_SYSCALL_AUTO ? options->syscall : preflight->conf->syscall;
		/* The checks find out what the need depends on; only those without which there is no answer count. */
		if (check_root(preflight, detail, sizeof(detail)) == PREFLIGHT_FAIL ||
		    check_image(preflight, detail, sizeof(detail)) == PREFLIGHT_FAIL ||
		    check_platform(preflight, detail, sizeof(detail)) == PREFLIGHT_FAIL)
			err = -EINVAL;
	}
	if (!err) {
		char ignored[PREFLIGHT_DETAIL_BYTES];

		check_lockdown(preflight, ignored, sizeof(ignored));
		if (conf)
			preflight_find_targets(preflight);
		err = region_compute_need(preflight);
		if (err)
			snprintf(detail, sizeof(detail), "%s", strerror(-err));
	}
	if (err)
		log_error("estimate: %s", preflight ? detail : strerror(ENOMEM));
	else
		print_estimate(preflight, region);
	free(preflight);
	return err;
}
