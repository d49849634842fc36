/* SPDX-License-Identifier: GPL-2.0 */
/* The dump loop: stage 1, memory, header last.  All memory is the caller's. */
#ifndef CAPTURE_DUMP_H
#define CAPTURE_DUMP_H

#include "capture/dump_write.h"
#include "capture/elf_layout.h"
#include "capture/phase_log.h"
#include "capture/target_io.h"
#include "capture/vmcoreinfo.h"

/* What the caller wants to hear of; every function may be called thousands of times. */
struct dump_observer {
	void (*progress)(void *context, u64 done_bytes, u64 total_bytes);
	void (*bad_page)(void *context, u64 pa);	/* pattern written instead */
	void *context;
};

struct dump {
	/* In, by the caller */
	const struct oldmem *mem;
	struct elfcore core;
	struct elf_layout layout;
	struct target target;		/* opened */
	struct dump_observer observer;
	struct dump_request *request;	/* request_count of them, zeroed */
	u32 request_count;		/* at most target.disk->queue_depth */
	u8 *bounce;			/* one page, device-readable */
	u8 *text;			/* text_bytes, for stage 1; multiple of PAGE_BYTES */
	u32 text_bytes;
	u64 entry_us;			/* env_clock_us() when the dump kernel was entered */

	/* Running */
	u64 done_bytes;
	u64 pages_bad, pages_bounced;
	enum target_payload payload;
	u32 level;			/* of filtering */
	u64 payload_bytes;		/* 0: not known, the dump was cut off */
	u64 pages_total;
	u64 disk_idle, disk_full;	/* how often a write found the disk idle; had to wait for it */
	bool disk_drained;		/* it is idle because all was waited for */
};

/* vmcoreinfo's text out of the merged notes; bytes = 0 when there is none. */
struct vmcoreinfo dump_vmcoreinfo(const struct elf_layout *layout);

/* The dead kernel's phase log out of them; bytes = 0 when there is none. */
struct phase_log dump_phase_log(const struct elf_layout *layout);

/*
 * Stage 1: header state STAGE1, then vmcoreinfo, phase log, CPU notes and the kernel log, durable.
 * Negative errno, reason in target.error.
 */
int dump_stage1(struct dump *dump);

/* Stage 2: all of memory, ELF header, durable.  -EFBIG when the target is too small. */
int dump_memory(struct dump *dump);

/*
 * Last, after a failure too: waits for what is in flight, then writes the dump kernel's
 * log and the header, COMPLETE or FAILED with the first error and its text.  After it
 * the same struct dump, with another target opened, may begin at stage 1 again.  log: page aligned, zero padded to whole pages.
 */
int dump_finish(struct dump *dump, enum dump_error error, const char *error_text, const void *log, u32 log_bytes);

#endif
