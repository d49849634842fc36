// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/collect_captured.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/log.h"
#include "kdumpctl/dumps.h"
#include "kdumpctl/last_capture.h"
#include "kdumpctl/sysfs.h"

#define MIB(bytes) ((unsigned long long)(bytes) >> 20)

/* What the capture's own report says went wrong; "" for nothing, or no memory. */
static void read_why(const char *folder, char *buf, size_t size)
{
	struct capture_report *written = malloc(sizeof(*written));
	size_t bytes;
	char *text;

	buf[0] = 0;
	if (written && !sysfs_read_all(folder, &text, &bytes, "/" CAPTURE_REPORT_FILE)) {
		if (!capture_report_parse(text, written))
			snprintf(buf, size, "%s", written->why);
		free(text);
	}
	free(written);
}

static void report(const struct last_capture *found)
{
	char path[PATH_MAX + 32], why[256];
	struct stat st;

	read_why(found->folder, why, sizeof(why));
	snprintf(path, sizeof(path), "%s/vmcore", found->folder);
	if (found->complete && !stat(path, &st))
		log_info("a dump was saved: %s, %llu MiB; the capture kernel used %llu of %llu MiB", path, MIB(st.st_size),
			 MIB(found->peak_bytes), MIB(found->memory_bytes));
	else
		log_warning("a dump was not saved in full: %s", found->folder);
	if (why[0])
		log_warning("%s/" CAPTURE_REPORT_FILE " says: %s", found->folder, why);
}

struct look {
	struct last_capture newest;
	bool newer;
};

/* The newest of one folder against the newest so far. */
static int look_in(const char *folder, void *context)
{
	struct last_capture *found = malloc(sizeof(*found));
	struct look *look = context;

	if (found && !last_capture_find(folder, found) && found->crash_time > look->newest.crash_time) {
		look->newest = *found;
		look->newer = true;
	}
	free(found);
	return 0;
}

void collect_captured(const struct conf *conf)
{
	struct look *look = calloc(1, sizeof(*look));

	if (!look)
		return;
	if (last_capture_read(&look->newest))
		memset(&look->newest, 0, sizeof(look->newest));
	dumps_for_each_folder(conf, look_in, look);
	if (look->newer) {
		report(&look->newest);
		last_capture_write(&look->newest);
	}
	free(look);
}
