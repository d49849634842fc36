// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/collect_captured.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/log.h"
#include "kdumpctl/capture_target.h"
#include "kdumpctl/last_capture.h"

#define MIB(bytes) ((unsigned long long)(bytes) >> 20)

static void report(const struct last_capture *found)
{
	char path[PATH_MAX + 32];
	struct stat st;

	snprintf(path, sizeof(path), "%s/vmcore", found->folder);
	if (found->complete && !stat(path, &st))
		log_info("a dump was saved: %s, %llu MiB; the capture kernel used %llu of %llu MiB", path, MIB(st.st_size),
			 MIB(found->peak_bytes), MIB(found->memory_bytes));
	else
		log_warning("a dump was not saved in full: %s; its kdump.log says why", found->folder);
}

/* The newest of one folder against the newest so far. */
static bool look_in(const char *folder, struct last_capture *newest)
{
	struct last_capture *found = malloc(sizeof(*found));
	bool newer = found && !last_capture_find(folder, found) && found->crash_time > newest->crash_time;

	if (newer)
		*newest = *found;
	free(found);
	return newer;
}

static bool look_at_target(const struct conf_target *configured, const char *path, struct last_capture *newest)
{
	struct capture_target *target = malloc(sizeof(*target));
	bool newer = target && !capture_target_locate(configured, path, target) && target->folder[0] &&
		     look_in(target->folder, newest);

	free(target);
	return newer;
}

void collect_captured(const struct conf *conf)
{
	struct last_capture *newest = calloc(1, sizeof(*newest));
	bool newer = false;

	if (!newest)
		return;
	if (last_capture_read(newest))
		memset(newest, 0, sizeof(*newest));
	for (unsigned int i = 0; i < conf->targets; i++)
		if (!conf_target_is_prepared(&conf->target[i]))
			newer |= look_at_target(&conf->target[i], conf->path, newest);
	/* Where raw targets are collected to, and dumps without a target line are saved. */
	newer |= look_at_target(NULL, conf->path, newest);
	if (newer) {
		report(newest);
		last_capture_write(newest);
	}
	free(newest);
}
