/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the capture kernel's init leaves beside the dump, as kdump.log: for people to read,
 * and for kdumpctl to learn from how much memory a capture takes.  Its first line is
 * dump_id's; then "name   value" lines.
 */
#ifndef COMMON_CAPTURE_REPORT_H
#define COMMON_CAPTURE_REPORT_H

#include "capture/env.h"

#define CAPTURE_REPORT_FILE "kdump.log"

/*
 * On the capture kernel's command line: the crash region's bytes.  Not in the initramfs, which
 * would have to be made again for another region.
 */
#define CAPTURE_REPORT_REGION "lifeboat.region="

struct capture_report {
	char content[80];	/* of the plan: which initramfs this was; "" for none */
	bool complete;		/* a whole vmcore stands beside it */
	char why[256];		/* it is not; else what went wrong all the same, "" for nothing */
	u64 crash_time;		/* unix seconds; 0: unknown */
	u64 vmcore_bytes;	/* of the file; when not complete, what was written of it */
	u64 unreadable_pages;	/* a pattern stands in their place */
	u64 ms;			/* from the start of init to the durable vmcore */
	u64 region_bytes;	/* the crash region */
	u64 memory_bytes;	/* MemTotal of the capture kernel */
	u64 peak_bytes;		/* of these, the most that was in use: MemTotal - least MemAvailable */
};

/* The report behind `line` (dump_id's) as text in buf[size]; what does not fit is cut off. */
void capture_report_print(const struct capture_report *report, const char *line, char *buf, size_t size);

/*
 * Reads what capture_report_print() wrote; lines that it does not know are skipped.
 * -EINVAL when there is no content, region_bytes, memory_bytes and peak_bytes in it, as in
 * the log of a dump that was not saved by a capture kernel.
 */
int capture_report_parse(const char *text, struct capture_report *ret_report);

#endif
