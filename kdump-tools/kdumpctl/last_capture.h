/* SPDX-License-Identifier: GPL-2.0 */
/* What the newest dump's report tells of the memory that a capture takes, kept in /var/lib/lifeboat. */
#ifndef KDUMPCTL_LAST_CAPTURE_H
#define KDUMPCTL_LAST_CAPTURE_H

#include <limits.h>

#include "common/capture_report.h"
#include "common/sha256.h"

struct last_capture {
	char content[SHA256_TEXT_BYTES];	/* of the initramfs */
	char folder[PATH_MAX];			/* of the dump */
	u64 crash_time;				/* unix seconds */
	u64 region_bytes, memory_bytes, peak_bytes;	/* as in struct capture_report */
	bool complete;
};

/* -ENOENT: none is kept; -EINVAL: it makes no sense.  Silent. */
int last_capture_read(struct last_capture *ret_last);
int last_capture_write(const struct last_capture *last);

/* The same as text; for tests.  text: of LAST_CAPTURE_BYTES. */
#define LAST_CAPTURE_BYTES (PATH_MAX + 512u)
void last_capture_print(const struct last_capture *last, char *text);
int last_capture_parse(const char *text, struct last_capture *ret_last);

/*
 * The newest dump of Linux mode below a folder: that whose report has the latest crash
 * time.  -ENOENT: none.  Silent.
 */
int last_capture_find(const char *folder, struct last_capture *ret_last);

#endif
