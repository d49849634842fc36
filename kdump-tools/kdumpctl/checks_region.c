// SPDX-License-Identifier: GPL-2.0
/* Checks of the memory set aside for the capture kernel, of either mode. */
#include "kdumpctl/checks.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/file.h"
#include "kdumpctl/bootopts.h"
#include "kdumpctl/config_block.h"
#include "kdumpctl/reserve.h"
#include "kdumpctl/sysfs.h"

#define say(...) snprintf(detail, size, __VA_ARGS__)
#define KIB(bytes) ((unsigned long long)(bytes) >> 10)
#define MIB(bytes) ((unsigned long long)(bytes) >> 20)

/* --- what the dump kernel needs ------------------------------------------------------------- */

static int build_config(struct preflight *preflight)
{
	/* Without a target the block only serves to know its size. */
	static const struct config_target any = { .driver = DRIVER_NVME, .block_bytes = 512 };
	struct config_block_target targets[CONF_MAX_TARGETS] = { { .target = &any } };
	u32 count = 0;
	struct config_policy policy = {
		.final_action = (u8)preflight->conf->final_action,
		.failure_action = conf_standalone_failure_action(preflight->conf),
	};

	for (u32 i = 0; i < preflight->targets; i++) {
		const struct preflight_target *target = &preflight->target[i];

		if (target->usable)
			targets[count++] = (struct config_block_target){
				&target->probe.config, target->extents.list, target->extents.count,
			};
	}
	return config_block_build(&preflight->platform, targets, count ? count : 1, &policy, &preflight->dump, preflight->config,
				  &preflight->config_bytes);
}

/* What loading takes is computed from the very files, the config block among them. */
static int compute_need(struct preflight *preflight)
{
	struct need_targets targets = { 0 };
	struct crash_load request;
	char path[64];
	int fd = memfd_create("lifeboat-config", MFD_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	for (u32 i = 0; i < preflight->targets; i++)
		if (preflight->target[i].usable)
			need_add_target(&targets, preflight->target[i].probe.size_bytes,
					preflight->target[i].extents.count);
	request = preflight_request(preflight, path);
	err = file_pwrite_all(fd, preflight->config, preflight->config_bytes, 0);
	if (!err)
		err = need_compute(&request, &targets, &preflight->dump, &preflight->need);
	if (!err && preflight->fallback)
		need_add_fallback(&preflight->need, preflight->fallback->need.total_bytes);
	close(fd);
	return err;
}

int region_compute_need(struct preflight *preflight)
{
	char cmdline[4096] = "";
	int err;

	sysfs_read_line("", cmdline, sizeof(cmdline), "/proc/cmdline");
	err = bootopts_for_dump(cmdline, preflight->cmdline, sizeof(preflight->cmdline));
	if (!err)
		err = build_config(preflight);
	return err ? err : compute_need(preflight);
}

/* --- what there is ------------------------------------------------------------------------- */

/* start takes what is missing before it runs the checks. */
static enum preflight_result say_none(const struct preflight *preflight, char *detail, size_t size)
{
	u64 need = preflight->need.total_bytes;
	char why[256];

	if (reserve_is_possible(preflight->conf, why, sizeof(why))) {
		say("no memory is set aside yet; start takes %llu KiB at run time", KIB(reserve_wanted(preflight->conf, need)));
		return PREFLIGHT_OK;
	}
	say("no memory is set aside, and %s: add crashkernel=%lluM to the kernel's command line and reboot ('kdumpctl estimate' tells the least size)",
	    why, MIB(reserve_recommended(need)));
	return PREFLIGHT_FAIL;
}

/* What ends a sentence about a region that is too small. */
static const char *way_out(const struct conf *conf, u64 need, char *text, size_t size)
{
	bool whole = !(need % (1u << 20));
	char why[256];

	if (reserve_own_bytes())
		return "'kdumpctl restart' takes a larger one";
	snprintf(text, size, "add crashkernel=%llu%c to the kernel's command line and reboot%s", whole ? MIB(need) : KIB(need + 1023),
		 whole ? 'M' : 'K', reserve_is_possible(conf, why, sizeof(why)) ? ", or write 'reserve runtime' in the configuration" : "");
	return text;
}

enum preflight_result check_region(struct preflight *preflight, char *detail, size_t size)
{
	char text[160];
	int err;

	sysfs_read_u64("", 10, &preflight->region_bytes, "/sys/kernel/kexec_crash_size");
	if (!preflight->image_ok || !preflight->platform_ok) {
		say("%llu KiB, the need was not computed", KIB(preflight->region_bytes));
		return PREFLIGHT_SKIP;
	}
	err = region_compute_need(preflight);
	if (err) {
		say("how much is needed can't be computed: %s", strerror(-err));
		return PREFLIGHT_FAIL;
	}
	if (!preflight->region_bytes)
		return say_none(preflight, detail, size);
	if (preflight->region_bytes < preflight->need.total_bytes) {
		say("the crash region has %llu KiB, %llu KiB are needed; %s", KIB(preflight->region_bytes), KIB(preflight->need.total_bytes),
		    way_out(preflight->conf, preflight->need.total_bytes, text, sizeof(text)));
		return PREFLIGHT_FAIL;
	}
	say("%llu KiB, %llu KiB needed%s", KIB(preflight->region_bytes), KIB(preflight->need.total_bytes),
	    reserve_own_bytes() ? "; taken at run time" : "");
	return PREFLIGHT_OK;
}

enum preflight_result check_capture_region(struct preflight *preflight, char *detail, size_t size)
{
	const struct linux_mode *mode = preflight->capture;
	const struct linux_need *need = &mode->need;
	const char *source = need->learned_bytes ? "as its last capture showed" : "as computed";
	char text[160];

	if (!mode || !mode->image_ok) {
		say("not checked");
		return PREFLIGHT_SKIP;
	}
	if (!mode->need_ok) {
		say("%.1200s", mode->reason);
		return PREFLIGHT_FAIL;
	}
	preflight->region_bytes = mode->region_bytes;
	preflight->need.total_bytes = need->total_bytes;
	if (!preflight->region_bytes)
		return say_none(preflight, detail, size);
	if (preflight->region_bytes < need->total_bytes) {
		say("the crash region has %llu MiB, a Linux capture kernel needs %llu MiB here (%s): it would run out of memory instead of saving the dump; %s",
		    MIB(preflight->region_bytes), MIB(need->total_bytes), source, way_out(preflight->conf, need->total_bytes, text, sizeof(text)));
		return PREFLIGHT_FAIL;
	}
	say("%llu MiB, %llu MiB needed (%s)%s", MIB(preflight->region_bytes), MIB(need->total_bytes), source,
	    reserve_own_bytes() ? "; taken at run time" : "");
	return PREFLIGHT_OK;
}
