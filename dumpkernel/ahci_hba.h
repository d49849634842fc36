/* SPDX-License-Identifier: GPL-2.0 */
/* The registers of an AHCI controller that all its ports share: find, take over, reset. */
#ifndef DUMPKERNEL_AHCI_HBA_H
#define DUMPKERNEL_AHCI_HBA_H

#include "capture/handover.h"

#define AHCI_MAX_PORTS 32u

struct ahci_hba {
	struct config_pci_address pci;
	volatile void *registers;
	u32 ports;		/* a bit for each that is implemented */
	u32 slots;		/* command slots of a port */
	bool has_64bit;		/* reaches memory above 4 GiB */
};

/*
 * Finds the controller and makes its registers accessible.  Needs decoding on its
 * bridges; wakes it, does not let it master the bus.  -ENODEV after a message.
 */
int ahci_hba_init(struct ahci_hba *hba, const struct config_target *config);

/*
 * Takes it from the firmware, stops every port, resets it: after this it does no DMA.
 * -ETIMEDOUT after a message.
 */
int ahci_hba_reset(const struct ahci_hba *hba);

#endif
