// SPDX-License-Identifier: GPL-2.0
/*
 * A disk of a virtio SCSI host behind struct dump_target: polled, one request queue, no
 * interrupts, control and event queue unused (virtio 1.2, 5.6).
 *
 * Panic path: one CPU, interrupts off, identity mapping.  A command that the disk puts
 * off (unit attention, busy) is sent again until its 30 s are over, one that it aborts
 * three times.  Every wait is bounded; a host that fails once is stopped and stays dead.
 */
#include "virtio_scsi.h"

#include "capture/scsi_vpd.h"
#include "console.h"
#include "disk.h"
#include "io.h"
#include "mem.h"
#include "pci.h"
#include "scsi.h"
#include "virtio_pci.h"
#include "watchdog.h"

#define NAME "virtio-scsi"

#define REQUEST_QUEUE 2			/* 5.6.2; 0: control, 1: events */
#define CONFIG_MAX_SECTORS 0x08		/* 5.6.4, in units of 512 bytes; 0: no limit */

/* Sizes that a reset leaves: 5.6.4. */
#define CDB_BYTES 32u
#define SENSE_BYTES 96u

/* 5.6.6.1. */
#define LUN_FORMAT 1
#define LUN_FLAT 0x40			/* SAM-5, 4.7.7.3 */
#define RESPONSE_OK 0
#define RESPONSE_BAD_TARGET 3
#define RESPONSE_RESET 4
#define RESPONSE_BUSY 5
#define RESPONSE_NONE 0xff		/* ours, until the host writes */

/* A command is a chain of head, answer and, behind the one of the same direction, data. */
#define CHAIN_DESCRIPTORS 3u
#define MAX_IN_FLIGHT 32u
_Static_assert(MAX_IN_FLIGHT * CHAIN_DESCRIPTORS <= VIRTQUEUE_MAX_ENTRIES, "virtio");

/* As in nvme.c: idle polls between two looks at clock, device status and watchdog. */
#define POLLS_PER_CHECK 256u

#define MAX_TRIES 3u			/* of a command that is aborted */

struct __attribute__((packed)) command_head {
	u8 lun[8];
	u64 id;
	u8 task_attribute;
	u8 priority;
	u8 reference;
	u8 cdb[CDB_BYTES];
};
_Static_assert(sizeof(struct command_head) == 51, "virtio");

struct command_answer {
	u32 sense_bytes;
	u32 residual_bytes;
	u16 status_qualifier;
	u8 status;
	u8 response;
	u8 sense[SENSE_BYTES];
};
_Static_assert(sizeof(struct command_answer) == 108, "virtio");

/* Read and written by the host. */
struct command {
	struct command_head head;
	u8 padding;
	struct command_answer answer;
};

struct slot {
	struct dump_io *io;	/* NULL: free */
	u64 deadline_us;
	u32 aborts;
};

struct virtio_scsi {
	struct dump_target target;	/* first: struct dump_target * is struct virtio_scsi * */
	struct virtio_pci device;
	struct virtqueue queue;
	bool dead;
	u8 lun[8];
	u32 in_flight;
	u32 idle_polls;
	struct slot slots[MAX_IN_FLIGHT];
	u8 data[SCSI_VPD_MAX_BYTES];	/* answers to what is asked when opening */
	struct command commands[MAX_IN_FLIGHT];
};
#define VIRTIO_SCSI_PAGES ((sizeof(struct virtio_scsi) + PAGE_BYTES - 1) / PAGE_BYTES)

static void virtio_scsi_finish(struct virtio_scsi *scsi, u32 slot, int status)
{
	struct dump_io *io = scsi->slots[slot].io;

	scsi->slots[slot].io = NULL;
	scsi->in_flight--;
	io->status = status;
	io->busy = false;
}

/* Stops a host that can't be trusted any more and finishes its commands. */
static void virtio_scsi_kill(struct virtio_scsi *scsi, int status, const char *why)
{
	console_printf(NAME " " PCI_FORMAT ": %s: stopped\n", PCI_ARGS(scsi->device.pci), why);
	scsi->dead = true;
	pci_stop_bus_master(scsi->device.pci);
	virtio_pci_reset(&scsi->device);
	for (u32 i = 0; i < scsi->target.queue_depth; i++)
		if (scsi->slots[i].io)
			virtio_scsi_finish(scsi, i, status);
}

static int virtio_scsi_find_slot(const struct virtio_scsi *scsi)
{
	for (u32 i = 0; i < scsi->target.queue_depth; i++)
		if (!scsi->slots[i].io)
			return (int)i;
	return -EAGAIN;
}

/* Slot n owns descriptors 3n, 3n + 1 and 3n + 2, so the head names the slot. */
static void virtio_scsi_describe(struct virtio_scsi *scsi, u32 slot, const struct dump_io *io, u32 bytes)
{
	struct command *command = &scsi->commands[slot];
	struct virtq_desc *desc = scsi->queue.desc + slot * CHAIN_DESCRIPTORS;
	u16 next = (u16)(slot * CHAIN_DESCRIPTORS + 1);
	struct virtq_desc data = { .addr = (uintptr_t)io->buf, .len = bytes };
	struct virtq_desc answer = {
		.addr = (uintptr_t)&command->answer, .len = sizeof(command->answer), .flags = VIRTQ_DESC_WRITE,
	};

	desc[0] = (struct virtq_desc){
		.addr = (uintptr_t)&command->head, .len = sizeof(command->head), .flags = VIRTQ_DESC_NEXT, .next = next,
	};
	if (!bytes) {
		desc[1] = answer;
		return;
	}
	if (io->op == DUMP_READ)
		data.flags = VIRTQ_DESC_WRITE;
	desc[1] = io->op == DUMP_READ ? answer : data;
	desc[2] = io->op == DUMP_READ ? data : answer;
	desc[1].flags |= VIRTQ_DESC_NEXT;
	desc[1].next = next + 1;
}

static void virtio_scsi_send(struct virtio_scsi *scsi, u32 slot)
{
	scsi->commands[slot].answer = (struct command_answer){ .response = RESPONSE_NONE };
	virtqueue_submit(&scsi->queue, (u16)(slot * CHAIN_DESCRIPTORS));
}

/* io->op says where the data of the command go: bytes of them, at io->buf. */
static int virtio_scsi_start(struct virtio_scsi *scsi, const u8 *cdb, struct dump_io *io, u32 bytes)
{
	int slot = virtio_scsi_find_slot(scsi);
	struct command *command;

	if (slot < 0)
		return slot;
	command = &scsi->commands[slot];
	command->head = (struct command_head){ .id = (u64)slot };
	memcpy(command->head.lun, scsi->lun, sizeof(scsi->lun));
	memcpy(command->head.cdb, cdb, SCSI_CDB_BYTES);
	virtio_scsi_describe(scsi, (u32)slot, io, bytes);

	io->busy = true;
	scsi->slots[slot].io = io;
	scsi->slots[slot].deadline_us = env_clock_us() + DISK_TIMEOUT_US;
	scsi->slots[slot].aborts = 0;
	scsi->in_flight++;
	virtio_scsi_send(scsi, (u32)slot);
	return 0;
}

/* 0, -EAGAIN: put off, -ECANCELED: aborted, -ENODEV: nothing there, -EIO. */
static int virtio_scsi_judge(const struct command_answer *answer, const struct dump_io *io)
{
	enum scsi_verdict verdict;

	if (answer->response == RESPONSE_BAD_TARGET)
		return -ENODEV;
	if (answer->response == RESPONSE_RESET || answer->response == RESPONSE_BUSY)
		return -EAGAIN;
	if (answer->response != RESPONSE_OK)
		return -EIO;
	verdict = scsi_judge(answer->status, answer->sense, (u32)min_u64(answer->sense_bytes, SENSE_BYTES));
	if (verdict == SCSI_PUT_OFF)
		return -EAGAIN;
	if (verdict == SCSI_ABORTED)
		return -ECANCELED;
	/* A disk that does not know SYNCHRONIZE CACHE has no cache. */
	if (verdict == SCSI_UNKNOWN && io->op == DUMP_FLUSH)
		return 0;
	return verdict == SCSI_DONE && !(io->bytes && answer->residual_bytes) ? 0 : -EIO;
}

/* False when the command was sent again. */
static bool virtio_scsi_complete(struct virtio_scsi *scsi, u32 slot)
{
	struct command_answer answer;
	bool again;
	int status;

	memcpy(&answer, &scsi->commands[slot].answer, sizeof(answer));
	status = virtio_scsi_judge(&answer, scsi->slots[slot].io);
	again = (status == -EAGAIN && env_clock_us() <= scsi->slots[slot].deadline_us) ||
		(status == -ECANCELED && ++scsi->slots[slot].aborts < MAX_TRIES);
	if (again)
		virtio_scsi_send(scsi, slot);
	else
		virtio_scsi_finish(scsi, slot, status == -EAGAIN ? -ETIMEDOUT : status == -ECANCELED ? -EIO : status);
	return !again;
}

static bool virtio_scsi_is_late(const struct virtio_scsi *scsi)
{
	u64 now_us = env_clock_us();

	for (u32 i = 0; i < scsi->target.queue_depth; i++)
		if (scsi->slots[i].io && now_us > scsi->slots[i].deadline_us)
			return true;
	return false;
}

static void virtio_scsi_poll(struct dump_target *target)
{
	struct virtio_scsi *scsi = (struct virtio_scsi *)target;
	u32 head, done = 0;

	while (scsi->in_flight && virtqueue_pop(&scsi->queue, &head)) {
		u32 slot = head / CHAIN_DESCRIPTORS;

		if (head % CHAIN_DESCRIPTORS || slot >= target->queue_depth || !scsi->slots[slot].io) {
			virtio_scsi_kill(scsi, -EIO, "completion of a command that was not sent");
			return;
		}
		done += virtio_scsi_complete(scsi, slot);
	}
	if (done || !scsi->in_flight || ++scsi->idle_polls % POLLS_PER_CHECK)
		return;

	watchdog_kick();
	if (!virtio_pci_is_working(&scsi->device))
		virtio_scsi_kill(scsi, -EIO, "the device gave up (needs reset)");
	else if (virtio_scsi_is_late(scsi))
		virtio_scsi_kill(scsi, -ETIMEDOUT, "no answer to a command for 30 s");
}

static int virtio_scsi_submit(struct dump_target *target, struct dump_io *io)
{
	struct virtio_scsi *scsi = (struct virtio_scsi *)target;
	int err = disk_check_io(target, io);
	u8 cdb[SCSI_CDB_BYTES];

	if (err)
		return err;
	if (scsi->dead)
		return -ENODEV;
	if (io->op == DUMP_FLUSH) {
		scsi_synchronize_cache(cdb);
		return virtio_scsi_start(scsi, cdb, io, 0);
	}
	scsi_read_write(cdb, io->op == DUMP_WRITE, io->offset / target->block_bytes, io->bytes / target->block_bytes);
	return virtio_scsi_start(scsi, cdb, io, io->bytes);
}

static void virtio_scsi_close(struct dump_target *target)
{
	struct virtio_scsi *scsi = (struct virtio_scsi *)target;

	if (scsi->dead)
		return;
	scsi->dead = true;
	virtio_pci_reset(&scsi->device);
}

/* --- opening --------------------------------------------------------------------------- */

/* One command whose answer goes to scsi->data, bytes of it at most. */
static int virtio_scsi_ask(struct virtio_scsi *scsi, const u8 *cdb, u32 bytes)
{
	struct dump_io io = { .op = DUMP_READ, .buf = scsi->data };
	int err;

	memset(scsi->data, 0, sizeof(scsi->data));
	err = virtio_scsi_start(scsi, cdb, &io, bytes);
	if (err)
		return err;
	while (io.busy) {
		virtio_scsi_poll(&scsi->target);
		cpu_relax();
	}
	return io.status;
}

/* A page that the disk does not have is all zeros, and names no page. */
static int virtio_scsi_ask_vpd(struct virtio_scsi *scsi, u8 page)
{
	u8 cdb[SCSI_CDB_BYTES];
	int err;

	scsi_inquiry_vpd(cdb, page, sizeof(scsi->data));
	err = virtio_scsi_ask(scsi, cdb, sizeof(scsi->data));
	if (err == -EIO && !scsi->dead) {
		memset(scsi->data, 0, sizeof(scsi->data));
		err = 0;
	}
	return err;
}

/* Is there a disk, and will it do what it is told? */
static int virtio_scsi_ask_ready(struct virtio_scsi *scsi)
{
	u8 cdb[SCSI_CDB_BYTES];
	int err;

	scsi_inquiry(cdb, 36);
	err = virtio_scsi_ask(scsi, cdb, 36);
	if (!err && !scsi_inquiry_is_disk(scsi->data))
		err = -ENODEV;
	if (err) {
		console_printf(NAME " " PCI_FORMAT ": no disk at target %u, LUN %u\n", PCI_ARGS(scsi->device.pci),
			       scsi->lun[1], (scsi->lun[2] & 0x3fu) << 8 | scsi->lun[3]);
		return err;
	}
	scsi_test_unit_ready(cdb);
	err = virtio_scsi_ask(scsi, cdb, 0);
	if (err) {
		console_printf(NAME " " PCI_FORMAT ": the disk is not ready\n", PCI_ARGS(scsi->device.pci));
		return err;
	}
	scsi_mode_sense(cdb, 192);
	if (!virtio_scsi_ask(scsi, cdb, 192) && scsi_mode_is_read_only(scsi->data)) {
		console_printf(NAME " " PCI_FORMAT ": read-only disk\n", PCI_ARGS(scsi->device.pci));
		return -EROFS;
	}
	return scsi->dead ? -ENODEV : 0;
}

static int virtio_scsi_read_geometry(struct virtio_scsi *scsi)
{
	struct dump_target *target = &scsi->target;
	u32 block_bytes, sectors;
	u8 cdb[SCSI_CDB_BYTES];
	u64 blocks, max_bytes = DISK_MAX_TRANSFER_BYTES;
	int err;

	scsi_read_capacity(cdb, 32);
	err = virtio_scsi_ask(scsi, cdb, 32);
	if (err)
		return err;
	scsi_capacity(scsi->data, &blocks, &block_bytes);
	if ((block_bytes != 512 && block_bytes != 4096) || !blocks || blocks > ~0ull / block_bytes) {
		console_printf(NAME " " PCI_FORMAT ": %llu blocks of %u bytes: not supported\n",
			       PCI_ARGS(scsi->device.pci), (unsigned long long)blocks, block_bytes);
		return -EOPNOTSUPP;
	}
	err = virtio_pci_read_config(&scsi->device, CONFIG_MAX_SECTORS, &sectors, sizeof(sectors));
	if (!err)
		err = virtio_scsi_ask_vpd(scsi, SCSI_VPD_BLOCK_LIMITS);
	if (err)
		return err;
	if (sectors)
		max_bytes = min_u64(max_bytes, sectors * 512ull);
	if (scsi->data[1] == SCSI_VPD_BLOCK_LIMITS && scsi_max_blocks(scsi->data))
		max_bytes = min_u64(max_bytes, scsi_max_blocks(scsi->data) * (u64)block_bytes);
	target->block_bytes = block_bytes;
	target->size_bytes = blocks * block_bytes;
	target->max_transfer_bytes = (u32)align_down(max_bytes, PAGE_BYTES);
	return target->max_transfer_bytes ? 0 : -EOPNOTSUPP;
}

static int virtio_scsi_check_identity(struct virtio_scsi *scsi, const struct config_target *config)
{
	const struct dump_target *target = &scsi->target;
	u8 eui64[sizeof(config->eui64)] = { 0 }, nguid[sizeof(config->nguid)] = { 0 };
	char serial[sizeof(config->serial)] = "";
	int err = virtio_scsi_ask_vpd(scsi, SCSI_VPD_SERIAL);

	if (err)
		return err;
	scsi_vpd_serial(scsi->data, sizeof(scsi->data), serial, sizeof(serial));
	err = disk_check_identity(config, serial, sizeof(serial), target->block_bytes,
				  target->size_bytes / target->block_bytes);
	if (!err)
		err = virtio_scsi_ask_vpd(scsi, SCSI_VPD_IDS);
	if (err)
		return err;
	scsi_vpd_id(scsi->data, sizeof(scsi->data), eui64, sizeof(eui64));
	scsi_vpd_id(scsi->data, sizeof(scsi->data), nguid, sizeof(nguid));
	if (disk_id_differs(config->eui64, eui64, sizeof(eui64)) || disk_id_differs(config->nguid, nguid, sizeof(nguid))) {
		console_printf(NAME " " PCI_FORMAT ": the disk has another EUI-64 or NAA id than when armed: not written\n",
			       PCI_ARGS(config->pci));
		return -ENXIO;
	}
	return 0;
}

/* From the reset to a working queue and a filled target. */
static int virtio_scsi_bring_up(struct virtio_scsi *scsi, const struct config_target *config)
{
	u32 target = config->unit >> 16, lun = config->unit & 0xffff;
	u64 features;
	int err;

	if (target > 0xff || lun > 0x3fff)
		return -EOPNOTSUPP;
	scsi->lun[0] = LUN_FORMAT;
	scsi->lun[1] = (u8)target;
	scsi->lun[2] = (u8)(LUN_FLAT | lun >> 8);
	scsi->lun[3] = (u8)lun;
	err = virtio_pci_negotiate(&scsi->device, 0, &features);
	if (!err)
		err = virtio_pci_setup_queue(&scsi->device, REQUEST_QUEUE, &scsi->queue);
	if (err)
		return err;
	scsi->target.queue_depth = (u32)min_u64(scsi->queue.entries / CHAIN_DESCRIPTORS, MAX_IN_FLIGHT);
	if (!scsi->target.queue_depth)
		return -EOPNOTSUPP;
	virtio_pci_start(&scsi->device);
	err = virtio_scsi_ask_ready(scsi);
	if (!err)
		err = virtio_scsi_read_geometry(scsi);
	return err ? err : virtio_scsi_check_identity(scsi, config);
}

int virtio_scsi_quiesce(const struct config_target *config)
{
	struct virtio_pci device;

	return virtio_pci_take_over(config, NAME, &device);
}

int virtio_scsi_open(const struct config_target *config, struct dump_target **ret_target)
{
	struct virtio_scsi *scsi = mem_alloc_pages(VIRTIO_SCSI_PAGES);
	int err;

	if (!scsi)
		return -ENOMEM;
	err = virtio_pci_take_over(config, NAME, &scsi->device);
	if (!err)
		err = pci_enable_device(config->pci, config->vendor_id, config->device_id);
	if (err)
		return err;

	err = virtio_scsi_bring_up(scsi, config);
	if (err) {
		/* Leaves nothing that could still write to memory. */
		virtio_pci_reset(&scsi->device);
		pci_stop_bus_master(config->pci);
		return err;
	}
	scsi->target.submit = virtio_scsi_submit;
	scsi->target.poll = virtio_scsi_poll;
	scsi->target.close = virtio_scsi_close;
	*ret_target = &scsi->target;
	return 0;
}
