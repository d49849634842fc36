// SPDX-License-Identifier: GPL-2.0
#include "kdump-init/say.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/klog.h>
#include <unistd.h>

#include "common/file.h"

/* Levels of <linux/kern_levels.h>; console_loglevel must be above. */
#define LEVEL_ERROR 3
#define LEVEL_NOTICE 5
#define CONSOLE_LEVEL 6
#define KLOG_CONSOLE_LEVEL 8	/* syslog(2), SYSLOG_ACTION_CONSOLE_LEVEL */
#define LINE_BYTES 900u		/* the kernel cuts longer ones off */

static int say_fd = -1;
static char *say_reason;
static size_t say_reason_bytes;

void say_open(void)
{
	char levels[64];

	/* "quiet" on the command line is not meant for us; a chattier setting stays. */
	if (!file_read_line("/proc/sys/kernel/printk", levels, sizeof(levels)) && levels[0] < '0' + CONSOLE_LEVEL &&
	    levels[1] == '\t')
		klogctl(KLOG_CONSOLE_LEVEL, NULL, CONSOLE_LEVEL);
	/* Else only ten lines in five seconds get through. */
	file_write_text("/proc/sys/kernel/printk_devkmsg", "on\n");
	say_fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
}

void say_keep_reason(char *buf, size_t size)
{
	say_reason = buf;
	say_reason_bytes = size;
	buf[0] = 0;
}

static void say_line(int level, const char *text)
{
	char line[LINE_BYTES];
	int length = snprintf(line, sizeof(line), "<%d>kdump-init: %s\n", level, text);

	if (length >= (int)sizeof(line))
		length = sizeof(line) - 1;
	/* There is nobody to tell that a message can't be told. */
	if (say_fd >= 0 ? write(say_fd, line, (size_t)length) < 0 : write(2, line + 3, (size_t)length - 3) < 0)
		return;
}

void say(const char *fmt, ...)
{
	char text[LINE_BYTES];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	say_line(LEVEL_NOTICE, text);
}

void say_error(const char *fmt, ...)
{
	char text[LINE_BYTES];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (say_reason && !say_reason[0])
		snprintf(say_reason, say_reason_bytes, "%s", text);
	say_line(LEVEL_ERROR, text);
}
