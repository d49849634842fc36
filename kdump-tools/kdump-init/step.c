// SPDX-License-Identifier: GPL-2.0
#include "kdump-init/step.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kdump-init/say.h"

#define POLL_MS 200
#define KILL_US 3000000ull	/* for a killed process to be gone */

static pid_t start(struct run *run, const struct step *step)
{
	pid_t pid = fork();
	sigset_t none;

	if (pid)
		return pid;
	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	say_keep_reason(run->reason, sizeof(run->reason));
	_exit(step->work(step->context) ? 1 : 0);
}

/* Waits a moment for children, and reaps all that have ended; true when pid has. */
static bool reap(pid_t pid, int *ret_status)
{
	const struct timespec poll = { .tv_nsec = POLL_MS * 1000000l };
	bool ended = false;
	sigset_t children;
	pid_t child;
	int status;

	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	sigtimedwait(&children, NULL, &poll);
	while ((child = waitpid(-1, &status, WNOHANG)) > 0) {
		if (child != pid)
			continue;
		*ret_status = status;
		ended = true;
	}
	return ended;
}

static void kill_step(const struct step *step, pid_t pid)
{
	u64 until = env_clock_us() + KILL_US;
	int status;

	kill(-pid, SIGKILL);
	kill(pid, SIGKILL);	/* before it has made its own group */
	while (env_clock_us() < until)
		if (reap(pid, &status))
			return;
	say_error("%s: its process %d can't be ended, it waits for a device; going on without it", step->name, (int)pid);
}

static int result(struct run *run, const struct step *step, int status)
{
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return 0;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		say_error("%s: killed, most likely for want of memory: %llu KiB were left of %llu; make crashkernel= larger",
			  step->name, (unsigned long long)run->least_available_bytes >> 10,
			  (unsigned long long)run->memory_bytes >> 10);
	else if (WIFSIGNALED(status))
		say_error("%s: ended by signal %d", step->name, WTERMSIG(status));
	else if (!run->reason[0])
		say_error("%s: failed, with status %d", step->name, WEXITSTATUS(status));
	return -ECANCELED;
}

int step_run(struct run *run, struct watchdog *watchdog, const struct step *step)
{
	u64 seen = run->progress, moved_us = env_clock_us(), now;
	int status;
	pid_t pid;

	say_keep_reason(run->reason, sizeof(run->reason));
	pid = start(run, step);
	if (pid < 0) {
		say_error("%s: cannot start a process", step->name);
		return -EAGAIN;
	}
	for (;;) {
		bool ended = reap(pid, &status);

		run_sample_memory(run);
		watchdog_kick(watchdog);
		if (ended)
			return result(run, step, status);
		now = env_clock_us();
		if (run->progress != seen) {
			seen = run->progress;
			moved_us = now;
		}
		if (step->until_us && now >= step->until_us) {
			say_error("%s: the time limit has passed %llu s after the start", step->name,
				  (unsigned long long)(now - run->start_us) / 1000000);
			kill_step(step, pid);
			return -ETIME;
		}
		if (step->stall_us && now - moved_us >= step->stall_us) {
			say_error("%s: no progress for %llu s", step->name, (unsigned long long)(now - moved_us) / 1000000);
			kill_step(step, pid);
			return -ETIMEDOUT;
		}
	}
}
