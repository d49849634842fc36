// SPDX-License-Identifier: GPL-2.0
#include "common/capture_report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct text {
	char *at;
	size_t left;
};

static void add(struct text *text, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void add(struct text *text, const char *fmt, ...)
{
	va_list args;
	int length;

	va_start(args, fmt);
	length = vsnprintf(text->at, text->left, fmt, args);
	va_end(args);
	if (length < 0)
		return;
	length = (int)min_u64((u64)length, text->left - 1);
	text->at += length;
	text->left -= (size_t)length;
}

static void add_number(struct text *text, const char *name, u64 value)
{
	add(text, "%-17s %llu\n", name, (unsigned long long)value);
}

void capture_report_print(const struct capture_report *report, const char *line, char *buf, size_t size)
{
	struct text text = { .at = buf, .left = size };
	time_t crash_time = (time_t)report->crash_time;
	char when[64] = "unknown";
	struct tm tm;

	if (crash_time && gmtime_r(&crash_time, &tm))
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S UTC", &tm);
	add(&text, "%s", line);
	add(&text, "crash time        %s\n", when);
	add(&text, "state             %s\n", report->complete ? "complete" : "failed");
	if (!report->complete)
		add(&text, "not whole         %s\n", report->why);
	else if (report->why[0])
		add(&text, "warning           %s\n", report->why);
	add_number(&text, "crash_time", report->crash_time);
	add_number(&text, "vmcore_bytes", report->vmcore_bytes);
	add_number(&text, "unreadable_pages", report->unreadable_pages);
	add_number(&text, "ms", report->ms);
	if (report->content[0])
		add(&text, "content           %s\n", report->content);
	add_number(&text, "region_bytes", report->region_bytes);
	add_number(&text, "memory_bytes", report->memory_bytes);
	add_number(&text, "peak_bytes", report->peak_bytes);
}

/* The value on the line of that name, "" when there is none. */
static const char *find(const char *text, const char *name)
{
	size_t bytes = strlen(name);

	for (; *text; text += strcspn(text, "\n"), text += *text == '\n')
		if (!strncmp(text, name, bytes) && text[bytes] == ' ')
			return text + bytes + strspn(text + bytes, " ");
	return "";
}

static bool read_number(const char *text, const char *name, u64 *ret_value)
{
	const char *value = find(text, name);
	char *end;

	*ret_value = strtoull(value, &end, 10);
	return value[0] >= '0' && value[0] <= '9' && (*end == '\n' || !*end);
}

static void read_text(const char *text, const char *name, char *buf, size_t size)
{
	const char *value = find(text, name);

	snprintf(buf, size, "%.*s", (int)strcspn(value, "\n"), value);
}

int capture_report_parse(const char *text, struct capture_report *ret_report)
{
	struct capture_report report = { 0 };
	char state[16];

	read_text(text, "content", report.content, sizeof(report.content));
	if (!report.content[0] || !read_number(text, "region_bytes", &report.region_bytes) ||
	    !read_number(text, "memory_bytes", &report.memory_bytes) ||
	    !read_number(text, "peak_bytes", &report.peak_bytes))
		return -EINVAL;
	read_number(text, "crash_time", &report.crash_time);
	read_number(text, "vmcore_bytes", &report.vmcore_bytes);
	read_number(text, "unreadable_pages", &report.unreadable_pages);
	read_number(text, "ms", &report.ms);
	read_text(text, "state", state, sizeof(state));
	report.complete = !strcmp(state, "complete");
	read_text(text, report.complete ? "warning" : "not whole", report.why, sizeof(report.why));
	*ret_report = report;
	return 0;
}
