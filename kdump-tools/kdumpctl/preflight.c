// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/preflight.h"

#include <errno.h>
#include <unistd.h>

#include "common/log.h"
#include "kdumpctl/checks.h"

/* First what of the machine the others need, then the targets, then what depends on them. */
static const struct check {
	const char *name;
	enum preflight_result (*check)(struct preflight *preflight, char *detail, size_t size);
} machine_table[] = {
	{ "root", check_root },
	{ "kernel", check_kernel },
	{ "image", check_image },
	{ "lockdown", check_lockdown },
}, dependent_table[] = {
	{ "cpus", check_platform },
	{ "clock", check_clock },
	{ "iommu", check_iommu },
	{ "encryption", check_encryption },
	{ "region", check_region },
	{ "loaded", check_other_image },
	{ "watchdog", check_watchdog },
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

void preflight_find_targets(struct preflight *preflight)
{
	run_targets(preflight, PREFLIGHT_SAY_NOTHING);
}

int preflight_run(struct preflight *preflight, enum preflight_report report)
{
	int err = run_table(preflight, machine_table, ARRAY_SIZE(machine_table), report), target_err;

	if (err && geteuid())
		return err;
	target_err = run_targets(preflight, report);
	return run_table(preflight, dependent_table, ARRAY_SIZE(dependent_table), report) ?: err ?: target_err;
}

struct crash_load preflight_request(const struct preflight *preflight, const char *initrd)
{
	return (struct crash_load){
		.kernel = preflight->image_path,
		.initrd = initrd,
		.cmdline = preflight->cmdline,
		.syscall = preflight->syscall,
	};
}
