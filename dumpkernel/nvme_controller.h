/* SPDX-License-Identifier: GPL-2.0 */
/* The registers of an NVMe controller: find, stop, start, shut down. */
#ifndef DUMPKERNEL_NVME_CONTROLLER_H
#define DUMPKERNEL_NVME_CONTROLLER_H

#include "capture/handover.h"

/* The pairs of queues that are used; doorbells are mapped up to the last one. */
#define NVME_ADMIN_QUEUE 0
#define NVME_IO_QUEUE 1

struct nvme_controller {
	struct config_pci_address pci;
	volatile void *registers;
	u64 timeout_us;		/* to become ready or not ready */
	u32 stride_bytes;	/* between two doorbells */
	u32 max_entries;	/* of a queue */
	u32 page_bytes;		/* smallest memory page it can do */
};

/*
 * Finds the controller and makes its registers accessible.  Needs decoding on its
 * bridges; wakes it, does not let it master the bus.  -ENODEV after a message.
 */
int nvme_controller_init(struct nvme_controller *controller, const struct config_target *config);

/*
 * Stops it: CC.EN = 0 and waits; after this it does no DMA.  -ENODEV when it is
 * gone, -ETIMEDOUT; both after a message.
 */
int nvme_controller_disable(const struct nvme_controller *controller);

/*
 * Starts a stopped one with an admin queue of entries commands.  -ENODEV, -ETIMEDOUT,
 * -EIO (fatal status) after a message.
 */
int nvme_controller_enable(const struct nvme_controller *controller, const void *commands,
			   const volatile void *completions, u32 entries);

/* False when it reports a fatal status or is gone. */
bool nvme_controller_is_working(const struct nvme_controller *controller);

/* Stops it at once and for good: no bus mastering, CC = 0, no waiting. */
void nvme_controller_kill(const struct nvme_controller *controller);

/* Normal shutdown: it writes its cache.  Waits 30 s at most; a message if that was not enough. */
void nvme_controller_shut_down(const struct nvme_controller *controller);

#endif
