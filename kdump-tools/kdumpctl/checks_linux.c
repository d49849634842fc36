// SPDX-License-Identifier: GPL-2.0
/* Checks of Linux mode; linux_mode_prepare() has found everything out, or stopped at a reason. */
#include "kdumpctl/checks.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#include "kdumpctl/ram.h"

#define say(...) snprintf(detail, size, __VA_ARGS__)
#define MIB(bytes) ((unsigned long long)(bytes) >> 20)
#define FAT_MAX_BYTES 0xffffffffull	/* of a file */

static enum preflight_result skip(char *detail, size_t size)
{
	say("not checked");
	return PREFLIGHT_SKIP;
}

/* The step that failed has the reason; those before it are fine, those after it unknown. */
static enum preflight_result fail(const struct preflight *preflight, char *detail, size_t size)
{
	say("%.1200s", preflight->capture ? preflight->capture->reason : "out of memory");
	return PREFLIGHT_FAIL;
}

enum preflight_result check_capture_kernel(struct preflight *preflight, char *detail, size_t size)
{
	const struct linux_mode *mode = preflight->capture;

	if (!mode || !mode->kernel_ok)
		return fail(preflight, detail, size);
	if (!mode->kernel.modules[0]) {
		say("%s, %s; it has no modules in /lib/modules, so all that the target needs must be built into it",
		    mode->kernel.path, mode->kernel.release);
		return mode->kernel.is_running ? PREFLIGHT_OK : PREFLIGHT_WARN;
	}
	say("%s, %s%s", mode->kernel.path, mode->kernel.release, mode->kernel.is_signed ? ", signed" : "");
	return PREFLIGHT_OK;
}

enum preflight_result check_capture_targets(struct preflight *preflight, char *detail, size_t size)
{
	const struct linux_mode *mode = preflight->capture;
	const struct plan_build *build = &mode->build;
	size_t used = 0;
	bool all = true;

	if (!mode || !mode->kernel_ok)
		return skip(detail, size);
	if (!mode->plan_ok)
		return fail(preflight, detail, size);
	for (unsigned int i = 0; i < build->targets && used < size; i++) {
		const struct capture_target *target = &build->target[i];

		used += snprintf(detail + used, size - used, "%s%s %s%s%s", i ? ", then " : "", target->fstype,
				 target->usable ? target->node : target->spec, target->usable ? "" : " can't be used: ", target->why);
		all &= target->usable;
	}
	if (used < size)
		snprintf(detail + used, size - used, "; %u modules", build->plan.modules);
	return all ? PREFLIGHT_OK : PREFLIGHT_WARN;
}

/* --- space ---------------------------------------------------------------------------------------- */

static enum preflight_result check_space(struct preflight *preflight, unsigned int number, char *detail, size_t size)
{
	const struct capture_target *target = &preflight->capture->build.target[number];
	bool whole = !conf_core_collector(preflight->conf);
	struct statvfs fs;
	u64 room;

	if (whole && !strcmp(target->fstype, "vfat") && preflight->ram_bytes > FAT_MAX_BYTES) {
		say("a file on vfat has at most 4 GiB, a dump of this machine needs up to %llu MiB; use ext4 or xfs, or a core_collector that filters",
		    MIB(preflight->ram_bytes));
		return PREFLIGHT_FAIL;
	}
	if (!target->mounted_at[0]) {
		say("%s is not mounted, so its free space is not known", target->node);
		return PREFLIGHT_OK;
	}
	if (statvfs(target->mounted_at, &fs))
		return PREFLIGHT_OK;
	room = (u64)fs.f_bfree * fs.f_frsize;	/* the capture kernel's init is root */
	if (room < preflight->ram_bytes) {
		say("%s has %llu MiB free, a dump needs up to %llu MiB%s: it may be cut off; free some space",
		    target->mounted_at, MIB(room), MIB(preflight->ram_bytes), whole ? "" : " before core_collector filters it");
		return PREFLIGHT_WARN;
	}
	say("%s has %llu MiB free, a dump needs up to %llu MiB", target->mounted_at, MIB(room), MIB(preflight->ram_bytes));
	return PREFLIGHT_OK;
}

enum preflight_result check_capture_space(struct preflight *preflight, char *detail, size_t size)
{
	const struct linux_mode *mode = preflight->capture;
	enum preflight_result result = PREFLIGHT_OK;

	if (!mode || !mode->plan_ok)
		return skip(detail, size);
	if (ram_dump_bytes(&preflight->ram_bytes)) {
		say("the amount of memory is not known: /proc/iomem does not tell it");
		return PREFLIGHT_FAIL;
	}
	say("a dump needs up to %llu MiB", MIB(preflight->ram_bytes));
	for (unsigned int i = 0; i < mode->build.targets && result == PREFLIGHT_OK; i++)
		if (mode->build.target[i].usable && strcmp(mode->build.target[i].fstype, "raw"))
			result = check_space(preflight, i, detail, size);
	return result;
}

/* --- the image and the region ---------------------------------------------------------------------- */

enum preflight_result check_capture_image(struct preflight *preflight, char *detail, size_t size)
{
	const struct linux_mode *mode = preflight->capture;
	const struct capture_image *image = &mode->image;

	if (!mode || !mode->plan_ok)
		return skip(detail, size);
	if (!mode->image_ok)
		return fail(preflight, detail, size);
	if (image->differs) {
		say("force_no_rebuild keeps one that was made for another kernel, configuration or target; run 'kdumpctl rebuild'");
		return PREFLIGHT_WARN;
	}
	say("%s, %llu KiB %s, %llu KiB unpacked, content %.16s", image->rebuilt ? "made" : "nothing to rebuild",
	    (unsigned long long)image->packed_bytes >> 10, pack_name(mode->kernel.pack),
	    (unsigned long long)image->unpacked_bytes >> 10, image->content);
	if (image->rebuilt && !image->kept && preflight->image_use != CAPTURE_IMAGE_LOOK) {
		say("it could not be kept in /var/lib/lifeboat, so every start makes it again");
		return PREFLIGHT_WARN;
	}
	return PREFLIGHT_OK;
}

enum preflight_result check_capture_watchdog(struct preflight *preflight, char *detail, size_t size)
{
	const struct linux_mode *mode = preflight->capture;

	if (!mode || !mode->plan_ok)
		return skip(detail, size);
	say(mode->build.plan.watchdog ? "one runs; its driver goes along, and it is kicked while the dump makes progress" : "none runs");
	return PREFLIGHT_OK;
}
