/* SPDX-License-Identifier: GPL-2.0 */
/* PCI segment 0 by configuration mechanism #1 (PCI Local Bus 3.0, 3.2.2.3.2). */
#ifndef DUMPKERNEL_PCI_H
#define DUMPKERNEL_PCI_H

#include "capture/env.h"
#include "capture/handover.h"

/* An address in a message: PCI_FORMAT in the format, PCI_ARGS(at) for its arguments. */
#define PCI_FORMAT "%02x:%02x.%u"
#define PCI_ARGS(at) (at).bus, (at).devfn >> 3, (at).devfn & 7u

u8 pci_read8(struct config_pci_address at, u8 reg);
u16 pci_read16(struct config_pci_address at, u8 reg);
u32 pci_read32(struct config_pci_address at, u8 reg);
void pci_write8(struct config_pci_address at, u8 reg, u8 value);
void pci_write16(struct config_pci_address at, u8 reg, u16 value);
void pci_write32(struct config_pci_address at, u8 reg, u32 value);

/* Config space offset of a capability in the list; 0: not there (bounded walk). */
u8 pci_find_capability(struct config_pci_address at, u8 id, u8 after);

/*
 * Wakes the device into D0, turns memory decoding on, interrupts (INTx, MSI, MSI-X)
 * off: enough to reset it.  -ENODEV when config space does not hold vendor and
 * device.
 */
int pci_enable_decoding(struct config_pci_address at, u16 vendor_id, u16 device_id);

/* As pci_enable_decoding(), and bus mastering on. */
int pci_enable_device(struct config_pci_address at, u16 vendor_id, u16 device_id);

/* Turns decoding and bus mastering of a bridge on.  -ENODEV when it is not there. */
int pci_enable_bridge(struct config_pci_address at);

/* Takes bus mastering from one function, whatever it is. */
void pci_stop_bus_master(struct config_pci_address at);

/* Physical address of a memory BAR; 0 when it is I/O, empty or beyond the last BAR. */
u64 pci_bar_address(struct config_pci_address at, unsigned bar);

/*
 * Clears bus mastering of every endpoint below the root buses, so that nothing
 * that the dead kernel started goes on writing to memory.  Returns the number
 * of functions that had it on.
 */
u32 pci_stop_bus_masters(const u8 *root_buses, u32 count);

#endif
