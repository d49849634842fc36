// SPDX-License-Identifier: GPL-2.0
/* Whether the page filter understands the running kernel. */
#include "kdumpctl/checks.h"

#include <stdio.h>
#include <string.h>

#include "capture/page_filter.h"
#include "kdumpctl/live_check.h"

#define say(...) snprintf(detail, size, __VA_ARGS__)

enum preflight_result check_filter(struct preflight *preflight, char *detail, size_t size)
{
	char why[LIVE_CHECK_WHY_BYTES];
	unsigned asked = preflight->dump.level, level = asked;

	if (!(asked & ~LEVEL_ZERO)) {
		say(asked ? "only pages of zeroes are left out" : "all of memory is dumped");
		return PREFLIGHT_OK;
	}
	if (live_check("", asked, &level, why)) {
		snprintf(preflight->dump_level_why, sizeof(preflight->dump_level_why), "not checked against this kernel: %s", why);
		say("dump_level %u, %s", asked, preflight->dump_level_why);
		return PREFLIGHT_OK;
	}
	if (level == asked) {
		say("dump_level %u; what it leaves out is what this kernel says it is", asked);
		return PREFLIGHT_OK;
	}
	preflight->dump.level = level;
	snprintf(preflight->dump_level_why, sizeof(preflight->dump_level_why), "%u can't be trusted on this kernel: %s", asked, why);
	say("dump_level %u is used, %s", level, preflight->dump_level_why);
	return PREFLIGHT_WARN;
}

/* Its level stands in a command, which nobody but the administrator should change. */
enum preflight_result check_capture_filter(struct preflight *preflight, char *detail, size_t size)
{
	const char *collector = conf_core_collector(preflight->conf);
	char why[LIVE_CHECK_WHY_BYTES];
	unsigned level = LEVEL_ALL;

	if (!collector || strncmp(collector, "kdump-save", strlen("kdump-save"))) {
		say("%s", collector ? "another program's: core_collector" : "all of memory is dumped");
		return PREFLIGHT_OK;
	}
	if (live_check("", LEVEL_ALL, &level, why)) {
		say("not checked against this kernel: %s", why);
		return PREFLIGHT_OK;
	}
	if (level == LEVEL_ALL) {
		say("what kdump-save leaves out is what this kernel says it is");
		return PREFLIGHT_OK;
	}
	say("kdump-save can be trusted on this kernel with -d %u, not more: %s; set core_collector so", level, why);
	return PREFLIGHT_WARN;
}
