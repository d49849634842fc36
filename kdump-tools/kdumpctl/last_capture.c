// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/last_capture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/file.h"
#include "kdumpctl/state_dir.h"
#include "kdumpctl/sysfs.h"

#define REPORT_MAX_BYTES (16u << 20)

void last_capture_print(const struct last_capture *last, char *text)
{
	snprintf(text, LAST_CAPTURE_BYTES, "content %s\ntime %llu\nregion %llu\nmemory %llu\npeak %llu\ncomplete %d\nfolder %s\n",
		 last->content, (unsigned long long)last->crash_time, (unsigned long long)last->region_bytes,
		 (unsigned long long)last->memory_bytes, (unsigned long long)last->peak_bytes, last->complete, last->folder);
}

int last_capture_parse(const char *text, struct last_capture *ret_last)
{
	unsigned long long time, region, memory, peak;
	struct last_capture *last = calloc(1, sizeof(*last));
	int complete, used = 0, err = 0;

	if (!last)
		return -ENOMEM;
	if (sscanf(text, "content %64[0-9a-f]\ntime %llu\nregion %llu\nmemory %llu\npeak %llu\ncomplete %d\nfolder %n", last->content,
		   &time, &region, &memory, &peak, &complete, &used) != 6 || !used || peak > memory || memory > region)
		err = -EINVAL;
	if (!err) {
		snprintf(last->folder, sizeof(last->folder), "%.*s", (int)strcspn(text + used, "\n"), text + used);
		last->crash_time = time;
		last->region_bytes = region;
		last->memory_bytes = memory;
		last->peak_bytes = peak;
		last->complete = complete;
		*ret_last = *last;
	}
	free(last);
	return err;
}

int last_capture_read(struct last_capture *ret_last)
{
	char *text;
	size_t bytes;
	int err = file_read(STATE_LAST_CAPTURE, LAST_CAPTURE_BYTES, &text, &bytes);

	if (err)
		return err;
	err = last_capture_parse(text, ret_last);
	free(text);
	return err;
}

int last_capture_write(const struct last_capture *last)
{
	char *text = malloc(LAST_CAPTURE_BYTES);
	int err = text ? state_dir_make() : -ENOMEM;

	if (!err) {
		last_capture_print(last, text);
		err = file_replace(STATE_LAST_CAPTURE, text, strlen(text), 0600);
	}
	free(text);
	return err;
}

/* --- in the folder of dumps ----------------------------------------------------------------------- */

struct report_search {
	const char *folder;
	struct last_capture *newest;
	bool found;
};

static void take_report(struct report_search *search, const char *name, const struct capture_report *report)
{
	struct last_capture *newest = search->newest;

	if (search->found && report->crash_time <= newest->crash_time)
		return;
	search->found = true;
	*newest = (struct last_capture){
		.crash_time = report->crash_time, .region_bytes = report->region_bytes,
		.memory_bytes = report->memory_bytes, .peak_bytes = report->peak_bytes, .complete = report->complete,
	};
	snprintf(newest->content, sizeof(newest->content), "%.*s", (int)sizeof(newest->content) - 1, report->content);
	if (snprintf(newest->folder, sizeof(newest->folder), "%s/%s", search->folder, name) >= (int)sizeof(newest->folder))
		newest->folder[0] = 0;
}

static int look_at(const char *name, void *context)
{
	struct report_search *search = context;
	struct capture_report *report;
	char *text;
	size_t bytes;

	if (sysfs_read_all(search->folder, &text, &bytes, "/%s/" CAPTURE_REPORT_FILE, name))
		return 0;
	report = malloc(sizeof(*report));
	if (report && !capture_report_parse(text, report))
		take_report(search, name, report);
	free(report);
	free(text);
	return 0;
}

int last_capture_find(const char *folder, struct last_capture *ret_last)
{
	struct last_capture *newest = malloc(sizeof(*newest));
	struct report_search search = { .folder = folder, .newest = newest };
	int err = newest ? sysfs_for_each(folder, "", look_at, &search) : -ENOMEM;

	if (!err && !search.found)
		err = -ENOENT;
	if (!err)
		*ret_last = *newest;
	free(newest);
	return err;
}
