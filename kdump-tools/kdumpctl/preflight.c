// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/preflight.h"

#include <errno.h>

#include "common/log.h"
#include "kdumpctl/checks.h"

static const struct {
	const char *name;
	enum preflight_result (*check)(struct preflight *preflight, char *detail, size_t size);
} table[] = {
	{ "root", check_root },
	{ "kernel", check_kernel },
	{ "image", check_image },
	{ "lockdown", check_lockdown },
	{ "target", check_target },
	{ "use", check_use },
	{ "prepared", check_header },
	{ "capacity", check_capacity },
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

static void say(const char *name, enum preflight_result result, const char *detail, enum preflight_report report)
{
	static const char *const words[] = { "ok  ", "warn", "FAIL", "-   " };

	if (report == PREFLIGHT_SAY_ALL)
		log_info("%s %-10s %s", words[result], name, detail);
	else if (result == PREFLIGHT_FAIL)
		log_error("%s: %s", name, detail);
	else if (result == PREFLIGHT_WARN)
		log_warning("%s: %s", name, detail);
}

int preflight_run(struct preflight *preflight, enum preflight_report report)
{
	int err = 0;

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
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

struct crash_load preflight_request(const struct preflight *preflight, const char *initrd)
{
	return (struct crash_load){
		.kernel = preflight->image_path,
		.initrd = initrd,
		.cmdline = preflight->cmdline,
		.syscall = preflight->syscall,
	};
}
