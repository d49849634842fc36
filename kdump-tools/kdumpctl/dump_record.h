/* SPDX-License-Identifier: GPL-2.0 */
/* What a target holds after a crash: texts, and how much of a vmcore. */
#ifndef KDUMPCTL_DUMP_RECORD_H
#define KDUMPCTL_DUMP_RECORD_H

#include "common/dump_dir.h"
#include "kdumpctl/target_disk.h"

struct dump_record {
	bool whole;		/* the header says COMPLETE */
	char why[256];		/* why it is not whole */
	u64 payload_bytes;	/* of vmcore worth copying; 0: none */
	char *log;		/* kdump.log: summary, then the dump kernel's own log */
	size_t log_bytes;
	char *stage1;		/* whole stage 1 area; the others point into it */
	const char *dmesg;
	size_t dmesg_bytes;	/* 0: none */
	char *phase_log;	/* printable */
	size_t phase_log_bytes;	/* 0: none */
};

/*
 * Reads it; dump_record_free() afterwards.  Lengths in the header are not trusted.
 * -EIO and the like from the disk, -ENOMEM.
 */
int dump_record_read(const struct target_disk *disk, const struct target_header *header,
		     struct dump_record *ret_record);
void dump_record_free(struct dump_record *record);

/* What tells this dump from others: "target <uuid> generation <n>". */
struct dump_id dump_record_id(const struct target_header *header);

/* A stage 1 record of that type in area[bytes], or NULL and 0 bytes; *ret_bytes is within the area. */
char *dump_record_find(char *area, size_t bytes, u32 type, size_t *ret_bytes);

#endif
