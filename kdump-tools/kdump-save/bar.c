// SPDX-License-Identifier: GPL-2.0
#include "kdump-save/bar.h"

#include <stdio.h>
#include <unistd.h>

#include "common/log.h"

#define DRAW_US 100000u
#define BAR_WIDTH 40

struct bar bar_start(bool shown)
{
	u64 now = env_clock_us();

	return (struct bar){ .shown = shown, .terminal = isatty(STDERR_FILENO), .start_us = now, .drawn_us = now, .percent = -1 };
}

static void draw(struct bar *bar, int percent, u64 now)
{
	static const char full[] = "########################################";
	int width = percent * BAR_WIDTH / 100;

	fprintf(stderr, "\r[%.*s%*s] %3d%%  %llu s ", width, full, BAR_WIDTH - width, "", percent,
		(unsigned long long)(now - bar->start_us) / 1000000);
	fflush(stderr);
}

void bar_show(void *context, u64 done, u64 total)
{
	struct bar *bar = context;
	int percent = total ? (int)(done * 100 / total) : 100;

	if (!bar->shown || percent == bar->percent || percent > 100)
		return;
	if (bar->terminal) {
		u64 now = env_clock_us();

		if (percent < 100 && bar->percent >= 0 && now - bar->drawn_us < DRAW_US)
			return;
		bar->drawn_us = now;
		draw(bar, percent, now);
	} else {
		if (percent / 10 == bar->percent / 10 && bar->percent >= 0)
			return;
		fprintf(stderr, "%3d%%\n", percent);
	}
	bar->percent = percent;
}

void bar_bad_page(void *context, u64 pa)
{
	struct bar *bar = context;

	if (bar->bad++ < BAR_BAD_SHOWN)
		log_warning("page at 0x%llx can't be read; 0x%x stands for it", (unsigned long long)pa, OLDMEM_BAD_PATTERN);
}

void bar_end(struct bar *bar)
{
	if (bar->shown && bar->terminal && bar->percent >= 0)
		fputc('\n', stderr);
	bar->percent = -1;
}
