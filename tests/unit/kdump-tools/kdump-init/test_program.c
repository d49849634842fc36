// SPDX-License-Identifier: GPL-2.0
#include "../kdumpctl/unit.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kdump-init/collector.h"
#include "kdump-init/program.h"
#include "kdump-init/say.h"

static struct run run;

static int run_shell(char *script)
{
	char *argv[] = { "sh", "-c", script, NULL };

	return program_run(&run, argv, NULL);
}

static void test_program_status(void **state)
{
	char *const missing[] = { "/no/such/program", NULL };

	assert_int_equal(run_shell("exit 0"), 0);
	assert_int_equal(run_shell("exit 42"), 42);
	assert_int_equal(run_shell("kill -9 $$"), 128 + 9);
	assert_int_equal(program_run(&run, missing, NULL), 127);
}

static void test_program_output_is_progress(void **state)
{
	u64 before = run.progress;

	assert_int_equal(run_shell("echo one; printf 'a\\rb\\rc\\n'; head -c 3000 /dev/zero | tr '\\0' x"), 0);
	assert_true(run.progress > before);
}

/* Its child keeps the pipe open: that must not keep us. */
static void test_program_does_not_wait_for_what_it_left(void **state)
{
	u64 began = env_clock_us();

	assert_int_equal(run_shell("sleep 30 & echo started"), 0);
	assert_true(env_clock_us() - began < 10000000);
}

static void test_program_closed_output(void **state)
{
	assert_int_equal(run_shell("exec >&- 2>&-; sleep 0.3; exit 3"), 3);
}

static void test_list_of_programs(void **state)
{
	char folder[] = "/tmp/kdump-init-XXXXXX", good[64], bad[64], ignored[64], mark[64], command[512];
	char *const paths[] = { good, ignored, bad, good };

	assert_non_null(mkdtemp(folder));
	snprintf(mark, sizeof(mark), "%s/mark", folder);
	snprintf(good, sizeof(good), "%s/good", folder);
	snprintf(bad, sizeof(bad), "%s/bad", folder);
	snprintf(ignored, sizeof(ignored), "-%s/bad", folder);
	snprintf(command, sizeof(command), "printf '#!/bin/sh\\necho $# $1 >>%s\\n' >%s; printf '#!/bin/sh\\nexit 5\\n' >%s; chmod 755 %s/*",
		 mark, good, bad, folder);
	assert_int_equal(system(command), 0);
	assert_int_equal(program_run_list(&run, paths, 4, "1", true), -ECANCELED);
	snprintf(command, sizeof(command), "[ \"$(cat %s)\" = '1 1' ]", mark);
	assert_int_equal(system(command), 0);
	assert_int_equal(program_run_list(&run, paths, 4, NULL, false), 0);
	snprintf(command, sizeof(command), "[ \"$(cat %s | tr '\\n' ,)\" = '1 1,0,0,' ] && rm -r %s", mark, folder);
	assert_int_equal(system(command), 0);
}

static void test_collector_split(void **state)
{
	char output[] = "/out", *argv[8];
	char simple[] = "makedumpfile  -l\t-d 31 ", whole[] = "dd if=x /proc/vmcore", empty[] = "  ", many[] = "a b c d e f";

	assert_int_equal(collector_split(simple, output, argv, 8), 0);
	assert_string_equal(argv[0], "makedumpfile");
	assert_string_equal(argv[3], "31");
	assert_string_equal(argv[4], "/proc/vmcore");
	assert_string_equal(argv[5], "/out");
	assert_null(argv[6]);
	assert_int_equal(collector_split(whole, output, argv, 8), 0);
	assert_string_equal(argv[2], "/proc/vmcore");
	assert_string_equal(argv[3], "/out");
	assert_int_equal(collector_split(empty, output, argv, 8), -EINVAL);
	assert_int_equal(collector_split(many, output, argv, 8), -E2BIG);
}

static void test_collector_run(void **state)
{
	char output[] = "/dev/null";

	say_keep_reason(run.reason, sizeof(run.reason));
	assert_int_equal(collector_run(&run, "true", output), 0);
	assert_int_equal(collector_run(&run, "false", output), -EIO);
	assert_string_equal(run.reason, "core_collector 'false': exit status 1");
}

static void test_program_say_failure(void **state)
{
	run.reason[0] = 0;
	say_keep_reason(run.reason, sizeof(run.reason));
	program_say_failure("x", 128 + SIGKILL);
	assert_string_equal(run.reason, "x was killed, most likely for want of memory; make crashkernel= larger");
	run.reason[0] = 0;
	program_say_failure("x", -ENOENT);
	assert_string_equal(run.reason, "x can't be started: No such file or directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_program_status),
		cmocka_unit_test(test_program_output_is_progress),
		cmocka_unit_test(test_program_does_not_wait_for_what_it_left),
		cmocka_unit_test(test_program_closed_output),
		cmocka_unit_test(test_list_of_programs),
		cmocka_unit_test(test_collector_split),
		cmocka_unit_test(test_collector_run),
		cmocka_unit_test(test_program_say_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
