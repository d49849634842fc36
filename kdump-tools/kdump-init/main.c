// SPDX-License-Identifier: GPL-2.0
/*
 * The first process of a Linux capture kernel: saves /proc/vmcore as the plan says that
 * kdumpctl has put beside it, and ends the system.  Everything that can hang, crash or want
 * memory is done by a step (step.h); this process only watches, and always comes to its end.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/file.h"
#include "kdump-init/modules.h"
#include "kdump-init/program.h"
#include "kdump-init/save.h"
#include "kdump-init/save_raw.h"
#include "kdump-init/say.h"
#include "kdump-init/step.h"
#include "kdump-init/system.h"

#define PLAN_MAX_BYTES (1u << 20)
#define SECOND_US 1000000ull
#define DEVICES_US (30 * SECOND_US)	/* for disks to appear, after their drivers were loaded */
#define STALL_US (300 * SECOND_US)	/* a save that moves no byte for so long is given up */
#define SCRIPTS_US (3600 * SECOND_US)	/* scripts, where there is no time limit */
#define LAST_US (60 * SECOND_US)	/* what they have in any case */
#define SYNC_US (15 * SECOND_US)	/* the last sync: what was saved is on disk long before */

struct capture {
	struct capture_plan plan;
	struct run *run;
	struct watchdog watchdog;
	u64 until_us;		/* the time limit; 0: none */
};

/* --- steps: each runs in a process of its own ------------------------------------------------ */

static int load_modules(void *context)
{
	struct capture *capture = context;

	modules_load(&capture->plan, capture->run);
	return 0;
}

static int run_pre(void *context)
{
	struct capture *capture = context;

	return program_run_list(capture->run, capture->plan.pre, capture->plan.pres, NULL, true);
}

static int run_post(void *context)
{
	struct capture *capture = context;

	return program_run_list(capture->run, capture->plan.post, capture->plan.posts, capture->run->saved ? "0" : "1", false);
}

static int run_emergency(void *context)
{
	struct capture *capture = context;

	return program_run_list(capture->run, capture->plan.emergency, capture->plan.emergencies, NULL, false);
}

static int do_step(struct capture *capture, const char *name, int (*work)(void *context), void *context, u64 until_us,
		   u64 stall_us)
{
	const struct step step = { .name = name, .work = work, .context = context, .until_us = until_us, .stall_us = stall_us };

	return step_run(capture->run, &capture->watchdog, &step);
}

/* Scripts that tell of the end get some time even when the limit has passed. */
static u64 scripts_until(const struct capture *capture)
{
	u64 now = env_clock_us();

	if (!capture->until_us)
		return now + SCRIPTS_US;
	return capture->until_us > now + LAST_US ? capture->until_us : now + LAST_US;
}

/* --- the plan ---------------------------------------------------------------------------------- */

static int read_plan(struct capture *capture)
{
	unsigned int line;
	size_t bytes;
	char *text;
	int err = file_read(CAPTURE_PLAN_FILE, PLAN_MAX_BYTES, &text, &bytes);

	if (err) {
		say_error("%s can't be read: %s", CAPTURE_PLAN_FILE, strerror(-err));
		return err;
	}
	err = capture_plan_parse(&capture->plan, text, &line);
	if (err)
		say_error("%s: line %u is not understood; kdumpctl and kdump-init are of different versions", CAPTURE_PLAN_FILE, line);
	free(text);
	return err;
}

static int begin(struct capture *capture)
{
	int err;

	capture->run = run_create();
	system_begin();
	say_open();
	if (!capture->run) {
		say_error("no memory");
		return -ENOMEM;
	}
	say("Lifeboat " VERSION ": this kernel was started to save the memory of the one that crashed");
	run_read_region(capture->run);
	err = read_plan(capture);
	if (capture->plan.time_limit_s)
		capture->until_us = capture->run->start_us + capture->plan.time_limit_s * SECOND_US;
	watchdog_init(&capture->watchdog, capture->plan.watchdog);
	return err;
}

/* --- saving ------------------------------------------------------------------------------------- */

static int save_to(struct capture *capture, const struct capture_plan_target *target, unsigned int number, u64 until_us)
{
	struct save save = { .plan = &capture->plan, .target = target, .run = capture->run, .number = number };
	bool raw = !strcmp(target->fstype, "raw");
	char name[128];

	snprintf(name, sizeof(name), "saving to %s", target->device);
	return do_step(capture, name, raw ? save_to_raw : save_to_files, &save, until_us, STALL_US);
}

/* Each target in turn until one has the dump. */
static void save(struct capture *capture)
{
	int err = 0;

	if (!capture->plan.targets)
		say_error("the plan names no target");
	for (unsigned int i = 0; i < capture->plan.targets && !capture->run->saved && err != -ETIME; i++) {
		if (i)
			say("the next target is tried");
		err = save_to(capture, &capture->plan.target[i], i, capture->until_us);
	}
}

/* --- the end --------------------------------------------------------------------------------------- */

static void end(struct capture *capture, enum capture_action action)
{
	do_step(capture, "the last sync", system_sync, NULL, env_clock_us() + SYNC_US, 0);
	say("%s", action == CAPTURE_HALT ? "halting" : action == CAPTURE_POWEROFF ? "powering off" : "rebooting");
	system_end(action);
}

static void fail(struct capture *capture)
{
	enum capture_action action = capture->plan.failure_action;
	u64 limit_us = capture->plan.time_limit_s * SECOND_US;

	say_error("no dump was saved; failure action: %s", capture_action_word(action));
	do_step(capture, "emergency scripts", run_emergency, capture, scripts_until(capture), 0);
	if (action == CAPTURE_SHELL) {
		say("a shell on the console; its end is followed by: %s", capture_action_word(capture->plan.final_action));
		do_step(capture, "the shell", system_shell, NULL, 0, 0);
		action = capture->plan.final_action;
	} else if (action == CAPTURE_DUMP_TO_ROOTFS) {
		if (!capture->plan.rootfs.fstype)
			say_error("the plan names no root file system");
		else
			save_to(capture, &capture->plan.rootfs, CAPTURE_PLAN_MAX_TARGETS, limit_us ? env_clock_us() + limit_us : 0);
		action = capture->plan.final_action;
	}
	end(capture, action);
}

int main(void)
{
	struct capture capture = { 0 };
	sigset_t children;
	int err;

	umask(077);
	setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	sigprocmask(SIG_BLOCK, &children, NULL);
	if (begin(&capture))
		system_end(CAPTURE_REBOOT);
	do_step(&capture, "loading modules", load_modules, &capture, capture.until_us, STALL_US);
	capture.run->devices_until_us = env_clock_us() + DEVICES_US;
	err = do_step(&capture, "pre scripts", run_pre, &capture, capture.until_us ?: env_clock_us() + SCRIPTS_US, 0);
	if (err == -ECANCELED) {
		say_error("nothing is saved, because of that");
		end(&capture, capture.plan.final_action);
	}
	if (err != -ETIME)
		save(&capture);
	do_step(&capture, "post scripts", run_post, &capture, scripts_until(&capture), 0);
	if (!capture.run->saved)
		fail(&capture);
	end(&capture, capture.plan.final_action);
}
