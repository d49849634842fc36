// SPDX-License-Identifier: GPL-2.0
/*
 * PCI segment 0 by configuration mechanism #1 (PCI Local Bus 3.0, 3.2.2.3.2).
 *
 * Panic path: one CPU, interrupts off.  The address port and the data port are a
 * pair that nothing else may use in between; every CPU but this one has stopped.
 * Config space is what the dead kernel left, so every walk through it is bounded.
 */
#include "clock.h"
#include "io.h"
#include "pci.h"

/* PCI Local Bus 3.0, 3.2.2.3.2. */
#define CONFIG_ADDRESS 0xcf8
#define CONFIG_DATA 0xcfc
#define CONFIG_ENABLE 0x80000000u

/* PCI Local Bus 3.0, figure 6-1 and 6.2; bridges: PCI-to-PCI Bridge 1.2, figure 3-1. */
#define REG_VENDOR_ID 0x00
#define REG_DEVICE_ID 0x02
#define REG_COMMAND 0x04
#define REG_STATUS 0x06
#define REG_BASE_CLASS 0x0b
#define REG_HEADER_TYPE 0x0e
#define REG_BAR0 0x10
#define REG_SECONDARY_BUS 0x19
#define REG_CAPABILITIES 0x34

#define COMMAND_MEMORY 0x0002u
#define COMMAND_MASTER 0x0004u
#define COMMAND_INTX_OFF 0x0400u
#define STATUS_CAPABILITIES 0x0010u

#define BASE_CLASS_BRIDGE 0x06

#define HEADER_MULTI_FUNCTION 0x80u
#define HEADER_ENDPOINT 0
#define HEADER_BRIDGE 1

#define BAR_IO 1u
#define BAR_TYPE 6u
#define BAR_TYPE_32 0u
#define BAR_TYPE_64 4u

/* PCI Bus Power Management 1.2, 3.2: PMCSR; 5.4: 10 ms from D3hot to D0. */
#define CAP_POWER 0x01
#define POWER_PMCSR 4
#define PMCSR_STATE 0x0003u
#define PMCSR_PME_STATUS 0x8000u
#define D3HOT_TO_D0_US 10000

/* PCI Local Bus 3.0, 6.8.1.3 and 6.8.2.3: message control. */
#define CAP_MSI 0x05
#define CAP_MSIX 0x11
#define MESSAGE_CONTROL 2
#define MSI_ENABLE 0x0001u
#define MSIX_ENABLE 0x8000u

/* Capabilities are 4-byte aligned between 0x40 and 0xff: there can't be more. */
#define CAPABILITIES_MIN 0x40
#define CAPABILITIES_MAX 48

static u16 pci_select(struct config_pci_address at, u8 reg)
{
	outl(CONFIG_ADDRESS, CONFIG_ENABLE | (u32)at.bus << 16 | (u32)at.devfn << 8 | (reg & 0xfc));
	return CONFIG_DATA + (reg & 3);
}

u8 pci_read8(struct config_pci_address at, u8 reg)
{
	return inb(pci_select(at, reg));
}

u16 pci_read16(struct config_pci_address at, u8 reg)
{
	return inw(pci_select(at, reg));
}

u32 pci_read32(struct config_pci_address at, u8 reg)
{
	return inl(pci_select(at, reg));
}

void pci_write8(struct config_pci_address at, u8 reg, u8 value)
{
	outb(pci_select(at, reg), value);
}

void pci_write16(struct config_pci_address at, u8 reg, u16 value)
{
	outw(pci_select(at, reg), value);
}

void pci_write32(struct config_pci_address at, u8 reg, u32 value)
{
	outl(pci_select(at, reg), value);
}

static bool pci_is_present(struct config_pci_address at)
{
	return pci_read16(at, REG_VENDOR_ID) != 0xffff;
}

static u8 pci_header_type(struct config_pci_address at)
{
	return pci_read8(at, REG_HEADER_TYPE) & ~HEADER_MULTI_FUNCTION;
}

u8 pci_find_capability(struct config_pci_address at, u8 id, u8 after)
{
	u8 pos;

	if (!(pci_read16(at, REG_STATUS) & STATUS_CAPABILITIES))
		return 0;

	pos = pci_read8(at, after ? after + 1 : REG_CAPABILITIES) & 0xfc;
	for (int i = 0; i < CAPABILITIES_MAX && pos >= CAPABILITIES_MIN; i++) {
		if (pci_read8(at, pos) == id)
			return pos;
		pos = pci_read8(at, pos + 1) & 0xfc;
	}
	return 0;
}

static void pci_wake(struct config_pci_address at)
{
	u8 cap = pci_find_capability(at, CAP_POWER, 0);
	u16 pmcsr;

	if (!cap)
		return;
	pmcsr = pci_read16(at, cap + POWER_PMCSR);
	if (!(pmcsr & PMCSR_STATE))
		return;
	/* PME_Status is write-1-to-clear; a device in D0 has no use for it either way. */
	pci_write16(at, cap + POWER_PMCSR, pmcsr & ~(PMCSR_STATE | PMCSR_PME_STATUS));
	clock_delay_us(D3HOT_TO_D0_US);
}

static void pci_clear_control(struct config_pci_address at, u8 cap_id, u16 bit)
{
	u8 cap = pci_find_capability(at, cap_id, 0);
	u16 control;

	if (!cap)
		return;
	control = pci_read16(at, cap + MESSAGE_CONTROL);
	if (control & bit)
		pci_write16(at, cap + MESSAGE_CONTROL, control & ~bit);
}

/* The status register is not touched: a 16-bit write reaches the command alone. */
static void pci_set_command(struct config_pci_address at, u16 set)
{
	u16 command = pci_read16(at, REG_COMMAND);

	if ((command & set) != set)
		pci_write16(at, REG_COMMAND, command | set);
}

int pci_enable_decoding(struct config_pci_address at, u16 vendor_id, u16 device_id)
{
	if (!pci_is_present(at) || pci_read16(at, REG_VENDOR_ID) != vendor_id ||
	    pci_read16(at, REG_DEVICE_ID) != device_id || pci_header_type(at) != HEADER_ENDPOINT)
		return -ENODEV;

	pci_wake(at);
	pci_clear_control(at, CAP_MSI, MSI_ENABLE);
	pci_clear_control(at, CAP_MSIX, MSIX_ENABLE);
	pci_set_command(at, COMMAND_MEMORY | COMMAND_INTX_OFF);
	return 0;
}

int pci_enable_device(struct config_pci_address at, u16 vendor_id, u16 device_id)
{
	int err = pci_enable_decoding(at, vendor_id, device_id);

	if (err)
		return err;
	pci_set_command(at, COMMAND_MASTER);
	return 0;
}

int pci_enable_bridge(struct config_pci_address at)
{
	if (!pci_is_present(at) || pci_header_type(at) != HEADER_BRIDGE)
		return -ENODEV;

	pci_wake(at);
	pci_set_command(at, COMMAND_MEMORY | COMMAND_MASTER);
	return 0;
}

void pci_stop_bus_master(struct config_pci_address at)
{
	u16 command = pci_read16(at, REG_COMMAND);

	if (command & COMMAND_MASTER)
		pci_write16(at, REG_COMMAND, command & ~COMMAND_MASTER);
}

u64 pci_bar_address(struct config_pci_address at, unsigned bar)
{
	unsigned bars = pci_header_type(at) == HEADER_ENDPOINT ? 6 : 2;
	u32 low;

	if (bar >= bars)
		return 0;
	low = pci_read32(at, REG_BAR0 + 4 * bar);
	if (low == 0xffffffff || low & BAR_IO)
		return 0;

	if ((low & BAR_TYPE) == BAR_TYPE_32)
		return low & ~0xfull;
	if ((low & BAR_TYPE) != BAR_TYPE_64 || bar + 1 >= bars)
		return 0;
	return (low & ~0xfull) | (u64)pci_read32(at, REG_BAR0 + 4 * (bar + 1)) << 32;
}

/* Buses found and not yet scanned; a bus enters once, so the walk ends. */
struct bus_list {
	u8 bus[256];
	u32 count;
	u8 seen[256 / 8];
};

static void bus_list_add(struct bus_list *list, u8 bus)
{
	if (list->seen[bus / 8] & 1u << bus % 8)
		return;
	list->seen[bus / 8] |= 1u << bus % 8;
	list->bus[list->count++] = bus;
}

static u32 pci_stop_function(struct config_pci_address at, struct bus_list *list)
{
	u8 secondary;

	switch (pci_header_type(at)) {
	case HEADER_ENDPOINT:
		/* Host and ISA bridges: the way of others to memory, not masters of their own. */
		if (pci_read8(at, REG_BASE_CLASS) == BASE_CLASS_BRIDGE)
			return 0;
		if (!(pci_read16(at, REG_COMMAND) & COMMAND_MASTER))
			return 0;
		pci_stop_bus_master(at);
		return 1;
	case HEADER_BRIDGE:
		/* 0 is what an unconfigured bridge holds; a root bus 0 comes from the caller. */
		secondary = pci_read8(at, REG_SECONDARY_BUS);
		if (secondary)
			bus_list_add(list, secondary);
		return 0;
	default:
		return 0;
	}
}

u32 pci_stop_bus_masters(const u8 *root_buses, u32 count)
{
	struct bus_list list = { .count = 0 };
	u32 stopped = 0;

	for (u32 i = 0; i < count; i++)
		bus_list_add(&list, root_buses[i]);

	for (u32 next = 0; next < list.count; next++) {
		for (u32 device = 0; device < 32; device++) {
			struct config_pci_address at = { list.bus[next], (u8)(device << 3) };
			u32 functions;

			if (!pci_is_present(at))
				continue;
			functions = pci_read8(at, REG_HEADER_TYPE) & HEADER_MULTI_FUNCTION ? 8 : 1;
			for (u32 f = 0; f < functions; f++) {
				at.devfn = (u8)(device << 3 | f);
				if (pci_is_present(at))
					stopped += pci_stop_function(at, &list);
			}
		}
	}
	return stopped;
}
