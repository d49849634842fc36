// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/estimate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/file.h"
#include "common/log.h"
#include "kdumpctl/checks.h"
#include "kdumpctl/reserve.h"
#include "layout.h"

#define KIB(bytes) ((unsigned long long)(bytes) >> 10)
#define MIB(bytes) ((unsigned long long)(bytes) >> 20)

static int read_region(u64 *ret_bytes)
{
	int err = file_read_u64("/sys/kernel/kexec_crash_size", 10, ret_bytes);

	if (err)
		log_error("cannot read /sys/kernel/kexec_crash_size: %s; was this kernel built with CONFIG_KEXEC?", strerror(-err));
	return err;
}

int estimate_showmem(void)
{
	const char *when;
	u64 bytes;
	int err = read_region(&bytes);

	if (err)
		return err;
	if (!bytes) {
		log_error("no memory is reserved for a crash kernel; 'kdumpctl start' takes some at run time where the module crashmem is installed, else add crashkernel=1M to the kernel's command line and reboot");
		return -ENOENT;
	}
	when = reserve_own_bytes() ? ", at run time" : "";
	if (bytes % (1 << 20))
		log_info("Reserved %llu KiB memory for crash kernel%s", KIB(bytes), when);
	else
		log_info("Reserved %llu MB memory for crash kernel%s", MIB(bytes), when);
	return 0;
}

/* What the region lacks, and what can be done; nothing where it is large enough. */
static void print_too_small(const struct conf *conf, u64 region, u64 need)
{
	char why[256];

	if (region >= need)
		return;
	if (reserve_own_bytes())
		log_warning("the region is too small: 'kdumpctl restart' takes a larger one");
	else if (!region && reserve_is_possible(conf, why, sizeof(why)))
		log_info("start takes %llu KiB at run time", KIB(reserve_wanted(conf, need)));
	else
		log_warning("the reserved memory is too small: add crashkernel=%lluK or more to the kernel's command line and reboot", KIB(need));
}

static void print_estimate(const struct preflight *preflight, u64 region)
{
	const struct need *need = &preflight->need;

	log_info("Reserved crashkernel:    %llu KiB", KIB(region));
	log_info("Needed crashkernel:      %llu KiB", KIB(need->total_bytes));
	log_info("  image and handover:    %llu KiB", KIB(need->load_bytes));
	log_info("  dump kernel's memory:  %llu KiB", KIB(need->work_bytes));
	if (need->filter_bytes)
		log_info("  to filter, compress:   %llu KiB, and up to %llu KiB for each CPU after the first", KIB(need->filter_bytes),
			 KIB(need_cpu_bytes(&preflight->conf->dump) + LAYOUT_CPU_START_BYTES));
	log_info("Recommended crashkernel: %lluM", MIB(reserve_recommended(need->total_bytes)));
	print_too_small(preflight->conf, region, need->total_bytes);
}

/* As large as the region would have to be for it, whether it is or not. */
static void print_fallback(struct preflight *preflight)
{
	if (fallback_prepare(preflight))
		log_info("No fallback to Linux mode: %s", preflight->fallback_why);
	else
		log_info("With Linux mode as its fallback: %llu MiB (%llu KiB to load both, %llu MiB for Linux to run)",
			 MIB(preflight->need.total_bytes + (1 << 20) - 1), KIB(preflight->need.load_bytes),
			 MIB(preflight->fallback->need.total_bytes));
}

static void print_linux(const struct conf *conf, const struct linux_mode *mode, u64 region)
{
	const struct linux_need *need = &mode->need;

	log_info("Reserved crashkernel:    %llu MiB", MIB(region));
	log_info("Needed crashkernel:      %llu MiB (%s)", MIB(need->total_bytes),
		 need->learned_bytes ? "as the last capture of this initramfs showed" : "computed");
	log_info("  to load it:            %llu KiB (the kernel with room to unpack itself, the initramfs, handover)",
		 KIB(need->input.load_bytes));
	log_info("  then: kernel:          %llu KiB", KIB(need->input.kernel_bytes));
	log_info("        initramfs:       %llu KiB packed, %llu KiB unpacked", KIB(need->input.packed_bytes),
		 KIB(need->input.unpacked_bytes));
	log_info("        modules:         %llu KiB", KIB(need->input.module_bytes));
	log_info("        runtime:         %llu KiB", KIB(need->runtime_bytes + need->input.map_bytes));
	log_info("Recommended crashkernel: %lluM", MIB(reserve_recommended(need->total_bytes)));
	print_too_small(conf, region, need->total_bytes);
}

static int estimate_standalone(struct preflight *preflight, bool configured, u64 region)
{
	char detail[PREFLIGHT_DETAIL_BYTES], ignored[PREFLIGHT_DETAIL_BYTES];
	struct need alone;
	int err = 0;

	/* The checks find out what the need depends on; only those without which there is no answer count. */
	if (check_image(preflight, detail, sizeof(detail)) == PREFLIGHT_FAIL ||
	    check_platform(preflight, detail, sizeof(detail)) == PREFLIGHT_FAIL)
		err = -EINVAL;
	if (!err) {
		check_lockdown(preflight, ignored, sizeof(ignored));
		if (configured)
			preflight_find_targets(preflight);
		err = region_compute_need(preflight);
		if (err)
			snprintf(detail, sizeof(detail), "%s", strerror(-err));
	}
	if (err) {
		log_error("estimate: %s", detail);
		return err;
	}
	print_estimate(preflight, region);
	preflight->region_bytes = region;
	alone = preflight->need;
	if (configured)
		print_fallback(preflight);
	/* A region that has no room for it does without. */
	if (region < preflight->need.total_bytes)
		preflight->need = alone;
	return 0;
}

static int estimate_linux(struct preflight *preflight, u64 region)
{
	const struct linux_mode *mode = preflight->capture;

	if (!mode || !mode->need_ok) {
		log_error("estimate: %s", mode ? mode->reason : strerror(ENOMEM));
		return -EINVAL;
	}
	print_linux(preflight->conf, mode, region);
	preflight->need.total_bytes = mode->need.total_bytes;
	return 0;
}

int estimate_command(const struct conf *conf, const struct start_options *options, u64 *ret_bytes)
{
	/* Without a configuration: of the dump kernel, for any target. */
	static const struct conf no_conf = { .mode = CONF_MODE_STANDALONE };
	struct preflight *preflight = preflight_new(conf ? conf : &no_conf, options->image);
	char detail[PREFLIGHT_DETAIL_BYTES];
	u64 region;
	int err = preflight ? read_region(&region) : -ENOMEM;

	if (!err && check_root(preflight, detail, sizeof(detail)) == PREFLIGHT_FAIL) {
		log_error("estimate: %s", detail);
		err = -EPERM;
	}
	if (!err) {
		preflight->syscall = options->syscall != LOAD_SYSCALL_AUTO ? options->syscall : preflight->conf->syscall;
		preflight_choose_mode(preflight);
		if (conf)
			log_info("Mode:                    %s (%s)", mode_name(preflight->mode), preflight->why);
		err = preflight->mode == MODE_LINUX ? estimate_linux(preflight, region) :
						      estimate_standalone(preflight, conf, region);
	}
	if (!err)
		*ret_bytes = reserve_recommended(preflight->need.total_bytes);
	preflight_free(preflight);
	return err;
}
