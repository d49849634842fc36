// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/collector_check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_WORDS 64

/* It looks at all options before it tells its version.  Words as the capture kernel's init splits them; they are changed. */
static int split(const char *path, char *words, const char **argv)
{
	unsigned int count = 1;

	argv[0] = path;
	for (char *word; (word = strsep(&words, " \t")); ) {
		if (!*word)
			continue;
		if (count + 2 >= MAX_WORDS)
			return -E2BIG;
		argv[count++] = word;
	}
	argv[count++] = "--version";
	argv[count] = NULL;
	return 0;
}

/* What it says, as far as there is room; its exit status, or a negative errno. */
static int run(const char *const argv[], char *said, size_t size)
{
	int ends[2], status;
	ssize_t got;
	size_t used = 0;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (!pid) {
		dup2(ends[1], 1);
		dup2(ends[1], 2);
		execv(argv[0], (char *const *)argv);
		_exit(127);
	}
	close(ends[1]);
	while (pid > 0 && (got = read(ends[0], said + used, size - 1 - used)) > 0)
		used += (size_t)got;
	said[used] = 0;
	close(ends[0]);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int collector_check_options(const char *path, const char *options, char *reason, size_t size)
{
	const char *argv[MAX_WORDS];
	char *words = strdup(options), said[256] = "", *text;
	int err = words ? split(path, words, argv) : -ENOMEM;

	if (!err)
		err = run(argv, said, sizeof(said));
	if (err > 0) {
		said[strcspn(said, "\n")] = 0;
		text = strstr(said, ": ");	/* behind its name */
		snprintf(reason, size, "%s", text ? text + 2 : "it can't be run");
		err = -EINVAL;
	} else if (err) {
		snprintf(reason, size, "its options can't be checked: %s", strerror(-err));
	}
	free(words);
	return err;
}
