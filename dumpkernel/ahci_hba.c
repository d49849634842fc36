// SPDX-License-Identifier: GPL-2.0
/*
 * The registers of an AHCI controller that all its ports share.
 *
 * Panic path: one CPU, interrupts off.  The controller was live in the dead kernel,
 * perhaps with commands in flight on every port.  Every wait is bounded.
 */
#include "ahci_hba.h"

#include "ahci_port.h"
#include "clock.h"
#include "console.h"
#include "io.h"
#include "paging.h"
#include "pci.h"
#include "watchdog.h"

#define BAR_REGISTERS 5			/* AHCI 1.3.1, 2.1.11 */

/* Generic host control: AHCI 1.3.1, 3.1. */
#define REG_CAP 0x00
#define REG_GHC 0x04
#define REG_PI 0x0c
#define REG_CAP2 0x24
#define REG_BOHC 0x28
#define REG_BYTES 0x100

#define CAP_SLOTS(cap) (((cap) >> 8 & 0x1f) + 1)	/* 3.1.1 */
#define CAP_64BIT 0x80000000u
#define GHC_RESET 0x00000001u				/* 3.1.2 */
#define GHC_AHCI_ENABLE 0x80000000u
#define CAP2_HANDOFF 0x1u				/* 3.1.10 */
#define BOHC_FIRMWARE_OWNS 0x01u			/* 3.1.11 */
#define BOHC_SYSTEM_OWNS 0x02u
#define BOHC_FIRMWARE_BUSY 0x10u

#define RESET_US (1000 * 1000)				/* 10.4.3 */
#define HANDOFF_US (2 * 1000 * 1000)			/* 10.6.3: 25 ms, 2 s when it says that it is busy */

int ahci_hba_init(struct ahci_hba *hba, const struct config_target *config)
{
	volatile void *registers;
	u32 cap, ports;
	u64 bar;

	if (pci_enable_decoding(config->pci, config->vendor_id, config->device_id)) {
		console_printf("ahci " PCI_FORMAT ": no device %04x:%04x there\n", PCI_ARGS(config->pci),
			       config->vendor_id, config->device_id);
		return -ENODEV;
	}
	bar = pci_bar_address(config->pci, BAR_REGISTERS);
	registers = bar ? paging_map_mmio(bar, REG_BYTES) : NULL;
	cap = registers ? mmio_read32(registers, REG_CAP) : ~0u;
	if (cap == ~0u)
		goto gone;
	/* Until this is set the rest may not be touched (3.1.2). */
	mmio_write32(registers, REG_GHC, GHC_AHCI_ENABLE);
	ports = mmio_read32(registers, REG_PI);
	if (!ports || !paging_map_mmio(bar, AHCI_PORT_REGISTERS(32 - __builtin_clz(ports))))
		goto gone;

	*hba = (struct ahci_hba){
		.pci = config->pci,
		.registers = registers,
		.ports = ports,
		.slots = CAP_SLOTS(cap),
		.has_64bit = cap & CAP_64BIT,
	};
	return 0;
gone:
	console_printf("ahci " PCI_FORMAT ": registers at %llx do not answer\n", PCI_ARGS(config->pci),
		       (unsigned long long)bar);
	return -ENODEV;
}

static int hba_wait_clear(const struct ahci_hba *hba, u32 reg, u32 bits, u64 us)
{
	u64 end_us = env_clock_us() + us;

	while (mmio_read32(hba->registers, reg) & bits) {
		if (env_clock_us() > end_us)
			return -ETIMEDOUT;
		watchdog_kick();
		clock_delay_us(20);
	}
	return 0;
}

/* 10.6: the dead kernel has done this, unless it never drove the controller.  Firmware that keeps it is overruled. */
static void hba_take_over(const struct ahci_hba *hba)
{
	u32 bohc;

	if (!(mmio_read32(hba->registers, REG_CAP2) & CAP2_HANDOFF))
		return;
	bohc = mmio_read32(hba->registers, REG_BOHC);
	if (!(bohc & BOHC_FIRMWARE_OWNS))
		return;
	mmio_write32(hba->registers, REG_BOHC, bohc | BOHC_SYSTEM_OWNS);
	hba_wait_clear(hba, REG_BOHC, BOHC_FIRMWARE_OWNS | BOHC_FIRMWARE_BUSY, HANDOFF_US);
}

int ahci_hba_reset(const struct ahci_hba *hba)
{
	volatile void *registers = hba->registers;
	int err;

	hba_take_over(hba);
	/* A port that does not stop is stopped by the reset; the others need not be waited for then. */
	for (u32 i = 0; i < AHCI_MAX_PORTS; i++) {
		struct ahci_port port = { .registers = (volatile u8 *)registers + AHCI_PORT_REGISTERS(i) };

		if (hba->ports & 1u << i && ahci_port_stop(&port))
			break;
	}
	mmio_write32(registers, REG_GHC, GHC_AHCI_ENABLE | GHC_RESET);
	err = hba_wait_clear(hba, REG_GHC, GHC_RESET, RESET_US);
	if (err)
		console_printf("ahci " PCI_FORMAT ": did not reset within 1 s\n", PCI_ARGS(hba->pci));
	/* Interrupts are off now, and AHCI mode may be. */
	mmio_write32(registers, REG_GHC, GHC_AHCI_ENABLE);
	/* Set by firmware, said to stay; some controllers forget it. */
	mmio_write32(registers, REG_PI, hba->ports);
	return err;
}
