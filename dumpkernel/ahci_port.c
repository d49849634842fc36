// SPDX-License-Identifier: GPL-2.0
/*
 * One port of an AHCI controller.
 *
 * Panic path: one CPU, interrupts off, identity mapping (pointer = bus address).
 * Every wait is bounded.
 */
#include "ahci_port.h"

#include "clock.h"
#include "disk.h"
#include "io.h"
#include "mem.h"
#include "watchdog.h"

/* Port registers: AHCI 1.3.1, 3.3. */
#define PORT_CLB 0x00
#define PORT_FB 0x08
#define PORT_IS 0x10
#define PORT_IE 0x14
#define PORT_CMD 0x18
#define PORT_TFD 0x20
#define PORT_SIG 0x24
#define PORT_SSTS 0x28
#define PORT_SCTL 0x2c
#define PORT_SERR 0x30
#define PORT_CI 0x38

#define CMD_START 0x00000001u		/* 3.3.7 */
#define CMD_SPIN_UP 0x00000002u
#define CMD_POWER_ON 0x00000004u
#define CMD_FIS_ENABLE 0x00000010u
#define CMD_FIS_RUNNING 0x00004000u
#define CMD_LIST_RUNNING 0x00008000u

#define IS_INTERFACE_FATAL 0x08000000u	/* 3.3.5 */
#define IS_HOST_DATA 0x10000000u
#define IS_HOST_FATAL 0x20000000u
#define IS_TASK_FILE 0x40000000u

#define TFD_DRQ 0x08u			/* 3.3.8: ATA status in the low byte */
#define TFD_BUSY 0x80u
#define SIG_DISK 0x00000101u		/* 3.3.9 */
#define SSTS_DETECT_MASK 0xfu		/* 3.3.10 */
#define SSTS_DETECT_LINK 0x3u
#define SCTL_RESET 0x1u			/* 3.3.11 */
#define SCTL_NO_LOW_POWER 0x300u

#define STOP_US (500 * 1000)		/* 10.1.2 */
#define COMRESET_US 2000		/* 10.4.2: at least 1 ms */
#define LINK_US (1000 * 1000)

/* Command header: 4.2.2. */
struct command_header {
	u16 flags;
	u16 prd_count;
	u32 done_bytes;
	u64 table;
	u32 reserved[4];
};
_Static_assert(sizeof(struct command_header) == 32, "AHCI");

#define HEADER_FIS_DWORDS 5u
#define HEADER_WRITE 0x40u

/* Register FIS, host to device: Serial ATA 3.0, 10.3.4. */
struct register_fis {
	u8 type;
	u8 flags;
	u8 command;
	u8 features;
	u8 lba_low[3];
	u8 device;
	u8 lba_high[3];
	u8 features_high;
	u8 sectors[2];
	u8 reserved[6];
};
_Static_assert(sizeof(struct register_fis) == 4 * HEADER_FIS_DWORDS, "SATA");

#define FIS_HOST_TO_DEVICE 0x27
#define FIS_IS_COMMAND 0x80
#define DEVICE_LBA 0x40

/* Command table with one entry of its scatter list, 128-byte aligned: 4.2.3. */
struct command_table {
	struct register_fis fis;
	u8 unused[0x80 - sizeof(struct register_fis)];
	u64 data;
	u32 reserved;
	u32 data_bytes_minus_1;
	u8 padding[0x70];
};
_Static_assert(sizeof(struct command_table) == 0x100, "AHCI");

#define RECEIVED_REGISTERS 0x40		/* 4.2.1: where the disk's register FIS lands */

struct ahci_memory {
	struct command_header list[AHCI_MAX_SLOTS];	/* 1 KiB aligned */
	u8 received[256];				/* 256-byte aligned */
	u8 padding[PAGE_BYTES - 1280];
	struct command_table table[AHCI_MAX_SLOTS];
};
_Static_assert(sizeof(struct ahci_memory) == 3 * PAGE_BYTES, "three pages");

struct ahci_memory *ahci_port_allocate(void)
{
	return mem_alloc_pages(sizeof(struct ahci_memory) / PAGE_BYTES);
}

static u32 port_read(const struct ahci_port *port, u32 reg)
{
	return mmio_read32(port->registers, reg);
}

static void port_write(const struct ahci_port *port, u32 reg, u32 value)
{
	mmio_write32(port->registers, reg, value);
}

static int port_wait(const struct ahci_port *port, u32 reg, u32 mask, u32 value, u64 us)
{
	u64 end_us = env_clock_us() + us;

	while ((port_read(port, reg) & mask) != value) {
		if (env_clock_us() > end_us)
			return -ETIMEDOUT;
		watchdog_kick();
		clock_delay_us(20);
	}
	return 0;
}

int ahci_port_stop(const struct ahci_port *port)
{
	int err;

	port_write(port, PORT_IE, 0);
	port_write(port, PORT_CMD, port_read(port, PORT_CMD) & ~CMD_START);
	err = port_wait(port, PORT_CMD, CMD_LIST_RUNNING, 0, STOP_US);
	if (err)
		return err;
	port_write(port, PORT_CMD, port_read(port, PORT_CMD) & ~CMD_FIS_ENABLE);
	return port_wait(port, PORT_CMD, CMD_FIS_RUNNING, 0, STOP_US);
}

/* What is set in these two registers is cleared by writing it. */
static void port_clear_errors(const struct ahci_port *port)
{
	port_write(port, PORT_SERR, 0xffffffff);
	port_write(port, PORT_IS, 0xffffffff);
}

int ahci_port_start(const struct ahci_port *port)
{
	int err = ahci_port_stop(port);

	if (err)
		return err;
	mmio_write64(port->registers, PORT_CLB, (uintptr_t)port->memory->list);
	mmio_write64(port->registers, PORT_FB, (uintptr_t)port->memory->received);
	port_clear_errors(port);
	/* Where spin-up and power are not ours to give, the bits are read-only. */
	port_write(port, PORT_CMD, port_read(port, PORT_CMD) | CMD_SPIN_UP | CMD_POWER_ON | CMD_FIS_ENABLE);

	port_write(port, PORT_SCTL, SCTL_NO_LOW_POWER | SCTL_RESET);
	clock_delay_us(COMRESET_US);
	port_write(port, PORT_SCTL, SCTL_NO_LOW_POWER);
	if (port_wait(port, PORT_SSTS, SSTS_DETECT_MASK, SSTS_DETECT_LINK, LINK_US))
		return -ENODEV;
	/* The disk's first FIS is let in once the reset's own entries in PxSERR are gone (10.4.2). */
	port_clear_errors(port);
	err = port_wait(port, PORT_TFD, TFD_BUSY | TFD_DRQ, 0, DISK_TIMEOUT_US);
	if (err)
		return err;
	if (port_read(port, PORT_SIG) != SIG_DISK)
		return -EOPNOTSUPP;
	port_clear_errors(port);
	port_write(port, PORT_CMD, port_read(port, PORT_CMD) | CMD_START);
	return 0;
}

bool ahci_port_has_disk(const struct ahci_port *port)
{
	return (port_read(port, PORT_SSTS) & SSTS_DETECT_MASK) == SSTS_DETECT_LINK;
}

void ahci_port_prepare(const struct ahci_port *port, u32 slot, const struct ahci_command *command)
{
	struct command_table *table = &port->memory->table[slot];
	u64 lba = command->lba;

	table->fis = (struct register_fis){
		.type = FIS_HOST_TO_DEVICE,
		.flags = FIS_IS_COMMAND,
		.command = command->opcode,
		.lba_low = { (u8)lba, (u8)(lba >> 8), (u8)(lba >> 16) },
		.device = DEVICE_LBA,
		.lba_high = { (u8)(lba >> 24), (u8)(lba >> 32), (u8)(lba >> 40) },
		.sectors = { (u8)command->sectors, (u8)(command->sectors >> 8) },
	};
	table->data = (uintptr_t)command->buf;
	table->data_bytes_minus_1 = command->bytes ? command->bytes - 1 : 0;
	port->memory->list[slot] = (struct command_header){
		.flags = HEADER_FIS_DWORDS | (command->write ? HEADER_WRITE : 0),
		.prd_count = command->bytes ? 1 : 0,
		.table = (uintptr_t)table,
	};
}

void ahci_port_issue(const struct ahci_port *port, u32 slot)
{
	port->memory->list[slot].done_bytes = 0;
	dma_write_barrier();
	port_write(port, PORT_CI, 1u << slot);	/* zeros change nothing: 3.3.14 */
}

bool ahci_port_has_news(const struct ahci_port *port)
{
	volatile u8 *type = &port->memory->received[RECEIVED_REGISTERS];

	if (!*type)
		return false;
	*type = 0;
	return true;
}

u32 ahci_port_pending(const struct ahci_port *port)
{
	return port_read(port, PORT_CI);
}

enum ahci_error ahci_port_errors(const struct ahci_port *port)
{
	u32 status = port_read(port, PORT_IS);

	if (status & (IS_HOST_DATA | IS_HOST_FATAL))
		return AHCI_ERROR_MEMORY;
	return status & (IS_TASK_FILE | IS_INTERFACE_FATAL) ? AHCI_ERROR_DISK : AHCI_ERROR_NONE;
}
