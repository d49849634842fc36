// SPDX-License-Identifier: GPL-2.0
/* The driver that a target names.  No table: it would hold addresses. */
#include "disk_driver.h"

#include "ahci.h"
#include "nvme.h"
#include "virtio_blk.h"
#include "virtio_scsi.h"

int disk_driver_quiesce(const struct config_target *config)
{
	switch (config->driver) {
	case DRIVER_NVME:
		return nvme_quiesce(config);
	case DRIVER_VIRTIO_BLK:
		return virtio_blk_quiesce(config);
	case DRIVER_AHCI:
		return ahci_quiesce(config);
	case DRIVER_VIRTIO_SCSI:
		return virtio_scsi_quiesce(config);
	default:
		return -EOPNOTSUPP;
	}
}

int disk_driver_open(const struct config_target *config, struct dump_target **ret_target)
{
	switch (config->driver) {
	case DRIVER_NVME:
		return nvme_open(config, ret_target);
	case DRIVER_VIRTIO_BLK:
		return virtio_blk_open(config, ret_target);
	case DRIVER_AHCI:
		return ahci_open(config, ret_target);
	case DRIVER_VIRTIO_SCSI:
		return virtio_scsi_open(config, ret_target);
	default:
		return -EOPNOTSUPP;
	}
}
