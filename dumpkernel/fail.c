// SPDX-License-Identifier: GPL-2.0
/* May run in an exception handler: no wait without a bound, and a second failure resets. */
#include "fail.h"

#include "chain.h"
#include "console.h"
#include "reset.h"

static enum config_action failure_action = ACTION_REBOOT;	/* 0: lies in bss */
static struct dump *kept_in;

void fail_init(const struct config_policy *policy)
{
	if (policy)
		failure_action = policy->failure_action;
}

void fail_keep_in(struct dump *dump)
{
	kept_in = dump;
}

void fail_report(enum dump_error error)
{
	struct dump *dump = kept_in;
	u32 log_bytes;
	const char *log;

	console_printf("LB-%u: %s\n", error, dump_error_text(error));
	kept_in = NULL;
	if (dump) {
		if (dump->target.error_offset >= 0)
			console_printf("at byte %llu of the target\n", (unsigned long long)dump->target.error_offset);
		log = console_log(&log_bytes);
		if (dump_finish(dump, error, dump_error_text(error), log, log_bytes))
			console_printf("the failure can't be written to the target\n");
	}
}

void fail_end(void)
{
	chain_start();
	console_open_screen();
	console_printf("no dump; %s\n", failure_action == ACTION_HALT ? "halted" :
		       failure_action == ACTION_POWEROFF ? "powering off" : "rebooting");
	reset_machine(failure_action);
}

void fail(enum dump_error error)
{
	fail_report(error);
	fail_end();
}

void fail_trap(u32 vector)
{
	fail(DUMP_EXCEPTION + vector);
}
