/* SPDX-License-Identifier: GPL-2.0 */
/* How far a dump is, on standard error: a bar on a terminal, a line every tenth elsewhere. */
#ifndef KDUMP_SAVE_BAR_H
#define KDUMP_SAVE_BAR_H

#include "capture/dump.h"

#define BAR_BAD_SHOWN 10u

struct bar {
	bool shown, terminal;
	u64 start_us, drawn_us;
	int percent;		/* said last; -1: nothing yet */
	u64 bad;		/* pages that could not be read */
};

struct bar bar_start(bool shown);

/* Of struct dump_observer; context: a struct bar. */
void bar_show(void *context, u64 done, u64 total);
void bar_bad_page(void *context, u64 pa);

/* Leaves the bar's line. */
void bar_end(struct bar *bar);

#endif
