// SPDX-License-Identifier: GPL-2.0
/*
 * NVMe behind struct dump_target: polled, one I/O queue, PRPs straight to the
 * caller's memory.
 *
 * Panic path: one CPU, interrupts off, identity mapping.  The controller was live in
 * the dead kernel; clearing CC.EN kills its queues and its host memory buffer, and
 * with them all DMA it was doing.  Every wait is bounded; a controller that fails
 * once is stopped and stays dead.
 */
#include "console.h"
#include "disk.h"
#include "io.h"
#include "mem.h"
#include "nvme.h"
#include "nvme_controller.h"
#include "nvme_queue.h"
#include "pci.h"
#include "watchdog.h"

/* Admin commands, NVMe Base 2.0: 5.4 Create CQ, 5.5 Create SQ, 5.17 Identify, 5.27 Set Features. */
#define ADMIN_CREATE_SQ 0x01
#define ADMIN_CREATE_CQ 0x05
#define ADMIN_IDENTIFY 0x06
#define ADMIN_SET_FEATURES 0x09
#define IDENTIFY_NAMESPACE 0
#define IDENTIFY_CONTROLLER 1
#define FEATURE_QUEUE_COUNT 7		/* 5.27.1.5 */
#define QUEUE_CONTIGUOUS 1u

/* NVM commands: NVM Command Set 1.0, 3.2.4, 3.2.6; Base 2.0, 7.1 Flush. */
#define NVM_FLUSH 0x00
#define NVM_WRITE 0x01
#define NVM_READ 0x02

/* Identify Controller: Base 2.0, 5.17.2.1. */
#define ID_CTRL_SN 4
#define ID_CTRL_SN_BYTES 20
#define ID_CTRL_MDTS 77
#define ID_CTRL_NN 516

/* Identify Namespace and LBA format: NVM Command Set 1.0, 4.1.5.1. */
#define ID_NS_SIZE 0
#define ID_NS_NLBAF 25
#define ID_NS_FLBAS 26
#define ID_NS_DPS 29
#define ID_NS_NGUID 104
#define ID_NS_EUI64 120
#define ID_NS_LBAF 128
#define DPS_TYPE_MASK 7u

/*
 * Idle polls between two looks at clock, status and watchdog: each is an access outside the
 * CPU (and an exit in a virtual machine, where it also stops the disk's emulation).
 */
#define POLLS_PER_CHECK 256u

struct nvme {
	struct dump_target target;	/* first: struct dump_target * is struct nvme * */
	struct nvme_controller controller;
	bool dead;
	u32 nsid;
	u32 idle_polls;
	u8 *identify;			/* one page */
	struct nvme_queue admin;
	struct nvme_queue io;
};
_Static_assert(sizeof(struct nvme) <= PAGE_BYTES, "one page");

static u32 get_u32(const u8 *bytes)
{
	u32 value;

	memcpy(&value, bytes, sizeof(value));
	return value;
}

static u64 get_u64(const u8 *bytes)
{
	u64 value;

	memcpy(&value, bytes, sizeof(value));
	return value;
}

int nvme_quiesce(const struct config_target *config)
{
	struct nvme_controller controller;
	int err = nvme_controller_init(&controller, config);

	return err ? err : nvme_controller_disable(&controller);
}

/* Stops a controller that can't be trusted any more and finishes its requests. */
static void nvme_kill(struct nvme *nvme, int status, const char *why)
{
	console_printf("nvme " PCI_FORMAT ": %s: stopped\n", PCI_ARGS(nvme->controller.pci), why);
	nvme->dead = true;
	nvme_controller_kill(&nvme->controller);
	nvme_queue_fail(&nvme->io, status);
	nvme_queue_fail(&nvme->admin, status);
}

static void nvme_poll_queue(struct nvme *nvme, struct nvme_queue *queue)
{
	int done = nvme_queue_poll(queue);

	if (done < 0)
		nvme_kill(nvme, done, "completion of a command that was not sent");
	if (done || !queue->in_flight || ++nvme->idle_polls % POLLS_PER_CHECK)
		return;

	watchdog_kick();
	if (!nvme_controller_is_working(&nvme->controller))
		nvme_kill(nvme, -EIO, "fatal controller status, or gone");
	else if (nvme_queue_check_deadlines(queue))
		nvme_kill(nvme, -ETIMEDOUT, "no answer to a command for 30 s");
}

/* Runs one admin command; buf: one page or NULL. */
static int nvme_admin(struct nvme *nvme, const struct nvme_command *command, void *buf)
{
	struct dump_io io = { .buf = buf };
	int err = nvme_queue_submit(&nvme->admin, command, &io, buf ? PAGE_BYTES : 0);

	if (err)
		return err;
	while (io.busy) {
		nvme_poll_queue(nvme, &nvme->admin);
		cpu_relax();
	}
	return io.status;
}

static int nvme_enable(struct nvme *nvme)
{
	int err;

	if (nvme->controller.page_bytes > PAGE_BYTES) {
		console_printf("nvme " PCI_FORMAT ": needs pages of %u bytes, this kernel has 4096\n",
			       PCI_ARGS(nvme->controller.pci), nvme->controller.page_bytes);
		return -EOPNOTSUPP;
	}
	err = nvme_queue_init(&nvme->admin, nvme->controller.registers, nvme->controller.stride_bytes,
			      NVME_ADMIN_QUEUE, NVME_QUEUE_ENTRIES, false);
	if (err)
		return err;
	return nvme_controller_enable(&nvme->controller, nvme->admin.commands, nvme->admin.completions,
				      nvme->admin.entries);
}

static int nvme_identify(struct nvme *nvme, u32 cns, u32 nsid)
{
	struct nvme_command command = { .opcode = ADMIN_IDENTIFY, .nsid = nsid, .cdw10 = cns };

	return nvme_admin(nvme, &command, nvme->identify);
}

static int nvme_set_queue_count(struct nvme *nvme)
{
	/* One of each kind, counted from 0. */
	struct nvme_command command = { .opcode = ADMIN_SET_FEATURES, .cdw10 = FEATURE_QUEUE_COUNT };

	return nvme_admin(nvme, &command, NULL);
}

static int nvme_create_queue(struct nvme *nvme, u8 opcode, const volatile void *memory, u32 cq_id)
{
	struct nvme_command command = {
		.opcode = opcode,
		.prp1 = (uintptr_t)memory,
		.cdw10 = (nvme->io.entries - 1u) << 16 | NVME_IO_QUEUE,
		.cdw11 = cq_id << 16 | QUEUE_CONTIGUOUS,	/* interrupts stay off */
	};

	return nvme_admin(nvme, &command, NULL);
}

static int nvme_create_io_queue(struct nvme *nvme)
{
	u16 entries = (u16)min_u64(NVME_QUEUE_ENTRIES, nvme->controller.max_entries);
	int err;

	/* Base 2.0, 3.1.3.1: at least 2. */
	if (entries < 2)
		return -EIO;
	err = nvme_queue_init(&nvme->io, nvme->controller.registers, nvme->controller.stride_bytes,
			      NVME_IO_QUEUE, entries, true);
	if (!err)
		err = nvme_set_queue_count(nvme);
	if (!err)
		err = nvme_create_queue(nvme, ADMIN_CREATE_CQ, nvme->io.completions, 0);
	if (!err)
		err = nvme_create_queue(nvme, ADMIN_CREATE_SQ, nvme->io.commands, NVME_IO_QUEUE);
	if (!err)
		nvme->target.queue_depth = nvme->io.depth;
	return err;
}

/* Reads the LBA format in use.  -EOPNOTSUPP when blocks carry more than data. */
static int nvme_read_format(const struct nvme *nvme, u32 *ret_block_bytes)
{
	const u8 *id = nvme->identify;
	u32 formats = id[ID_NS_NLBAF] + 1u;
	u32 index = id[ID_NS_FLBAS] & 0xf;
	u32 lbaf, metadata_bytes, shift;

	/* Bits 6:5 continue the index when there are more than 16 formats. */
	if (formats > 16)
		index |= (id[ID_NS_FLBAS] & 0x60u) >> 1;
	if (index >= formats || index >= 64)
		return -EIO;

	lbaf = get_u32(id + ID_NS_LBAF + 4 * index);
	metadata_bytes = lbaf & 0xffff;
	shift = lbaf >> 16 & 0xff;
	if (metadata_bytes || id[ID_NS_DPS] & DPS_TYPE_MASK) {
		console_printf("nvme " PCI_FORMAT ": blocks carry %u bytes of metadata: not supported\n",
			       PCI_ARGS(nvme->controller.pci), metadata_bytes);
		return -EOPNOTSUPP;
	}
	if (shift != 9 && shift != 12) {
		console_printf("nvme " PCI_FORMAT ": blocks of 2^%u bytes: only 512 and 4096 are supported\n",
			       PCI_ARGS(nvme->controller.pci), shift);
		return -EOPNOTSUPP;
	}
	*ret_block_bytes = 1u << shift;
	return 0;
}

/* Reads the namespace's Identify page.  -ENXIO when there is none or it is another one. */
static int nvme_identify_namespace(struct nvme *nvme, const struct config_target *config, u32 namespaces)
{
	const u8 *id = nvme->identify;
	int err = 0;

	memset(nvme->identify, 0, PAGE_BYTES);
	if (config->unit && config->unit <= namespaces)
		err = nvme_identify(nvme, IDENTIFY_NAMESPACE, config->unit);
	if (err)
		return err;
	/* The page of a namespace that is not there is zeros. */
	if (!get_u64(id + ID_NS_SIZE)) {
		console_printf("nvme " PCI_FORMAT ": no namespace %u\n", PCI_ARGS(nvme->controller.pci),
			       config->unit);
		return -ENXIO;
	}
	if (disk_id_differs(config->nguid, id + ID_NS_NGUID, sizeof(config->nguid)) ||
	    disk_id_differs(config->eui64, id + ID_NS_EUI64, sizeof(config->eui64))) {
		console_printf("nvme " PCI_FORMAT ": namespace %u has another NGUID or EUI64 than when armed: not written\n",
			       PCI_ARGS(nvme->controller.pci), config->unit);
		return -ENXIO;
	}
	return 0;
}

/* Fills target from the two Identify pages, once they are those of the armed disk. */
static int nvme_identify_target(struct nvme *nvme, const struct config_target *config)
{
	struct dump_target *target = &nvme->target;
	char serial[ID_CTRL_SN_BYTES];
	u32 block_bytes, mdts;
	u64 blocks;
	int err;

	err = nvme_identify(nvme, IDENTIFY_CONTROLLER, 0);
	if (err)
		return err;
	memcpy(serial, nvme->identify + ID_CTRL_SN, sizeof(serial));
	mdts = nvme->identify[ID_CTRL_MDTS];

	err = nvme_identify_namespace(nvme, config, get_u32(nvme->identify + ID_CTRL_NN));
	if (!err)
		err = nvme_read_format(nvme, &block_bytes);
	if (err)
		return err;
	blocks = get_u64(nvme->identify + ID_NS_SIZE);
	err = disk_check_identity(config, serial, sizeof(serial), block_bytes, blocks);
	if (err)
		return err;
	if (blocks > ~0ull / block_bytes)
		return -EIO;

	nvme->nsid = config->unit;
	target->block_bytes = block_bytes;
	target->size_bytes = blocks * block_bytes;
	/* MDTS counts in powers of two of the smallest page; 0: no limit.  2^7 pages are ours. */
	target->max_transfer_bytes = mdts && mdts < 7 ? PAGE_BYTES << mdts : DISK_MAX_TRANSFER_BYTES;
	return 0;
}

static int nvme_submit(struct dump_target *target, struct dump_io *io)
{
	struct nvme *nvme = (struct nvme *)target;
	struct nvme_command command = { .nsid = nvme->nsid };
	u32 bytes = 0;
	int err = disk_check_io(target, io);

	if (err)
		return err;
	if (nvme->dead)
		return -ENODEV;

	if (io->op == DUMP_FLUSH) {
		command.opcode = NVM_FLUSH;
	} else {
		u64 block = io->offset / target->block_bytes;

		bytes = io->bytes;
		command.opcode = io->op == DUMP_WRITE ? NVM_WRITE : NVM_READ;
		command.cdw10 = (u32)block;
		command.cdw11 = (u32)(block >> 32);
		command.cdw12 = bytes / target->block_bytes - 1;
	}
	return nvme_queue_submit(&nvme->io, &command, io, bytes);
}

static void nvme_poll(struct dump_target *target)
{
	struct nvme *nvme = (struct nvme *)target;

	if (!nvme->dead)
		nvme_poll_queue(nvme, &nvme->io);
}

static void nvme_close(struct dump_target *target)
{
	struct nvme *nvme = (struct nvme *)target;

	if (nvme->dead)
		return;
	nvme->dead = true;
	nvme_controller_shut_down(&nvme->controller);
}

int nvme_open(const struct config_target *config, struct dump_target **ret_target)
{
	struct nvme *nvme = mem_alloc_pages(1);
	int err;

	if (!nvme)
		return -ENOMEM;
	nvme->identify = mem_alloc_pages(1);
	if (!nvme->identify)
		return -ENOMEM;

	err = nvme_controller_init(&nvme->controller, config);
	if (!err)
		err = nvme_controller_disable(&nvme->controller);
	if (!err)
		err = pci_enable_device(config->pci, config->vendor_id, config->device_id);
	if (err)
		return err;

	err = nvme_enable(nvme);
	if (!err)
		err = nvme_identify_target(nvme, config);
	if (!err)
		err = nvme_create_io_queue(nvme);
	if (err) {
		/* Leaves nothing that could still write to memory. */
		nvme_controller_disable(&nvme->controller);
		pci_stop_bus_master(config->pci);
		return err;
	}
	nvme->target.submit = nvme_submit;
	nvme->target.poll = nvme_poll;
	nvme->target.close = nvme_close;
	*ret_target = &nvme->target;
	return 0;
}
