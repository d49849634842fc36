// SPDX-License-Identifier: GPL-2.0
#include "../kdumpctl/unit.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "kdump-init/program.h"
#include "kdump-init/say.h"
#include "kdump-init/step.h"

static struct run *run;
static struct watchdog none;

static int set_up(void **state)
{
	sigset_t children;

	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	sigprocmask(SIG_BLOCK, &children, NULL);
	run = run_create();
	watchdog_init(&none, false);
	return !run;
}

static int do_step(int (*work)(void *context), u64 until_ms, u64 stall_ms)
{
	u64 now = env_clock_us();
	const struct step step = { .name = "test", .work = work, .until_us = until_ms ? now + until_ms * 1000 : 0,
				   .stall_us = stall_ms * 1000 };

	return step_run(run, &none, &step);
}

static int succeed(void *context)
{
	return 0;
}

static int fail_and_say(void *context)
{
	say_error("the first reason");
	say_error("a second one");
	return -EIO;
}

static int fail_silently(void *context)
{
	return -EIO;
}

static int be_killed(void *context)
{
	raise(SIGKILL);
	return 0;
}

static int hang(void *context)
{
	pause();
	return 0;
}

static int work_slowly(void *context)
{
	for (int i = 0; i < 10; i++) {
		usleep(100000);
		run->progress++;
	}
	return 0;
}

/* Leaves a process behind that would run for long. */
static int start_and_hang(void *context)
{
	char *const argv[] = { "sleep", "1000", NULL };

	program_run(run, argv, NULL);
	return 0;
}

static void test_step_results(void **state)
{
	assert_int_equal(do_step(succeed, 0, 0), 0);
	assert_string_equal(run->reason, "");
	assert_int_equal(do_step(fail_and_say, 0, 0), -ECANCELED);
	assert_string_equal(run->reason, "the first reason");
	assert_int_equal(do_step(fail_silently, 0, 0), -ECANCELED);
	assert_string_equal(run->reason, "test: failed, with status 1");
	assert_int_equal(do_step(be_killed, 0, 0), -ECANCELED);
	assert_non_null(strstr(run->reason, "killed, most likely for want of memory"));
}

static void test_step_ends_at_its_time(void **state)
{
	u64 began = env_clock_us();

	assert_int_equal(do_step(hang, 500, 0), -ETIME);
	assert_non_null(strstr(run->reason, "the time limit has passed"));
	assert_int_equal(do_step(start_and_hang, 500, 0), -ETIME);
	assert_true(env_clock_us() - began < 20000000);
}

static void test_step_ends_without_progress(void **state)
{
	assert_int_equal(do_step(hang, 0, 500), -ETIMEDOUT);
	assert_non_null(strstr(run->reason, "no progress"));
	assert_int_equal(do_step(work_slowly, 0, 700), 0);
}

static void test_step_samples_memory(void **state)
{
	assert_int_equal(do_step(succeed, 0, 0), 0);
	assert_true(run->memory_bytes > 16u << 20);
	assert_true(run->least_available_bytes && run->least_available_bytes < run->memory_bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_step_results),
		cmocka_unit_test(test_step_ends_at_its_time),
		cmocka_unit_test(test_step_ends_without_progress),
		cmocka_unit_test(test_step_samples_memory),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
