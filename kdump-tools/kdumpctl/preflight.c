// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/preflight.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "kdumpctl/checks.h"
#include "kdumpctl/protection.h"
#include "kdumpctl/reserve.h"

#define IMAGE PREFIX "/lib/lifeboat/dumpkernel"
#define ZSTD_IMAGE IMAGE "-zstd"

/* First what of the machine the others need, then the targets, then what depends on them. */
static const struct check {
	const char *name;
	enum preflight_result (*check)(struct preflight *preflight, char *detail, size_t size);
} machine_table[] = {
	{ "root", check_root },
	{ "kernel", check_kernel },
	{ "mode", check_mode },
	{ "image", check_image },
	{ "lockdown", check_lockdown },
	{ "filter", check_filter },
}, dependent_table[] = {
	{ "cpus", check_platform },
	{ "clock", check_clock },
	{ "iommu", check_iommu },
	{ "encryption", check_encryption },
	{ "region", check_region },
	{ "fallback", check_fallback },
	{ "loaded", check_other_image },
	{ "watchdog", check_watchdog },
	{ "oops", check_oops },
	{ "notifiers", check_notifiers },
}, linux_table[] = {
	{ "root", check_root },
	{ "kernel", check_kernel },
	{ "mode", check_mode },
	{ "image", check_capture_kernel },
	{ "lockdown", check_lockdown },
	{ "filter", check_capture_filter },
	{ "targets", check_capture_targets },
	{ "space", check_capture_space },
	{ "initramfs", check_capture_image },
	{ "region", check_capture_region },
	{ "loaded", check_other_image },
	{ "watchdog", check_capture_watchdog },
	{ "oops", check_oops },
	{ "notifiers", check_notifiers },
};

static const struct {
	const char *name;
	enum preflight_result (*check)(struct preflight *preflight, struct preflight_target *target, char *detail,
				       size_t size);
} target_table[] = {
	{ "target", check_target },
	{ "use", check_use },
	{ "prepared", check_header },
	{ "capacity", check_capacity },
};

static void say(const char *name, enum preflight_result result, const char *detail, enum preflight_report report)
{
	static const char *const words[] = { "ok  ", "warn", "FAIL", "-   " };

	if (report == PREFLIGHT_SAY_ALL)
		log_info("%s %-10s %s", words[result], name, detail);
	else if (report == PREFLIGHT_SAY_PROBLEMS && result == PREFLIGHT_FAIL)
		log_error("%s: %s", name, detail);
	else if (report == PREFLIGHT_SAY_PROBLEMS && result == PREFLIGHT_WARN)
		log_warning("%s: %s", name, detail);
}

static int run_table(struct preflight *preflight, const struct check *table, size_t count, enum preflight_report report)
{
	int err = 0;

	for (size_t i = 0; i < count; i++) {
		char detail[PREFLIGHT_DETAIL_BYTES] = "";
		enum preflight_result result = table[i].check(preflight, detail, sizeof(detail));

		say(table[i].name, result, detail, report);
		if (result == PREFLIGHT_FAIL)
			err = -EPERM;
		/* Without root nothing else can be seen. */
		if (result == PREFLIGHT_FAIL && table[i].check == check_root)
			break;
	}
	return err;
}

/* One that can't be used is left out as long as there is another one. */
static void run_target(struct preflight *preflight, struct preflight_target *target, enum preflight_report report)
{
	target->usable = true;
	for (size_t i = 0; i < ARRAY_SIZE(target_table); i++) {
		char detail[PREFLIGHT_DETAIL_BYTES] = "";
		enum preflight_result result = target_table[i].check(preflight, target, detail, sizeof(detail));

		if (result == PREFLIGHT_FAIL)
			target->usable = false;
		if (result == PREFLIGHT_FAIL && preflight->targets > 1)
			result = PREFLIGHT_WARN;
		say(target_table[i].name, result, detail, report);
	}
	preflight->usable_targets += target->usable;
}

static int run_targets(struct preflight *preflight, enum preflight_report report)
{
	const struct conf *conf = preflight->conf;

	preflight->targets = conf->targets;
	for (u32 i = 0; i < conf->targets; i++) {
		preflight->target[i].conf = &conf->target[i];
		run_target(preflight, &preflight->target[i], report);
	}
	if (preflight->usable_targets)
		return 0;
	if (!conf->targets)
		say("target", PREFLIGHT_FAIL,
		    "no dump target is configured; prepare one with 'kdumpctl mkdump <device>' and add 'raw <device>' to the configuration",
		    report);
	else if (conf->targets > 1)
		say("target", PREFLIGHT_FAIL, "none of the configured targets can be used", report);
	return -EPERM;
}

struct preflight *preflight_new(const struct conf *conf, const char *image_path)
{
	struct preflight *preflight = calloc(1, sizeof(*preflight));

	if (!preflight) {
		log_error("out of memory");
		return NULL;
	}
	preflight->conf = conf;
	preflight->dump = conf->dump;
	preflight->image_path = image_path ? image_path : conf->dump.codec == CODEC_ZSTD ? ZSTD_IMAGE : IMAGE;
	return preflight;
}

void preflight_free(struct preflight *preflight)
{
	if (preflight) {
		linux_mode_free(preflight->capture);
		linux_mode_free(preflight->fallback);
	}
	free(preflight);
}

/* Whether the dump kernel can write to it at all; what can be mended is for its checks. */
static bool is_drivable(const struct conf_target *conf, struct preflight_target *found, char *reason, size_t size)
{
	int err = conf_target_is_file(conf) ? dumpfile_probe(conf->spec, &found->probe, &found->extents, reason, size) :
					      target_probe(conf->spec, &found->probe, reason, size);

	return !err && !protection_check_iommu("", found->probe.pci, reason, size) &&
	       !protection_check_encryption("", reason, size);
}

/* One of them is enough; reason: of the first. */
static bool is_standalone_possible(const struct conf *conf, char *reason, size_t size)
{
	struct preflight_target *found = malloc(sizeof(*found));
	char other[512];
	bool possible = false, first = true;

	for (unsigned int i = 0; found && !possible && i < conf->targets; i++) {
		if (!conf_target_is_prepared(&conf->target[i]))
			continue;
		possible = is_drivable(&conf->target[i], found, first ? reason : other, first ? size : sizeof(other));
		first = false;
	}
	free(found);
	return possible;
}

/* Sets linux_ok and the mode's own facts. */
static void try_linux(struct preflight *preflight, struct mode_facts *facts)
{
	struct linux_mode *linux_mode = linux_mode_new();
	u64 region = linux_mode_region();

	if (!linux_mode)
		return;
	preflight->capture = linux_mode;
	linux_mode->syscall = preflight->syscall;
	facts->linux_why = linux_mode->reason;
	if (linux_mode_prepare(linux_mode, preflight->conf, region, preflight->image_use))
		return;
	facts->linux_ok = region >= linux_mode->need.total_bytes ||
			  (!region && reserve_is_possible(preflight->conf, linux_mode->reason, sizeof(linux_mode->reason)));
	if (!facts->linux_ok)
		snprintf(linux_mode->reason, sizeof(linux_mode->reason), "the crash region has %llu MiB, it needs %llu MiB",
			 (unsigned long long)region >> 20, (unsigned long long)linux_mode->need.total_bytes >> 20);
}

void preflight_choose_mode(struct preflight *preflight)
{
	const struct conf *conf = preflight->conf;
	char reason[512] = "";
	struct mode_facts facts = {
		.asked = conf->mode, .needs_linux = conf_needs_linux(conf), .standalone_why = reason, .linux_why = "",
		.prepared_first = conf->targets && conf_target_is_prepared(&conf->target[0]),
	};

	for (unsigned int i = 0; i < conf->targets; i++)
		facts.prepared_any |= conf_target_is_prepared(&conf->target[i]);
	/* Without root nothing of this can be seen. */
	if (!geteuid()) {
		facts.standalone_ok = is_standalone_possible(conf, reason, sizeof(reason));
		if (mode_asks_linux(&facts))
			try_linux(preflight, &facts);
	}
	preflight->mode = mode_decide(&facts, preflight->why);
}

void preflight_find_targets(struct preflight *preflight)
{
	run_targets(preflight, PREFLIGHT_SAY_NOTHING);
}

int preflight_run(struct preflight *preflight, enum preflight_report report)
{
	int err, target_err;

	if (preflight->mode == MODE_LINUX)
		return run_table(preflight, linux_table, ARRAY_SIZE(linux_table), report);
	err = run_table(preflight, machine_table, ARRAY_SIZE(machine_table), report);
	if (err && geteuid())
		return err;
	target_err = run_targets(preflight, report);
	return run_table(preflight, dependent_table, ARRAY_SIZE(dependent_table), report) ?: err ?: target_err;
}

struct crash_load preflight_request(const struct preflight *preflight, const char *initrd)
{
	if (preflight->mode == MODE_LINUX) {
		struct crash_load request = linux_mode_request(preflight->capture);

		request.syscall = preflight->syscall;
		return request;
	}
	return (struct crash_load){
		.kernel = preflight->image_path,
		.initrd = initrd,
		.cmdline = preflight->cmdline,
		.syscall = preflight->syscall,
		.chain = preflight->fallback ? &preflight->fallback_request : NULL,
	};
}
