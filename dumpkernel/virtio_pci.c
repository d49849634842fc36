// SPDX-License-Identifier: GPL-2.0
/*
 * A modern virtio PCI device with one polled split virtqueue.
 *
 * Panic path: one CPU, interrupts off, identity mapping (pointer = bus address).
 * Waits only for the reset, bounded.  Transitional devices are driven by their
 * modern interface; the legacy one is never touched.
 */
#include "clock.h"
#include "console.h"
#include "io.h"
#include "mem.h"
#include "paging.h"
#include "pci.h"
#include "virtio_pci.h"
#include "watchdog.h"

/* Vendor-specific capability: PCI Local Bus 3.0, appendix H; layout: virtio 1.2, 4.1.4. */
#define CAP_VENDOR 0x09
#define CAP_CFG_TYPE 3
#define CAP_BAR 4
#define CAP_OFFSET 8
#define CAP_LENGTH 12
#define CAP_NOTIFY_MULTIPLIER 16
#define CAP_LAST (0x100 - CAP_NOTIFY_MULTIPLIER - 4)
#define CAP_COUNT_MAX 48
#define CFG_COMMON 1
#define CFG_NOTIFY 2
#define CFG_DEVICE 4

/* struct virtio_pci_common_cfg: virtio 1.2, 4.1.4.3. */
#define COMMON_DEVICE_FEATURE_SELECT 0x00
#define COMMON_DEVICE_FEATURE 0x04
#define COMMON_DRIVER_FEATURE_SELECT 0x08
#define COMMON_DRIVER_FEATURE 0x0c
#define COMMON_CONFIG_VECTOR 0x10
#define COMMON_STATUS 0x14
#define COMMON_GENERATION 0x15
#define COMMON_QUEUE_SELECT 0x16
#define COMMON_QUEUE_SIZE 0x18
#define COMMON_QUEUE_VECTOR 0x1a
#define COMMON_QUEUE_ENABLE 0x1c
#define COMMON_QUEUE_NOTIFY_OFF 0x1e
#define COMMON_QUEUE_DESC 0x20
#define COMMON_QUEUE_DRIVER 0x28
#define COMMON_QUEUE_DEVICE 0x30
#define COMMON_BYTES 0x38
#define NO_VECTOR 0xffffu

/* Device status: virtio 1.2, 2.1. */
#define STATUS_ACKNOWLEDGE 0x01u
#define STATUS_DRIVER 0x02u
#define STATUS_DRIVER_OK 0x04u
#define STATUS_FEATURES_OK 0x08u
#define STATUS_NEEDS_RESET 0x40u

/* virtio 1.2, 6: reserved feature bits. */
#define FEATURE_VERSION_1 (1ull << 32)
#define FEATURE_ACCESS_PLATFORM (1ull << 33)

#define AVAIL_NO_INTERRUPT 1u		/* 2.7.6 */
#define RESET_US (10ull * 1000 * 1000)
#define CONFIG_TRIES 100

/* The rings of one queue: 2.7 gives their alignment (16, 2 and 4 bytes). */
struct rings {
	struct virtq_desc desc[VIRTQUEUE_MAX_ENTRIES];
	struct virtq_avail avail;
	u16 padding[2];
	struct virtq_used used;
};
_Static_assert(sizeof(struct rings) <= PAGE_BYTES, "one page");
_Static_assert(offsetof(struct rings, used) % 4 == 0, "virtio 2.7");

/* Where a capability points to; 0 when it is nonsense. */
static u64 virtio_pci_window(struct config_pci_address at, u8 cap, u32 *ret_bytes)
{
	u64 bar = pci_bar_address(at, pci_read8(at, cap + CAP_BAR));
	u64 pa = bar + pci_read32(at, cap + CAP_OFFSET);

	*ret_bytes = pci_read32(at, cap + CAP_LENGTH);
	return bar && pa >= bar && pa + *ret_bytes >= pa ? pa : 0;
}

/* Maps a window, one page of it at most: nothing here uses more. */
static volatile void *virtio_pci_map(struct config_pci_address at, u8 cap, u32 *ret_bytes)
{
	u64 pa = virtio_pci_window(at, cap, ret_bytes);

	*ret_bytes = (u32)min_u64(*ret_bytes, PAGE_BYTES);
	return pa && *ret_bytes ? paging_map_mmio(pa, *ret_bytes) : NULL;
}

static int virtio_pci_init(struct virtio_pci *device, struct config_pci_address at)
{
	struct virtio_pci found = { .pci = at };
	u32 common_bytes = 0;
	bool modern = false;
	u8 cap = 0;

	for (int i = 0; i < CAP_COUNT_MAX; i++) {
		cap = pci_find_capability(at, CAP_VENDOR, cap);
		if (!cap || cap > CAP_LAST)
			break;
		/* The first of a kind is the one the device prefers (4.1.4.1). */
		switch (pci_read8(at, cap + CAP_CFG_TYPE)) {
		case CFG_COMMON:
			modern = true;
			if (!found.common)
				found.common = virtio_pci_map(at, cap, &common_bytes);
			break;
		case CFG_NOTIFY:
			if (found.notify_pa)
				break;
			found.notify_pa = virtio_pci_window(at, cap, &found.notify_bytes);
			found.notify_multiplier = pci_read32(at, cap + CAP_NOTIFY_MULTIPLIER);
			break;
		case CFG_DEVICE:
			if (!found.device)
				found.device = virtio_pci_map(at, cap, &found.device_bytes);
			break;
		}
	}
	if (!modern)
		return -EOPNOTSUPP;
	if (!found.common || common_bytes < COMMON_BYTES || !found.notify_pa || !found.device)
		return -ENODEV;
	*device = found;
	return 0;
}

static u8 virtio_pci_status(const struct virtio_pci *device)
{
	return mmio_read8(device->common, COMMON_STATUS);
}

static void virtio_pci_add_status(const struct virtio_pci *device, u8 bits)
{
	mmio_write8(device->common, COMMON_STATUS, virtio_pci_status(device) | bits);
}

int virtio_pci_reset(const struct virtio_pci *device)
{
	u64 end_us = env_clock_us() + RESET_US;
	u8 status;

	mmio_write8(device->common, COMMON_STATUS, 0);
	/* 4.1.4.3.2: the reset is done when the status reads 0, not before. */
	while ((status = virtio_pci_status(device)) != 0) {
		if (status == 0xff)
			return -ENODEV;
		if (env_clock_us() > end_us)
			return -ETIMEDOUT;
		watchdog_kick();
		clock_delay_us(20);
	}
	return 0;
}

static const char *virtio_pci_explain(int err)
{
	switch (err) {
	case -EOPNOTSUPP:
		return "only the legacy interface, which is not supported";
	case -ETIMEDOUT:
		return "did not reset within 10 s";
	default:
		return "registers do not answer";
	}
}

int virtio_pci_take_over(const struct config_target *config, const char *name, struct virtio_pci *device)
{
	int err = pci_enable_decoding(config->pci, config->vendor_id, config->device_id);

	if (err) {
		console_printf("%s " PCI_FORMAT ": no device %04x:%04x there\n", name, PCI_ARGS(config->pci),
			       config->vendor_id, config->device_id);
		return err;
	}
	err = virtio_pci_init(device, config->pci);
	if (!err)
		err = virtio_pci_reset(device);
	if (err)
		console_printf("%s " PCI_FORMAT ": %s\n", name, PCI_ARGS(config->pci), virtio_pci_explain(err));
	return err;
}

static u64 virtio_pci_offered(const struct virtio_pci *device)
{
	u64 features;

	mmio_write32(device->common, COMMON_DEVICE_FEATURE_SELECT, 0);
	features = mmio_read32(device->common, COMMON_DEVICE_FEATURE);
	mmio_write32(device->common, COMMON_DEVICE_FEATURE_SELECT, 1);
	return features | (u64)mmio_read32(device->common, COMMON_DEVICE_FEATURE) << 32;
}

int virtio_pci_negotiate(const struct virtio_pci *device, u64 wanted, u64 *ret_features)
{
	u64 features = virtio_pci_offered(device);

	if (!(features & FEATURE_VERSION_1))
		return -EOPNOTSUPP;
	/*
	 * ACCESS_PLATFORM: addresses go through the platform's translation.  It is off,
	 * so a bus address is a physical one either way, and some devices insist.
	 */
	features &= wanted | FEATURE_VERSION_1 | FEATURE_ACCESS_PLATFORM;

	virtio_pci_add_status(device, STATUS_ACKNOWLEDGE);
	virtio_pci_add_status(device, STATUS_DRIVER);
	mmio_write32(device->common, COMMON_DRIVER_FEATURE_SELECT, 0);
	mmio_write32(device->common, COMMON_DRIVER_FEATURE, (u32)features);
	mmio_write32(device->common, COMMON_DRIVER_FEATURE_SELECT, 1);
	mmio_write32(device->common, COMMON_DRIVER_FEATURE, (u32)(features >> 32));
	virtio_pci_add_status(device, STATUS_FEATURES_OK);
	if (!(virtio_pci_status(device) & STATUS_FEATURES_OK))
		return -EOPNOTSUPP;
	*ret_features = features;
	return 0;
}

int virtio_pci_setup_queue(const struct virtio_pci *device, u16 index, struct virtqueue *queue)
{
	volatile void *common = device->common;
	u16 entries = VIRTQUEUE_MAX_ENTRIES, offered;
	volatile void *doorbell;
	struct rings *rings;
	u64 offset;

	mmio_write16(common, COMMON_QUEUE_SELECT, index);
	offered = mmio_read16(common, COMMON_QUEUE_SIZE);
	offset = (u64)mmio_read16(common, COMMON_QUEUE_NOTIFY_OFF) * device->notify_multiplier;
	if (!offered || offset + sizeof(u16) > device->notify_bytes)
		return -ENODEV;
	doorbell = paging_map_mmio(device->notify_pa + offset, sizeof(u16));
	if (!doorbell)
		return -ENODEV;
	while (entries > offered)
		entries /= 2;
	rings = mem_alloc_pages(1);
	if (!rings)
		return -ENOMEM;

	rings->avail.flags = AVAIL_NO_INTERRUPT;
	mmio_write16(common, COMMON_CONFIG_VECTOR, NO_VECTOR);
	mmio_write16(common, COMMON_QUEUE_SIZE, entries);
	mmio_write16(common, COMMON_QUEUE_VECTOR, NO_VECTOR);
	mmio_write64(common, COMMON_QUEUE_DESC, (uintptr_t)rings->desc);
	mmio_write64(common, COMMON_QUEUE_DRIVER, (uintptr_t)&rings->avail);
	mmio_write64(common, COMMON_QUEUE_DEVICE, (uintptr_t)&rings->used);
	mmio_write16(common, COMMON_QUEUE_ENABLE, 1);

	*queue = (struct virtqueue){
		.desc = rings->desc,
		.avail = &rings->avail,
		.used = &rings->used,
		.doorbell = doorbell,
		.index = index,
		.entries = entries,
	};
	return 0;
}

void virtio_pci_start(const struct virtio_pci *device)
{
	virtio_pci_add_status(device, STATUS_DRIVER_OK);
}

bool virtio_pci_is_working(const struct virtio_pci *device)
{
	u8 status = virtio_pci_status(device);

	/* All ones, which is a device that is gone, has the bit set, too. */
	return !(status & STATUS_NEEDS_RESET);
}

int virtio_pci_read_config(const struct virtio_pci *device, u32 offset, void *buf, u32 bytes)
{
	if (offset + bytes > device->device_bytes)
		return -EIO;

	/* 2.5.1: a field wider than its access is whole if the generation stood still. */
	for (int i = 0; i < CONFIG_TRIES; i++) {
		u8 generation = mmio_read8(device->common, COMMON_GENERATION);

		for (u32 n = 0; n < bytes; n += 4) {
			u32 word = mmio_read32(device->device, offset + n);

			memcpy((u8 *)buf + n, &word, sizeof(word));
		}
		if (mmio_read8(device->common, COMMON_GENERATION) == generation)
			return 0;
	}
	return -EIO;
}

void virtqueue_submit(struct virtqueue *queue, u16 head)
{
	queue->avail->ring[queue->avail_idx % queue->entries] = head;
	dma_write_barrier();
	queue->avail->idx = ++queue->avail_idx;
	dma_write_barrier();
	mmio_write16(queue->doorbell, 0, queue->index);
}

bool virtqueue_pop(struct virtqueue *queue, u32 *ret_head)
{
	if (queue->used->idx == queue->used_idx)
		return false;
	dma_read_barrier();
	*ret_head = queue->used->ring[queue->used_idx % queue->entries].id;
	queue->used_idx++;
	return true;
}
