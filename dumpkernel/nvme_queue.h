/* SPDX-License-Identifier: GPL-2.0 */
/* One NVMe submission queue with its completion queue, polled. */
#ifndef DUMPKERNEL_NVME_QUEUE_H
#define DUMPKERNEL_NVME_QUEUE_H

#include "capture/dump_target.h"
#include "disk.h"

/*
 * A submission queue of 64 entries fills one page.  Half of them in flight at most:
 * neither queue can overrun, and 16 MiB on their way keep any disk busy.
 */
#define NVME_QUEUE_ENTRIES 64u
#define NVME_MAX_IN_FLIGHT 32u

/* Entries of the PRP list of the longest request: its first page is in PRP1. */
#define NVME_PRP_LIST_ENTRIES (DISK_MAX_TRANSFER_BYTES / PAGE_BYTES)

/* Submission queue entry: NVMe Base 2.0, 3.3.3.1. */
struct nvme_command {
	u8 opcode;		/* 0x00 */
	u8 flags;		/* 0x01 PRPs, not fused: 0 */
	u16 command_id;		/* 0x02 set by nvme_queue_submit() */
	u32 nsid;		/* 0x04 */
	u32 cdw2[2];		/* 0x08 */
	u64 metadata;		/* 0x10 */
	u64 prp1;		/* 0x18 */
	u64 prp2;		/* 0x20 */
	u32 cdw10;		/* 0x28 */
	u32 cdw11;		/* 0x2c */
	u32 cdw12;		/* 0x30 */
	u32 cdw13[3];		/* 0x34 */
};
_Static_assert(sizeof(struct nvme_command) == 64, "NVMe");

/* Completion queue entry: NVMe Base 2.0, 3.3.3.2. */
struct nvme_completion {
	u32 result;		/* 0x00 */
	u32 reserved;		/* 0x04 */
	u16 sq_head;		/* 0x08 */
	u16 sq_id;		/* 0x0a */
	u16 command_id;		/* 0x0c */
	u16 status;		/* 0x0e bit 0: phase */
};
_Static_assert(sizeof(struct nvme_completion) == 16, "NVMe");

struct nvme_slot {
	struct dump_io *io;	/* NULL: free */
	u64 deadline_us;
};

struct nvme_queue {
	volatile void *sq_doorbell;
	volatile void *cq_doorbell;
	struct nvme_command *commands;
	volatile struct nvme_completion *completions;
	u64 *prp_lists;		/* NVME_PRP_LIST_ENTRIES for each slot; NULL: one page at most */
	u16 id;
	u16 entries;		/* of both queues */
	u16 tail;		/* next command */
	u16 head;		/* next completion */
	u16 phase;		/* of a completion that is new */
	u16 depth;		/* valid slots */
	u16 in_flight;
	struct nvme_slot slots[NVME_MAX_IN_FLIGHT];
};

/*
 * Allocates queue memory and describes an empty queue.  registers: the controller's,
 * mapped up to the doorbells of this queue; stride_bytes between two doorbells;
 * entries: at least 2, at most NVME_QUEUE_ENTRIES; lists: requests may be longer
 * than a page.  -ENOMEM.
 */
int nvme_queue_init(struct nvme_queue *queue, volatile void *registers, u32 stride_bytes,
		    u16 id, u16 entries, bool lists);

/*
 * Describes [pa, pa + bytes) by PRPs (NVMe Base 2.0, 4.1.1), pa 4-byte aligned, at
 * most DISK_MAX_TRANSFER_BYTES.  list: memory for NVME_PRP_LIST_ENTRIES that does
 * not cross a page; used when more than two pages are touched.
 */
void nvme_prp_build(u64 pa, u32 bytes, u64 *list, u64 *ret_prp1, u64 *ret_prp2);

/*
 * Starts a command that moves bytes from or to io->buf (0: no data) and rings the
 * doorbell.  io->busy is set until nvme_queue_poll() saw the completion.  -EAGAIN:
 * every slot is in flight.
 */
int nvme_queue_submit(struct nvme_queue *queue, const struct nvme_command *command,
		      struct dump_io *io, u32 bytes);

/*
 * Finishes what the controller has completed.  Returns how many, or -EIO when a
 * completion makes no sense: then the controller can't be trusted any more.
 */
int nvme_queue_poll(struct nvme_queue *queue);

/* 0, or -ETIMEDOUT when a command in flight is past its deadline. */
int nvme_queue_check_deadlines(const struct nvme_queue *queue);

/* Finishes everything in flight with status. */
void nvme_queue_fail(struct nvme_queue *queue, int status);

#endif
