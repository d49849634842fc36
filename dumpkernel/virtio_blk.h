/* SPDX-License-Identifier: GPL-2.0 */
/* virtio-blk (modern PCI) behind struct dump_target: polled, one queue, no interrupts. */
#ifndef DUMPKERNEL_VIRTIO_BLK_H
#define DUMPKERNEL_VIRTIO_BLK_H

#include "capture/dump_target.h"
#include "capture/handover.h"

/* Resets the device and waits until its status reads 0.  -ENODEV, -ETIMEDOUT, -EOPNOTSUPP (legacy). */
int virtio_blk_quiesce(const struct config_target *config);

/* As nvme_open(): brings it up, compares id string, block size and size. */
int virtio_blk_open(const struct config_target *config, struct dump_target **ret_target);

#endif
