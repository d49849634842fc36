// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/target_scsi.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/scsi_vpd.h"
#include "kdumpctl/sysfs.h"
#include "kdumpctl/target_probe.h"

struct scsi_disk {
	const char *root, *folder;
	unsigned channel, target;
	unsigned long long lun;
	char device[PATH_MAX];		/* .../0000:00:1f.2/ata3/host2/target2:0:0/2:0:0:0 */
	char parent[PATH_MAX];		/* what the host belongs to: .../0000:00:1f.2/ata3 */
	char driver[64];		/* of the controller */
	char *reason;
	size_t reason_size;
};

#define scsi_fail(disk, err, fmt, ...) \
	(snprintf((disk)->reason, (disk)->reason_size, fmt, ##__VA_ARGS__), (err))

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The address, and the folder above hostN; transports put more folders between host and target. */
static int find_parent(struct scsi_disk *disk)
{
	int used = 0;

	if (sysfs_real_path(disk->root, disk->device, "%s/device", disk->folder) ||
	    sscanf(base_name(disk->device), "%*u:%u:%u:%llu%n", &disk->channel, &disk->target, &disk->lun, &used) != 3 ||
	    base_name(disk->device)[used])
		return scsi_fail(disk, -ENODEV, "sysfs does not tell the SCSI address of %s", base_name(disk->folder));
	memcpy(disk->parent, disk->device, sizeof(disk->parent));
	for (char *slash; (slash = strrchr(disk->parent, '/')) && slash != disk->parent; ) {
		unsigned number;

		*slash = 0;
		if (sscanf(slash + 1, "host%u%n", &number, &used) == 1 && !slash[1 + used])
			return 0;
	}
	return scsi_fail(disk, -ENODEV, "sysfs does not tell the SCSI host of %s", base_name(disk->folder));
}

/* The controller is the first thing above the host that has a driver. */
static void find_driver(struct scsi_disk *disk)
{
	char path[PATH_MAX];
	char *slash;

	memcpy(path, disk->parent, sizeof(path));
	while (sysfs_link_name(disk->root, disk->driver, sizeof(disk->driver), "%s/driver", path)) {
		slash = strrchr(path, '/');
		if (!slash || slash == path) {
			snprintf(disk->driver, sizeof(disk->driver), "none");
			return;
		}
		*slash = 0;
	}
}

/* Both pages are optional; a disk without them is known by its size and its target's UUID alone. */
static void read_identity(const struct scsi_disk *disk, struct config_target *config)
{
	char *page;
	size_t bytes;

	if (!sysfs_read_all(disk->root, &page, &bytes, "%s/vpd_pg80", disk->device)) {
		scsi_vpd_serial((u8 *)page, min_u64(bytes, SCSI_VPD_MAX_BYTES), config->serial, sizeof(config->serial));
		free(page);
	}
	if (!sysfs_read_all(disk->root, &page, &bytes, "%s/vpd_pg83", disk->device)) {
		bytes = min_u64(bytes, SCSI_VPD_MAX_BYTES);
		scsi_vpd_id((u8 *)page, bytes, config->eui64, sizeof(config->eui64));
		scsi_vpd_id((u8 *)page, bytes, config->nguid, sizeof(config->nguid));
		free(page);
	}
}

/* libata makes the VPD pages of the IDENTIFY data: serial number and, as NAA id, the WWN. */
static int probe_ahci(struct scsi_disk *disk, struct config_target *config)
{
	const char *port = base_name(disk->parent);
	u64 number, links = 0;

	if (sysfs_read_u64(disk->root, 10, &number, "/sys/class/ata_port/%s/port_no", port) || !number || number > 32)
		return scsi_fail(disk, -ENODEV, "sysfs does not tell the port of %s (%s)", base_name(disk->folder), port);
	sysfs_read_u64(disk->root, 10, &links, "/sys/class/ata_port/%s/nr_pmp_links", port);
	if (links || disk->channel || disk->target)
		return scsi_fail(disk, -EOPNOTSUPP, "it is behind a SATA port multiplier; supported are disks at a port of the controller");
	if (!config->serial[0])
		return scsi_fail(disk, -EOPNOTSUPP, "it has no serial number by which the dump kernel would know it");
	config->driver = DRIVER_AHCI;
	config->unit = number - 1;
	memset(config->nguid, 0, sizeof(config->nguid));
	return 0;
}

/* What the dump kernel can address: virtio 1.2, 5.6.6.1, single-level LUNs (SAM-5, 4.7.7.3). */
static int probe_virtio_scsi(struct scsi_disk *disk, struct config_target *config)
{
	char features[256];

	if (sysfs_read_line(disk->root, features, sizeof(features), "%s/features", disk->parent) ||
	    !target_virtio_is_modern(features))
		return scsi_fail(disk, -EOPNOTSUPP, TARGET_LEGACY_VIRTIO);
	if (disk->channel || disk->target > 0xff || disk->lun > 0x3fff)
		return scsi_fail(disk, -EOPNOTSUPP,
				 "it is at channel %u, target %u, LUN %llu; supported are channel 0, targets to 255, LUNs to 16383",
				 disk->channel, disk->target, disk->lun);
	config->driver = DRIVER_VIRTIO_SCSI;
	config->unit = disk->target << 16 | (u32)disk->lun;
	return 0;
}

int target_scsi_probe(const char *root, const char *folder, struct config_target *config, char *reason, size_t size)
{
	struct scsi_disk disk = { .root = root, .folder = folder, .reason = reason, .reason_size = size };
	int err = find_parent(&disk);

	if (err)
		return err;
	find_driver(&disk);
	read_identity(&disk, config);
	if (!strcmp(disk.driver, "ahci"))
		return probe_ahci(&disk, config);
	if (!strcmp(disk.driver, "virtio_scsi"))
		return probe_virtio_scsi(&disk, config);
	return scsi_fail(&disk, -EOPNOTSUPP,
			 "the dump kernel has no driver for the controller of %s (driver: %s); supported are " TARGET_SUPPORTED,
			 base_name(folder), disk.driver);
}
