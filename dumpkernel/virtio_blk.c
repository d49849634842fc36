// SPDX-License-Identifier: GPL-2.0
/*
 * virtio-blk behind struct dump_target: polled, one queue, no interrupts
 * (virtio 1.2, 5.2).
 *
 * Panic path: one CPU, interrupts off, identity mapping.  Every wait is bounded; a
 * device that fails once (QEMU's does when a buffer is not memory) is stopped and
 * stays dead.
 */
#include "console.h"
#include "disk.h"
#include "io.h"
#include "mem.h"
#include "pci.h"
#include "virtio_blk.h"
#include "virtio_pci.h"
#include "watchdog.h"

#define NAME "virtio-blk"

#define REQUEST_QUEUE 0			/* 5.2.2 */

/* Feature bits, 5.2.3. */
#define FEATURE_SIZE_MAX (1ull << 1)
#define FEATURE_SEG_MAX (1ull << 2)
#define FEATURE_READ_ONLY (1ull << 5)
#define FEATURE_BLOCK_SIZE (1ull << 6)
#define FEATURE_FLUSH (1ull << 9)

/* Device configuration, 5.2.4. */
#define CONFIG_CAPACITY 0x00
#define CONFIG_SIZE_MAX 0x08
#define CONFIG_BLOCK_SIZE 0x14

/* Requests, 5.2.6; their unit is 512 bytes on every disk. */
#define REQUEST_IN 0u
#define REQUEST_OUT 1u
#define REQUEST_FLUSH 4u
#define REQUEST_GET_ID 8u
#define SECTOR_BYTES 512u
#define ID_BYTES 20u
#define REQUEST_STATUS_OK 0
#define REQUEST_STATUS_NONE 0xff	/* ours, until the device writes */

/* A request is a chain of header, data (none for a flush) and status. */
#define CHAIN_DESCRIPTORS 3u
#define MAX_IN_FLIGHT 32u
_Static_assert(MAX_IN_FLIGHT * CHAIN_DESCRIPTORS <= VIRTQUEUE_MAX_ENTRIES, "virtio");

/* As in nvme.c: idle polls between two looks at clock, device status and watchdog. */
#define POLLS_PER_CHECK 256u

/* Read and written by the device. */
struct request {
	u32 type;
	u32 reserved;
	u64 sector;
	u8 status;
	u8 padding[7];
};
_Static_assert(sizeof(struct request) == 24 && offsetof(struct request, status) == 16, "virtio");

struct slot {
	struct dump_io *io;	/* NULL: free */
	u64 deadline_us;
};

struct virtio_blk {
	struct dump_target target;	/* first: struct dump_target * is struct virtio_blk * */
	struct virtio_pci device;
	struct virtqueue queue;
	bool dead;
	bool has_flush;
	u32 in_flight;
	u32 idle_polls;
	struct slot slots[MAX_IN_FLIGHT];
	struct request requests[MAX_IN_FLIGHT];
	char id[ID_BYTES];
};
_Static_assert(sizeof(struct virtio_blk) <= PAGE_BYTES, "one page");

static void virtio_blk_finish(struct virtio_blk *disk, u32 slot, int status)
{
	struct dump_io *io = disk->slots[slot].io;

	disk->slots[slot].io = NULL;
	disk->in_flight--;
	io->status = status;
	io->busy = false;
}

/* Stops a device that can't be trusted any more and finishes its requests. */
static void virtio_blk_kill(struct virtio_blk *disk, int status, const char *why)
{
	console_printf(NAME " " PCI_FORMAT ": %s: stopped\n", PCI_ARGS(disk->device.pci), why);
	disk->dead = true;
	pci_stop_bus_master(disk->device.pci);
	virtio_pci_reset(&disk->device);
	for (u32 i = 0; i < disk->target.queue_depth; i++)
		if (disk->slots[i].io)
			virtio_blk_finish(disk, i, status);
}

static int virtio_blk_find_slot(const struct virtio_blk *disk)
{
	for (u32 i = 0; i < disk->target.queue_depth; i++)
		if (!disk->slots[i].io)
			return (int)i;
	return -EAGAIN;
}

static void virtio_blk_set_desc(struct virtq_desc *desc, u16 index, const void *addr, u32 bytes, u16 flags)
{
	desc[index] = (struct virtq_desc){
		.addr = (uintptr_t)addr,
		.len = bytes,
		.flags = flags,
		.next = index + 1,
	};
}

/* Slot n owns descriptors 3n, 3n + 1 and 3n + 2, so the head names the slot. */
static int virtio_blk_start(struct virtio_blk *disk, struct dump_io *io, u32 type, u32 bytes)
{
	struct virtq_desc *desc = disk->queue.desc;
	int slot = virtio_blk_find_slot(disk);
	struct request *request;
	u16 head, last;

	if (slot < 0)
		return slot;

	request = &disk->requests[slot];
	*request = (struct request){
		.type = type,
		.sector = type == REQUEST_IN || type == REQUEST_OUT ? io->offset / SECTOR_BYTES : 0,
		.status = REQUEST_STATUS_NONE,
	};
	head = last = (u16)(slot * CHAIN_DESCRIPTORS);
	virtio_blk_set_desc(desc, head, request, offsetof(struct request, status), VIRTQ_DESC_NEXT);
	if (bytes)
		virtio_blk_set_desc(desc, ++last, io->buf, bytes,
				    VIRTQ_DESC_NEXT | (type == REQUEST_OUT ? 0 : VIRTQ_DESC_WRITE));
	virtio_blk_set_desc(desc, ++last, &request->status, 1, VIRTQ_DESC_WRITE);

	io->busy = true;
	disk->slots[slot].io = io;
	disk->slots[slot].deadline_us = env_clock_us() + DISK_TIMEOUT_US;
	disk->in_flight++;
	virtqueue_submit(&disk->queue, head);
	return 0;
}

static int virtio_blk_submit(struct dump_target *target, struct dump_io *io)
{
	struct virtio_blk *disk = (struct virtio_blk *)target;
	int err = disk_check_io(target, io);

	if (err)
		return err;
	if (disk->dead)
		return -ENODEV;
	if (io->op == DUMP_READ)
		return virtio_blk_start(disk, io, REQUEST_IN, io->bytes);
	if (io->op == DUMP_WRITE)
		return virtio_blk_start(disk, io, REQUEST_OUT, io->bytes);
	if (disk->has_flush)
		return virtio_blk_start(disk, io, REQUEST_FLUSH, 0);

	/* 5.2.5.2: without FLUSH negotiated the device writes through. */
	io->status = 0;
	io->busy = false;
	return 0;
}

static int virtio_blk_check_deadlines(const struct virtio_blk *disk)
{
	u64 now_us = env_clock_us();

	for (u32 i = 0; i < disk->target.queue_depth; i++)
		if (disk->slots[i].io && now_us > disk->slots[i].deadline_us)
			return -ETIMEDOUT;
	return 0;
}

static void virtio_blk_poll(struct dump_target *target)
{
	struct virtio_blk *disk = (struct virtio_blk *)target;
	u32 head, done = 0;

	while (disk->in_flight && virtqueue_pop(&disk->queue, &head)) {
		u32 slot = head / CHAIN_DESCRIPTORS;
		u8 status;

		if (head % CHAIN_DESCRIPTORS || slot >= target->queue_depth || !disk->slots[slot].io) {
			virtio_blk_kill(disk, -EIO, "completion of a request that was not sent");
			return;
		}
		status = *(volatile u8 *)&disk->requests[slot].status;
		virtio_blk_finish(disk, slot, status == REQUEST_STATUS_OK ? 0 : -EIO);
		done++;
	}
	if (done || !disk->in_flight || ++disk->idle_polls % POLLS_PER_CHECK)
		return;

	watchdog_kick();
	if (!virtio_pci_is_working(&disk->device))
		virtio_blk_kill(disk, -EIO, "the device gave up (needs reset)");
	else if (virtio_blk_check_deadlines(disk))
		virtio_blk_kill(disk, -ETIMEDOUT, "no answer to a request for 30 s");
}

static void virtio_blk_close(struct dump_target *target)
{
	struct virtio_blk *disk = (struct virtio_blk *)target;

	if (disk->dead)
		return;
	disk->dead = true;
	virtio_pci_reset(&disk->device);
}

/* Asks for the id only when there is one to compare: not every device has it. */
static int virtio_blk_read_id(struct virtio_blk *disk, const struct config_target *config)
{
	struct dump_io io = { .buf = disk->id };
	int err;

	if (!config->serial[0])
		return 0;
	err = virtio_blk_start(disk, &io, REQUEST_GET_ID, ID_BYTES);
	if (err)
		return err;
	while (io.busy) {
		virtio_blk_poll(&disk->target);
		cpu_relax();
	}
	return io.status;
}

/* Fills target from the device configuration. */
static int virtio_blk_read_geometry(struct virtio_blk *disk, u64 features)
{
	struct dump_target *target = &disk->target;
	u32 block_bytes = SECTOR_BYTES, size_max = DISK_MAX_TRANSFER_BYTES;
	u64 sectors;
	int err;

	err = virtio_pci_read_config(&disk->device, CONFIG_CAPACITY, &sectors, sizeof(sectors));
	if (!err && features & FEATURE_BLOCK_SIZE)
		err = virtio_pci_read_config(&disk->device, CONFIG_BLOCK_SIZE, &block_bytes, sizeof(block_bytes));
	if (!err && features & FEATURE_SIZE_MAX)
		err = virtio_pci_read_config(&disk->device, CONFIG_SIZE_MAX, &size_max, sizeof(size_max));
	if (err)
		return err;
	if ((block_bytes != 512 && block_bytes != 4096) || size_max < PAGE_BYTES) {
		console_printf(NAME " " PCI_FORMAT ": blocks of %u bytes, segments of %u: not supported\n",
			       PCI_ARGS(disk->device.pci), block_bytes, size_max);
		return -EOPNOTSUPP;
	}
	if (sectors > ~0ull / SECTOR_BYTES)
		return -EIO;

	target->block_bytes = block_bytes;
	target->size_bytes = align_down(sectors * SECTOR_BYTES, block_bytes);
	/* The data of a request is one segment, which SIZE_MAX limits; SEG_MAX is at least 1. */
	target->max_transfer_bytes = (u32)align_down(min_u64(size_max, DISK_MAX_TRANSFER_BYTES), PAGE_BYTES);
	return 0;
}

/* From the reset to a working queue and a filled target. */
static int virtio_blk_bring_up(struct virtio_blk *disk, const struct config_target *config)
{
	struct dump_target *target = &disk->target;
	u64 features;
	int err;

	err = virtio_pci_negotiate(&disk->device, FEATURE_SIZE_MAX | FEATURE_SEG_MAX | FEATURE_READ_ONLY |
				   FEATURE_BLOCK_SIZE | FEATURE_FLUSH, &features);
	if (err)
		return err;
	if (features & FEATURE_READ_ONLY) {
		console_printf(NAME " " PCI_FORMAT ": read-only disk\n", PCI_ARGS(disk->device.pci));
		return -EROFS;
	}
	disk->has_flush = features & FEATURE_FLUSH;
	err = virtio_blk_read_geometry(disk, features);
	if (!err)
		err = virtio_pci_setup_queue(&disk->device, REQUEST_QUEUE, &disk->queue);
	if (err)
		return err;
	target->queue_depth = (u32)min_u64(disk->queue.entries / CHAIN_DESCRIPTORS, MAX_IN_FLIGHT);
	if (!target->queue_depth)
		return -EOPNOTSUPP;
	virtio_pci_start(&disk->device);

	err = virtio_blk_read_id(disk, config);
	if (err)
		return err;
	return disk_check_identity(config, disk->id, ID_BYTES, target->block_bytes,
				   target->size_bytes / target->block_bytes);
}

int virtio_blk_quiesce(const struct config_target *config)
{
	struct virtio_pci device;

	return virtio_pci_take_over(config, NAME, &device);
}

int virtio_blk_open(const struct config_target *config, struct dump_target **ret_target)
{
	struct virtio_blk *disk = mem_alloc_pages(1);
	int err;

	if (!disk)
		return -ENOMEM;
	err = virtio_pci_take_over(config, NAME, &disk->device);
	if (!err)
		err = pci_enable_device(config->pci, config->vendor_id, config->device_id);
	if (err)
		return err;

	err = virtio_blk_bring_up(disk, config);
	if (err) {
		/* Leaves nothing that could still write to memory. */
		virtio_pci_reset(&disk->device);
		pci_stop_bus_master(config->pci);
		return err;
	}
	disk->target.submit = virtio_blk_submit;
	disk->target.poll = virtio_blk_poll;
	disk->target.close = virtio_blk_close;
	*ret_target = &disk->target;
	return 0;
}
