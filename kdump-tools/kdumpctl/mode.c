// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/mode.h"

#include <stdio.h>

const char *mode_name(enum mode mode)
{
	return mode == MODE_LINUX ? "linux" : "standalone";
}

static bool prefers_standalone(const struct mode_facts *facts)
{
	return facts->prepared_first && facts->standalone_ok && !facts->needs_linux;
}

bool mode_asks_linux(const struct mode_facts *facts)
{
	return facts->asked == CONF_MODE_LINUX || (facts->asked == CONF_MODE_AUTO && !prefers_standalone(facts));
}

/* Why Linux mode is wanted, where both could be. */
static void say_linux(const struct mode_facts *facts, char *why)
{
	if (facts->needs_linux)
		snprintf(why, MODE_WHY_BYTES, "%s needs a Linux capture kernel", facts->needs_linux);
	else if (!facts->prepared_any)
		snprintf(why, MODE_WHY_BYTES, "the target is a file system");
	else if (!facts->standalone_ok)
		snprintf(why, MODE_WHY_BYTES, "the dump kernel can't be used: %.900s", facts->standalone_why);
	else
		snprintf(why, MODE_WHY_BYTES, "the first target is a file system");
}

enum mode mode_decide(const struct mode_facts *facts, char *why)
{
	if (facts->asked != CONF_MODE_AUTO) {
		snprintf(why, MODE_WHY_BYTES, "the configuration says so");
		return facts->asked == CONF_MODE_LINUX ? MODE_LINUX : MODE_STANDALONE;
	}
	if (prefers_standalone(facts)) {
		snprintf(why, MODE_WHY_BYTES, "the dump kernel drives the target");
		return MODE_STANDALONE;
	}
	if (!facts->linux_ok && facts->standalone_ok && facts->prepared_any && !facts->needs_linux) {
		snprintf(why, MODE_WHY_BYTES, "Linux mode can't be used: %.900s", facts->linux_why);
		return MODE_STANDALONE;
	}
	/* A prepared target that neither can serve is told of by the checks of the dump kernel, which it was made for. */
	if (!facts->linux_ok && facts->prepared_first && !facts->needs_linux) {
		snprintf(why, MODE_WHY_BYTES, "the target is one for the dump kernel; Linux mode can't be used either: %.900s", facts->linux_why);
		return MODE_STANDALONE;
	}
	say_linux(facts, why);
	return MODE_LINUX;
}
