// SPDX-License-Identifier: GPL-2.0
/*
 * One NVMe submission queue with its completion queue, polled.
 *
 * Panic path: one CPU, interrupts off, identity mapping (pointer = bus address).
 * Nothing here waits.  Completions are written by the device: command and queue ids
 * are checked before they are used as an index.
 */
#include "io.h"
#include "mem.h"
#include "nvme_queue.h"

/* NVMe over PCIe Transport 1.0, 3.1.2: doorbells behind the properties. */
#define DOORBELLS 0x1000

/* NVMe Base 2.0, 3.3.3.2.1; generic status in the low byte, type above it. */
#define COMPLETION_PHASE 1u
#define STATUS_CODE(status) ((status) >> 1 & 0x7ffu)
#define STATUS_SUCCESS 0x000u
#define STATUS_DATA_TRANSFER_ERROR 0x004u

int nvme_queue_init(struct nvme_queue *queue, volatile void *registers, u32 stride_bytes,
		    u16 id, u16 entries, bool lists)
{
	volatile u8 *doorbells = (volatile u8 *)registers + DOORBELLS;
	u16 depth = (u16)min_u64(entries - 1, NVME_MAX_IN_FLIGHT);
	u32 list_pages = (u32)(depth * NVME_PRP_LIST_ENTRIES * sizeof(u64) + PAGE_BYTES - 1) / PAGE_BYTES;

	memset(queue, 0, sizeof(*queue));
	queue->commands = mem_alloc_pages(1);
	queue->completions = mem_alloc_pages(1);
	queue->prp_lists = lists ? mem_alloc_pages(list_pages) : NULL;
	if (!queue->commands || !queue->completions || (lists && !queue->prp_lists))
		return -ENOMEM;

	queue->sq_doorbell = doorbells + 2 * id * stride_bytes;
	queue->cq_doorbell = doorbells + (2 * id + 1) * stride_bytes;
	queue->id = id;
	queue->entries = entries;
	queue->depth = depth;
	queue->phase = COMPLETION_PHASE;
	return 0;
}

void nvme_prp_build(u64 pa, u32 bytes, u64 *list, u64 *ret_prp1, u64 *ret_prp2)
{
	u64 page = align_down(pa, PAGE_BYTES) + PAGE_BYTES;
	u64 end = pa + bytes;
	u32 count = 0;

	*ret_prp1 = pa;
	*ret_prp2 = 0;
	if (page >= end)
		return;
	if (end - page <= PAGE_BYTES) {
		*ret_prp2 = page;
		return;
	}
	for (; page < end; page += PAGE_BYTES)
		list[count++] = page;
	*ret_prp2 = (uintptr_t)list;
}

static int nvme_queue_find_slot(const struct nvme_queue *queue)
{
	for (u16 i = 0; i < queue->depth; i++)
		if (!queue->slots[i].io)
			return i;
	return -EAGAIN;
}

int nvme_queue_submit(struct nvme_queue *queue, const struct nvme_command *command,
		      struct dump_io *io, u32 bytes)
{
	struct nvme_command *entry = &queue->commands[queue->tail];
	int slot = nvme_queue_find_slot(queue);
	u64 *list;

	if (slot < 0)
		return slot;

	*entry = *command;
	entry->command_id = (u16)slot;
	if (bytes) {
		list = queue->prp_lists ? queue->prp_lists + slot * NVME_PRP_LIST_ENTRIES : NULL;
		nvme_prp_build((uintptr_t)io->buf, bytes, list, &entry->prp1, &entry->prp2);
	}
	io->busy = true;
	queue->slots[slot].io = io;
	queue->slots[slot].deadline_us = env_clock_us() + DISK_TIMEOUT_US;
	queue->in_flight++;

	queue->tail = (u16)((queue->tail + 1) % queue->entries);
	dma_write_barrier();
	mmio_write32(queue->sq_doorbell, 0, queue->tail);
	return 0;
}

static int nvme_queue_map_status(u16 status)
{
	switch (STATUS_CODE(status)) {
	case STATUS_SUCCESS:
		return 0;
	case STATUS_DATA_TRANSFER_ERROR:
		return -EFAULT;
	default:
		return -EIO;
	}
}

static void nvme_queue_finish(struct nvme_queue *queue, u16 slot, int status)
{
	struct dump_io *io = queue->slots[slot].io;

	queue->slots[slot].io = NULL;
	queue->in_flight--;
	io->status = status;
	io->busy = false;
}

int nvme_queue_check_deadlines(const struct nvme_queue *queue)
{
	u64 now_us = env_clock_us();

	for (u16 i = 0; i < queue->depth; i++)
		if (queue->slots[i].io && now_us > queue->slots[i].deadline_us)
			return -ETIMEDOUT;
	return 0;
}

int nvme_queue_poll(struct nvme_queue *queue)
{
	int done = 0;

	/* No more than can be in flight: a device that writes for ever can't hold us. */
	while (queue->in_flight) {
		volatile struct nvme_completion *entry = &queue->completions[queue->head];
		u16 status = entry->status, slot;

		if ((status & COMPLETION_PHASE) != queue->phase)
			break;
		dma_read_barrier();
		slot = entry->command_id;
		if (entry->sq_id != queue->id || slot >= queue->depth || !queue->slots[slot].io)
			return -EIO;
		nvme_queue_finish(queue, slot, nvme_queue_map_status(status));
		if (++queue->head == queue->entries) {
			queue->head = 0;
			queue->phase ^= COMPLETION_PHASE;
		}
		done++;
	}
	if (done)
		mmio_write32(queue->cq_doorbell, 0, queue->head);
	return done;
}

void nvme_queue_fail(struct nvme_queue *queue, int status)
{
	for (u16 i = 0; i < queue->depth; i++)
		if (queue->slots[i].io)
			nvme_queue_finish(queue, i, status);
}
