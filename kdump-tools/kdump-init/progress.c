// SPDX-License-Identifier: GPL-2.0
#include "kdump-init/progress.h"

#include "kdump-init/say.h"

#define SAY_US 2000000

struct progress progress_start(struct run *run)
{
	u64 now = env_clock_us();

	return (struct progress){ .run = run, .start_us = now, .said_us = now };
}

u64 progress_rate(const struct progress *progress, u64 bytes)
{
	return bytes / (env_clock_us() - progress->start_us + 1);
}

void progress_show(void *context, u64 done_bytes, u64 total_bytes)
{
	struct progress *progress = context;
	u64 now = env_clock_us(), rate;

	progress->run->progress++;
	if (now - progress->said_us < SAY_US)
		return;
	progress->said_us = now;
	rate = progress_rate(progress, done_bytes);
	say("%3llu%%  %llu of %llu MiB, %llu MB/s, %llu s left", (unsigned long long)(done_bytes * 100 / total_bytes),
	    (unsigned long long)done_bytes >> 20, (unsigned long long)total_bytes >> 20, (unsigned long long)rate,
	    rate ? (unsigned long long)((total_bytes - done_bytes) / rate / 1000000) : 0);
}
