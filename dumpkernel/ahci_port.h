/* SPDX-License-Identifier: GPL-2.0 */
/* One port of an AHCI controller: its link, its command slots.  Nothing here knows of requests. */
#ifndef DUMPKERNEL_AHCI_PORT_H
#define DUMPKERNEL_AHCI_PORT_H

#include "capture/env.h"

#define AHCI_MAX_SLOTS 32u

/* Registers of port n: AHCI 1.3.1, 3. */
#define AHCI_PORT_REGISTERS(n) (0x100u + (n) * 0x80u)

struct ahci_memory;

struct ahci_port {
	volatile void *registers;
	struct ahci_memory *memory;	/* read and written by the controller */
};

/* One ATA command with at most one piece of data. */
struct ahci_command {
	u8 opcode;
	bool write;		/* data goes to the disk */
	u16 sectors;
	u64 lba;
	void *buf;		/* 2-byte aligned */
	u32 bytes;		/* even, at most 4 MiB; 0: no data */
};

/* What ahci_port_errors() reports. */
enum ahci_error {
	AHCI_ERROR_NONE,
	AHCI_ERROR_MEMORY,	/* the controller could not read or write memory */
	AHCI_ERROR_DISK,	/* the disk reported an error, or the link failed */
};

/* Memory for the commands of one port; may be used for several ports, one after another.  NULL: none left. */
struct ahci_memory *ahci_port_allocate(void);

/*
 * Stops both DMA engines of a port: commands that were not finished are forgotten.
 * Waits 500 ms for each at most: -ETIMEDOUT.
 */
int ahci_port_stop(const struct ahci_port *port);

/*
 * Resets the link and the disk (COMRESET), then starts the port.  -ENODEV: no disk;
 * -ETIMEDOUT: it was not ready within 30 s; -EOPNOTSUPP: a device that is no disk.
 */
int ahci_port_start(const struct ahci_port *port);

/* False once nothing answers on the link, or the controller is gone. */
bool ahci_port_has_disk(const struct ahci_port *port);

/* Describes a command in a slot that is free. */
void ahci_port_prepare(const struct ahci_port *port, u32 slot, const struct ahci_command *command);

/* Starts, or starts again, what was prepared. */
void ahci_port_issue(const struct ahci_port *port, u32 slot);

/* Whether a command may have ended since the last call, from memory alone: only a hint, and late for PIO. */
bool ahci_port_has_news(const struct ahci_port *port);

/* A bit for each slot whose command is not finished. */
u32 ahci_port_pending(const struct ahci_port *port);

/* After an error nothing is known of any command that was issued; ahci_port_start() mends it. */
enum ahci_error ahci_port_errors(const struct ahci_port *port);

#endif
