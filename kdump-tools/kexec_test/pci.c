// SPDX-License-Identifier: GPL-2.0
/* PCI Local Bus 3.0, 3.2.2.3.2 and 6.1: configuration mechanism 1. */
#include "io.h"
#include "parts.h"
#include "report.h"

#define PCI_ADDRESS 0xcf8
#define PCI_DATA 0xcfc
#define PCI_ENABLE (1u << 31)
#define PCI_BUSES 256u
#define PCI_DEVICES 32u
#define PCI_FUNCTIONS 8u

#define PCI_ID 0x00
#define PCI_COMMAND 0x04
#define PCI_CLASS 0x08
#define PCI_HEADER_TYPE 0x0c
#define PCI_MULTIFUNCTION (1u << 23)
#define PCI_BUS_MASTER (1u << 2)
#define PCI_NOTHING 0xffffffffu

static u32 pci_read(u32 bus, u32 device, u32 function, u32 offset)
{
	outl(PCI_ADDRESS, PCI_ENABLE | bus << 16 | device << 11 | function << 8 | offset);
	return inl(PCI_DATA);
}

static bool pci_report_function(u32 bus, u32 device, u32 function)
{
	u32 id = pci_read(bus, device, function, PCI_ID), command;

	if (id == PCI_NOTHING || !id)
		return false;
	command = pci_read(bus, device, function, PCI_COMMAND);
	report("PCI %02x:%02x.%u %04x:%04x class %06x command %04x%s\n", bus, device, function, id & 0xffff, id >> 16,
	       pci_read(bus, device, function, PCI_CLASS) >> 8, command & 0xffff,
	       command & PCI_BUS_MASTER ? " bus master" : "");
	return true;
}

void pci_report(void)
{
	u32 count = 0;

	for (u32 bus = 0; bus < PCI_BUSES; bus++)
		for (u32 device = 0; device < PCI_DEVICES; device++) {
			bool many;

			if (!pci_report_function(bus, device, 0))
				continue;
			count++;
			many = pci_read(bus, device, 0, PCI_HEADER_TYPE) & PCI_MULTIFUNCTION;
			for (u32 function = 1; many && function < PCI_FUNCTIONS; function++)
				count += pci_report_function(bus, device, function);
		}
	report("PCI: %u functions: %s\n", count, count ? "ok" : "NONE ANSWERS");
}
