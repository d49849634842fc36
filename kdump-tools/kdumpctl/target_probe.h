/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From a block device to what the dump kernel must know to find the same disk by its
 * own driver: controller, bridges above it, namespace, identity, place on the disk.
 */
#ifndef KDUMPCTL_TARGET_PROBE_H
#define KDUMPCTL_TARGET_PROBE_H

#include <limits.h>
#include <sys/types.h>

#include "capture/handover.h"

/* For messages: what the dump kernel drives. */
#define TARGET_SUPPORTED "NVMe, AHCI (SATA), virtio-blk and virtio-scsi disks on PCI, whole or partitions"

#define TARGET_LEGACY_VIRTIO "it is a legacy virtio device; supported is virtio 1.0 and later (QEMU: disable-modern=off)"

struct target_probe {
	struct config_target config;	/* uuid and generation zero: they are in the target's header */
	char device[PATH_MAX];		/* the device node */
	dev_t rdev;
	char disk[32];			/* "nvme0n1", "vda", "sda" */
	char pci[16];			/* "0000:00:04.0" */
	u64 size_bytes;
};

/*
 * Turns what the administrator wrote (a path, PARTUUID=, PARTLABEL=, LABEL=, or UUID=
 * of a prepared target) into the path of a block device.  Says its errors: -ENODEV,
 * -ENOTBLK.  ret_device: PATH_MAX bytes.
 */
int target_resolve(const char *spec, char *ret_device, dev_t *ret_rdev);

/*
 * Probes a device by its number below root/sys.  reason receives why not; nothing is
 * logged.  Errors: -ENODEV: sysfs does not know it or lacks what is needed; -EOPNOTSUPP:
 * a driver, bus, format or topology that the dump kernel can't drive; -EROFS.
 */
int target_probe_sysfs(const char *root, unsigned major, unsigned minor, struct target_probe *ret_probe,
		       char *reason, size_t reason_size);

/* True for a features attribute of sysfs (a digit a bit) of a device that is driven by virtio 1.0 or later. */
bool target_virtio_is_modern(const char *features);

/* Name of a driver for people. */
const char *target_driver_name(u8 driver);

/* Both in one; name is kept for messages.  Errors as above, with the reason. */
int target_probe(const char *spec, struct target_probe *ret_probe, char *reason, size_t reason_size);

#endif
