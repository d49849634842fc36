/* SPDX-License-Identifier: GPL-2.0 */
/* A modern virtio PCI device with one polled split virtqueue (virtio 1.2, 4.1 and 2.7). */
#ifndef DUMPKERNEL_VIRTIO_PCI_H
#define DUMPKERNEL_VIRTIO_PCI_H

#include "capture/handover.h"

/* With three descriptors a request, 128 serve 42 requests and the rings fill one page. */
#define VIRTQUEUE_MAX_ENTRIES 128u

struct virtio_pci {
	struct config_pci_address pci;
	volatile void *common;		/* 4.1.4.3 common configuration */
	volatile void *device;		/* 4.1.4.6 device-specific configuration */
	u32 device_bytes;
	u64 notify_pa;			/* 4.1.4.4 notification area; mapped with the queue */
	u32 notify_bytes;
	u32 notify_multiplier;
};

/* Rings: virtio 1.2, 2.7.5, 2.7.6, 2.7.8. */
struct virtq_desc {
	u64 addr;
	u32 len;
	u16 flags;
	u16 next;
};
_Static_assert(sizeof(struct virtq_desc) == 16, "virtio");

struct virtq_used_elem {
	u32 id;
	u32 len;
};

struct virtq_avail {
	u16 flags;
	u16 idx;
	u16 ring[VIRTQUEUE_MAX_ENTRIES];
};

struct virtq_used {
	u16 flags;
	u16 idx;
	struct virtq_used_elem ring[VIRTQUEUE_MAX_ENTRIES];
};

#define VIRTQ_DESC_NEXT 1u
#define VIRTQ_DESC_WRITE 2u

struct virtqueue {
	struct virtq_desc *desc;
	volatile struct virtq_avail *avail;
	const volatile struct virtq_used *used;
	volatile void *doorbell;
	u16 index;			/* of the queue */
	u16 entries;
	u16 avail_idx;
	u16 used_idx;			/* next to be seen */
};

/*
 * Finds the device that the dead kernel left running and resets it: after this it does
 * no DMA.  name: of the driver, for messages.  All after a message: -ENODEV: not there,
 * or a capability makes no sense or can't be mapped; -EOPNOTSUPP: only the legacy
 * interface; -ETIMEDOUT: it does not reset.
 */
int virtio_pci_take_over(const struct config_target *config, const char *name, struct virtio_pci *device);

/* Resets and waits until the device says so.  -ETIMEDOUT, -ENODEV. */
int virtio_pci_reset(const struct virtio_pci *device);

/*
 * Accepts of the offered features those in wanted; *ret_features gets them.
 * -EOPNOTSUPP when the device does not do VIRTIO_F_VERSION_1 or refuses the set.
 */
int virtio_pci_negotiate(const struct virtio_pci *device, u64 wanted, u64 *ret_features);

/* Sets a queue up.  -ENODEV: there is none, or its doorbell is out of bounds; -ENOMEM. */
int virtio_pci_setup_queue(const struct virtio_pci *device, u16 index, struct virtqueue *queue);

/* From here the device works. */
void virtio_pci_start(const struct virtio_pci *device);

/* False once the device has failed (4.1.4.3, 2.1: needs reset) or is gone. */
bool virtio_pci_is_working(const struct virtio_pci *device);

/* Reads bytes at offset of the device configuration as one consistent whole.  -EIO. */
int virtio_pci_read_config(const struct virtio_pci *device, u32 offset, void *buf, u32 bytes);

/* Makes the chain that starts with descriptor head available and notifies the device. */
void virtqueue_submit(struct virtqueue *queue, u16 head);

/* True, and the head, when the device has finished a chain. */
bool virtqueue_pop(struct virtqueue *queue, u32 *ret_head);

#endif
