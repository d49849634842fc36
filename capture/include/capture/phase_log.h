/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The phase log: what a kernel with Lifeboat's panic path says about its panic, as an ELF note
 * (docs/formats.md).  A dead kernel wrote it: nothing in it is trusted, and what comes out of
 * here is printable ASCII.
 */
#ifndef CAPTURE_PHASE_LOG_H
#define CAPTURE_PHASE_LOG_H

#include "capture/env.h"

#define PHASE_LOG_NOTE_NAME "LIFEBOAT"
#define PHASE_LOG_NOTE_TYPE 0x4c42504cu
#define PHASE_LOG_MAX_BYTES (16u << 10)	/* what is behind is left out */
#define PHASE_LOG_SUMMARY_BYTES 256	/* a good size for phase_log_summarize() */

struct phase_log {
	const char *text;	/* not NUL terminated, no NUL in it */
	u32 bytes;
};

/* The log in a buffer of ELF notes; bytes = 0: there is none. */
struct phase_log phase_log_find(const void *notes, u32 bytes);

/*
 * One line: the last phase, when it was reached, CPUs without registers, images that were
 * damaged.  "" when the log tells of no phase.  What does not fit into buf[size] is left out.
 */
void phase_log_summarize(const struct phase_log *log, char *buf, size_t size);

/* c, or '.' when it is not printable and no newline. */
char phase_log_printable(char c);

#endif
