// SPDX-License-Identifier: GPL-2.0
/*
 * A Serial ATA disk at an AHCI controller behind struct dump_target: polled, DMA
 * straight from and to the caller's memory.
 *
 * Panic path: one CPU, interrupts off, identity mapping.  Several commands wait in the
 * controller's list, the disk sees one at a time.  After an error nothing is known of
 * those that were issued, so the disk is reset and each is run once more, alone: then an
 * error is its own.  Every command is tried twice at most, every wait is bounded.
 */
#include "ahci.h"

#include "ahci_hba.h"
#include "ahci_port.h"
#include "console.h"
#include "disk.h"
#include "io.h"
#include "mem.h"
#include "pci.h"
#include "watchdog.h"

/* Commands: ATA8-ACS, clause 7, under these names. */
#define ATA_READ_DMA_EXT 0x25
#define ATA_WRITE_DMA_EXT 0x35
#define ATA_FLUSH_CACHE_EXT 0xea
#define ATA_IDENTIFY_DEVICE 0xec

/* IDENTIFY DEVICE data, words: ATA8-ACS, 7.16.7. */
#define ID_BYTES 512u
#define ID_SERIAL 10
#define ID_SERIAL_BYTES 20u
#define ID_CAPABILITIES 49
#define ID_CAPABILITIES_DMA 0x0100u
#define ID_COMMANDS 83
#define ID_COMMANDS_48BIT 0x0400u
#define ID_COMMANDS_2 87
#define ID_COMMANDS_2_WWN 0x0100u
#define ID_BLOCKS 100
#define ID_BLOCK_SIZE 106
#define ID_BLOCK_SIZE_LONG 0x1000u
#define ID_WWN 108
#define ID_WWN_BYTES 8u
#define ID_BLOCK_WORDS 117
#define ID_VALID_MASK 0xc000u		/* words 83, 87 and 106 mean something when these bits are 01 */
#define ID_VALID 0x4000u

#define ABOVE_4GIB 0x100000000ull

/* As in nvme.c: idle polls between two accesses of the controller's registers. */
#define POLLS_PER_CHECK 256u

struct slot {
	struct dump_io *io;	/* NULL: free */
	u64 deadline_us;
};

struct ahci {
	struct dump_target target;	/* first: struct dump_target * is struct ahci * */
	struct ahci_hba hba;
	struct ahci_port port;
	bool dead;
	u32 next;		/* slot of the next command: used in turn, so that none waits for ever */
	u32 issued;		/* slots that the controller has */
	u32 suspects;		/* slots to be run alone, after an error */
	u32 idle_polls;
	u16 *identify;
	struct slot slots[AHCI_MAX_SLOTS];
};
_Static_assert(sizeof(struct ahci) + ID_BYTES <= PAGE_BYTES, "one page");

static void ahci_finish(struct ahci *ahci, u32 slot, int status)
{
	struct dump_io *io = ahci->slots[slot].io;

	ahci->slots[slot].io = NULL;
	io->status = status;
	io->busy = false;
}

/* Stops a controller that can't be trusted any more and finishes its requests. */
static void ahci_kill(struct ahci *ahci, int status, const char *why)
{
	console_printf("ahci " PCI_FORMAT ": %s: stopped\n", PCI_ARGS(ahci->hba.pci), why);
	ahci->dead = true;
	pci_stop_bus_master(ahci->hba.pci);
	ahci_port_stop(&ahci->port);
	for (u32 i = 0; i < AHCI_MAX_SLOTS; i++)
		if (ahci->slots[i].io)
			ahci_finish(ahci, i, status);
}

static void ahci_issue(struct ahci *ahci, u32 slot)
{
	ahci->issued |= 1u << slot;
	ahci->slots[slot].deadline_us = env_clock_us() + DISK_TIMEOUT_US;
	ahci_port_issue(&ahci->port, slot);
}

static int ahci_start(struct ahci *ahci, const struct ahci_command *command, struct dump_io *io)
{
	u32 slot = ahci->next;

	if (ahci->suspects || ahci->slots[slot].io)
		return -EAGAIN;
	ahci->next = (slot + 1) % ahci->target.queue_depth;
	ahci->slots[slot].io = io;
	io->busy = true;
	ahci_port_prepare(&ahci->port, slot, command);
	ahci_issue(ahci, slot);
	return 0;
}

/* Nothing is in flight after this; what was is finished or suspected. */
static void ahci_recover(struct ahci *ahci, enum ahci_error error)
{
	u32 stopped = ahci->issued;

	ahci->issued = 0;
	if (ahci_port_start(&ahci->port)) {
		ahci_kill(ahci, -EIO, "the disk does not come back from a reset after an error");
		return;
	}
	if (!(ahci->suspects & stopped)) {
		ahci->suspects = stopped;
		return;
	}
	ahci->suspects &= ~stopped;
	ahci_finish(ahci, (u32)__builtin_ctz(stopped), error == AHCI_ERROR_MEMORY ? -EFAULT : -EIO);
}

static void ahci_finish_done(struct ahci *ahci)
{
	u32 done = ahci->issued & ~ahci_port_pending(&ahci->port);
	/* Read after the list, so that it speaks of everything that left the list. */
	enum ahci_error error = ahci_port_errors(&ahci->port);

	if (error) {
		ahci_recover(ahci, error);
		return;
	}
	ahci->issued &= ~done;
	ahci->suspects &= ~done;
	for (u32 i = 0; i < AHCI_MAX_SLOTS; i++)
		if (done & 1u << i)
			ahci_finish(ahci, i, 0);
}

static bool ahci_is_late(const struct ahci *ahci)
{
	u64 now_us = env_clock_us();

	for (u32 i = 0; i < AHCI_MAX_SLOTS; i++)
		if (ahci->issued & 1u << i && now_us > ahci->slots[i].deadline_us)
			return true;
	return false;
}

static void ahci_poll(struct dump_target *target)
{
	struct ahci *ahci = (struct ahci *)target;
	bool check;

	if (ahci->dead || !(ahci->issued | ahci->suspects))
		return;
	check = !(++ahci->idle_polls % POLLS_PER_CHECK);
	if (!ahci_port_has_news(&ahci->port) && !check)
		return;

	ahci_finish_done(ahci);
	if (ahci->dead)
		return;
	if (!ahci->issued && ahci->suspects)
		ahci_issue(ahci, (u32)__builtin_ctz(ahci->suspects));
	if (!check || !ahci->issued)
		return;

	watchdog_kick();
	if (!ahci_port_has_disk(&ahci->port))
		ahci_kill(ahci, -EIO, "the disk or the controller is gone");
	else if (ahci_is_late(ahci))
		ahci_kill(ahci, -ETIMEDOUT, "no answer to a command for 30 s");
}

static int ahci_submit(struct dump_target *target, struct dump_io *io)
{
	struct ahci *ahci = (struct ahci *)target;
	struct ahci_command command = { .opcode = ATA_FLUSH_CACHE_EXT };
	int err = disk_check_io(target, io);

	if (err)
		return err;
	if (ahci->dead)
		return -ENODEV;
	if (io->op != DUMP_FLUSH) {
		if (!ahci->hba.has_64bit && (uintptr_t)io->buf + io->bytes > ABOVE_4GIB) {
			io->status = -EFAULT;
			io->busy = false;
			return 0;
		}
		command = (struct ahci_command){
			.opcode = io->op == DUMP_WRITE ? ATA_WRITE_DMA_EXT : ATA_READ_DMA_EXT,
			.write = io->op == DUMP_WRITE,
			.lba = io->offset / target->block_bytes,
			.sectors = (u16)(io->bytes / target->block_bytes),
			.buf = io->buf,
			.bytes = io->bytes,
		};
	}
	return ahci_start(ahci, &command, io);
}

/*
 * Cache and header are on the disk by now.  It is left spinning: most often it is needed
 * again in a moment, by the firmware.
 */
static void ahci_close(struct dump_target *target)
{
	struct ahci *ahci = (struct ahci *)target;

	if (ahci->dead)
		return;
	ahci->dead = true;
	ahci_port_stop(&ahci->port);
}

static int ahci_identify(struct ahci *ahci)
{
	struct ahci_command command = { .opcode = ATA_IDENTIFY_DEVICE, .buf = ahci->identify, .bytes = ID_BYTES };
	struct dump_io io = { .op = DUMP_READ };
	int err;

	memset(ahci->identify, 0, ID_BYTES);
	err = ahci_start(ahci, &command, &io);
	while (!err && io.busy) {
		ahci_poll(&ahci->target);
		cpu_relax();
	}
	return err ? err : io.status;
}

/* Text and names have their bytes swapped in each word. */
static void copy_swapped(u8 *out, const u16 *words, u32 bytes)
{
	for (u32 i = 0; i < bytes / 2; i++) {
		out[2 * i] = (u8)(words[i] >> 8);
		out[2 * i + 1] = (u8)words[i];
	}
}

static bool is_set(u16 word, u16 bit)
{
	return (word & ID_VALID_MASK) == ID_VALID && word & bit;
}

static bool ahci_wwn_differs(const u16 *id, const struct config_target *config)
{
	u8 wwn[ID_WWN_BYTES] = { 0 };

	_Static_assert(sizeof(wwn) == sizeof(config->eui64), "ABI");
	if (is_set(id[ID_COMMANDS_2], ID_COMMANDS_2_WWN))
		copy_swapped(wwn, id + ID_WWN, sizeof(wwn));
	return disk_id_differs(config->eui64, wwn, sizeof(wwn));
}

/* Fills target from the IDENTIFY data, once it is that of the armed disk. */
static int ahci_check_disk(struct ahci *ahci, const struct config_target *config)
{
	struct dump_target *target = &ahci->target;
	const u16 *id = ahci->identify;
	u8 serial[ID_SERIAL_BYTES];
	u32 block_bytes = 512;
	u64 blocks;
	int err;

	if (!is_set(id[ID_COMMANDS], ID_COMMANDS_48BIT) || !(id[ID_CAPABILITIES] & ID_CAPABILITIES_DMA)) {
		console_printf("ahci " PCI_FORMAT ": a disk without DMA or 48-bit addresses: not supported\n",
			       PCI_ARGS(ahci->hba.pci));
		return -EOPNOTSUPP;
	}
	if (is_set(id[ID_BLOCK_SIZE], ID_BLOCK_SIZE_LONG))
		block_bytes = 2 * (id[ID_BLOCK_WORDS] | (u32)id[ID_BLOCK_WORDS + 1] << 16);
	memcpy(&blocks, id + ID_BLOCKS, sizeof(blocks));
	copy_swapped(serial, id + ID_SERIAL, sizeof(serial));
	err = disk_check_identity(config, (const char *)serial, sizeof(serial), block_bytes, blocks);
	if (err)
		return err;
	if (ahci_wwn_differs(id, config)) {
		console_printf("ahci " PCI_FORMAT ": the disk has another WWN than when armed: not written\n",
			       PCI_ARGS(ahci->hba.pci));
		return -ENXIO;
	}
	target->block_bytes = block_bytes;
	target->size_bytes = blocks * block_bytes;
	return 0;
}

static int ahci_try_port(struct ahci *ahci, const struct config_target *config, u32 number)
{
	int err;

	ahci->port.registers = (volatile u8 *)ahci->hba.registers + AHCI_PORT_REGISTERS(number);
	err = ahci_port_start(&ahci->port);
	if (err && err != -ENODEV)
		console_printf("ahci " PCI_FORMAT ": port %u: %s\n", PCI_ARGS(ahci->hba.pci), number,
			       err == -EOPNOTSUPP ? "not a disk" : "not ready within 30 s");
	if (!err)
		err = ahci_identify(ahci);
	if (!err)
		err = ahci_check_disk(ahci, config);
	if (err && !ahci->dead)
		ahci_port_stop(&ahci->port);
	return err;
}

/* The armed disk, wherever it hangs; else what is wrong with the first one that was found. */
static int ahci_find_disk(struct ahci *ahci, const struct config_target *config)
{
	int first = -ENODEV;

	for (u32 i = 0; i < AHCI_MAX_PORTS && !ahci->dead; i++) {
		u32 number = (config->unit + i) % AHCI_MAX_PORTS;
		int err;

		if (!(ahci->hba.ports & 1u << number))
			continue;
		err = ahci_try_port(ahci, config, number);
		if (!err)
			return 0;
		if (first == -ENODEV)
			first = err;
	}
	if (first == -ENODEV)
		console_printf("ahci " PCI_FORMAT ": no disk at any port\n", PCI_ARGS(ahci->hba.pci));
	return first;
}

static int ahci_bring_up(struct ahci *ahci, const struct config_target *config)
{
	ahci->port.memory = ahci_port_allocate();
	if (!ahci->port.memory)
		return -ENOMEM;
	if (!ahci->hba.has_64bit && (uintptr_t)ahci->port.memory >= ABOVE_4GIB) {
		console_printf("ahci " PCI_FORMAT ": reaches 4 GiB only, the crash region lies above: not supported\n",
			       PCI_ARGS(ahci->hba.pci));
		return -EOPNOTSUPP;
	}
	ahci->target.queue_depth = ahci->hba.slots;
	ahci->target.max_transfer_bytes = DISK_MAX_TRANSFER_BYTES;
	return ahci_find_disk(ahci, config);
}

int ahci_quiesce(const struct config_target *config)
{
	struct ahci_hba hba;
	int err = ahci_hba_init(&hba, config);

	return err ? err : ahci_hba_reset(&hba);
}

int ahci_open(const struct config_target *config, struct dump_target **ret_target)
{
	struct ahci *ahci = mem_alloc_pages(1);
	int err;

	if (!ahci)
		return -ENOMEM;
	ahci->identify = (u16 *)((u8 *)ahci + PAGE_BYTES - ID_BYTES);
	err = ahci_hba_init(&ahci->hba, config);
	if (!err)
		err = ahci_hba_reset(&ahci->hba);
	if (!err)
		err = pci_enable_device(config->pci, config->vendor_id, config->device_id);
	if (err)
		return err;

	err = ahci_bring_up(ahci, config);
	if (err) {
		/* Leaves nothing that could still write to memory. */
		ahci_hba_reset(&ahci->hba);
		pci_stop_bus_master(config->pci);
		return err;
	}
	ahci->target.submit = ahci_submit;
	ahci->target.poll = ahci_poll;
	ahci->target.close = ahci_close;
	*ret_target = &ahci->target;
	return 0;
}
