/* SPDX-License-Identifier: GPL-2.0 */
/* A disk of a virtio SCSI host (modern PCI) behind struct dump_target: polled, one request queue. */
#ifndef DUMPKERNEL_VIRTIO_SCSI_H
#define DUMPKERNEL_VIRTIO_SCSI_H

#include "capture/dump_target.h"
#include "capture/handover.h"

/* Resets the host and waits until its status reads 0.  -ENODEV, -ETIMEDOUT, -EOPNOTSUPP (legacy). */
int virtio_scsi_quiesce(const struct config_target *config);

/*
 * As nvme_open(), for the target and LUN of config->unit: compares serial number, EUI-64
 * or NAA ids, block size and size.  -ENODEV also when nothing answers there, -EROFS.
 */
int virtio_scsi_open(const struct config_target *config, struct dump_target **ret_target);

#endif
