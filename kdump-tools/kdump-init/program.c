// SPDX-License-Identifier: GPL-2.0
#include "kdump-init/program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kdump-init/say.h"

#define POLL_MS 200
#define REDRAW_US 2000000ull	/* between lines that end in a carriage return: progress that is drawn over */
#define CANNOT_EXEC 127

struct output {
	const char *name;
	char line[512];
	size_t used;
	u64 redraw_us;		/* when the last line of this kind was said */
};

static void end_line(struct output *output, bool redrawn)
{
	u64 now = env_clock_us();

	output->line[output->used] = 0;
	if (output->used && (!redrawn || now - output->redraw_us >= REDRAW_US)) {
		say("%s: %s", output->name, output->line);
		if (redrawn)
			output->redraw_us = now;
	}
	output->used = 0;
}

static void take_output(struct output *output, const char *data, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		if (data[i] == '\n' || data[i] == '\r') {
			end_line(output, data[i] == '\r');
			continue;
		}
		if (output->used == sizeof(output->line) - 1)
			end_line(output, false);
		output->line[output->used++] = data[i];
	}
}

static pid_t start(char *const argv[], int output)
{
	pid_t pid = fork();
	int null;

	if (pid)
		return pid;
	null = open("/dev/null", O_RDONLY);
	if (null >= 0)
		dup2(null, 0);
	dup2(output, 1);
	dup2(output, 2);
	execvp(argv[0], argv);
	dprintf(2, "can't be started: %s\n", strerror(errno));
	_exit(CANNOT_EXEC);
}

static u64 file_blocks(const char *path)
{
	struct stat st;

	return path && !stat(path, &st) ? (u64)st.st_blocks : 0;
}

/* Reads what there is; false at the end of the output. */
static bool read_output(struct run *run, struct output *output, int fd)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	char data[1024];
	ssize_t got;

	if (poll(&wait, 1, POLL_MS) <= 0)
		return true;
	got = read(fd, data, sizeof(data));
	if (got <= 0)
		return got < 0 && errno == EINTR;
	run->progress++;
	take_output(output, data, (size_t)got);
	return true;
}

/* Until the program has ended: something that it left behind may hold the pipe open for ever. */
static int follow(struct run *run, struct output *output, pid_t pid, int fd, const char *watched)
{
	u64 blocks = file_blocks(watched);
	bool more = true;
	int status;

	while (!waitpid(pid, &status, WNOHANG)) {
		u64 now = file_blocks(watched);

		if (now != blocks)
			run->progress++;
		blocks = now;
		if (more)
			more = read_output(run, output, fd);
		else
			usleep(POLL_MS * 1000);
	}
	fcntl(fd, F_SETFL, O_NONBLOCK);
	for (char data[1024]; more; ) {
		ssize_t got = read(fd, data, sizeof(data));

		more = got > 0;
		if (more)
			take_output(output, data, (size_t)got);
	}
	end_line(output, false);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int program_run(struct run *run, char *const argv[], const char *watched)
{
	const char *slash = strrchr(argv[0], '/');
	struct output output = { .name = slash ? slash + 1 : argv[0] };
	int ends[2], status;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	pid = start(argv, ends[1]);
	status = pid < 0 ? -errno : 0;
	close(ends[1]);
	if (!status)
		status = follow(run, &output, pid, ends[0], watched);
	close(ends[0]);
	return status;
}

void program_say_failure(const char *name, int status)
{
	if (status < 0)
		say_error("%s can't be started: %s", name, strerror(-status));
	else if (status == 128 + SIGKILL)
		say_error("%s was killed, most likely for want of memory; make crashkernel= larger", name);
	else
		say_error("%s: exit status %d", name, status);
}

int program_run_list(struct run *run, char *const *paths, unsigned int count, const char *argument, bool until_failure)
{
	for (unsigned int i = 0; i < count; i++) {
		bool may_fail = paths[i][0] == '-';
		char *argv[] = { paths[i] + may_fail, (char *)argument, NULL };
		int status = program_run(run, argv, NULL);

		run->progress++;
		if (status)
			program_say_failure(argv[0], status);
		if (status && until_failure && !may_fail)
			return -ECANCELED;
	}
	return 0;
}
