// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/target_probe.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "kdumpctl/sysfs.h"
#include "kdumpctl/target_scsi.h"

#define SECTOR_BYTES 512u	/* unit of `start` and `size` in sysfs, whatever the disk's block is */

struct probe {
	const char *root;
	char node[PATH_MAX];		/* sysfs folder of the device itself */
	char disk[PATH_MAX];		/* of the whole disk */
	char path[PATH_MAX];		/* of the path to it; differs from disk under NVMe multipath */
	char controller[PATH_MAX];	/* NVMe: folder of nvmeN */
	struct target_probe result;
	char *reason;
	size_t reason_size;
};

#define probe_fail(probe, err, fmt, ...) \
	(snprintf((probe)->reason, (probe)->reason_size, fmt, ##__VA_ARGS__), (err))

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* --- place: partition and disk -------------------------------------------------------- */

static int probe_disk(struct probe *probe, unsigned major, unsigned minor)
{
	struct target_probe *result = &probe->result;

	if (sysfs_real_path(probe->root, probe->node, "/sys/dev/block/%u:%u", major, minor))
		return probe_fail(probe, -ENODEV, "sysfs does not know block device %u:%u", major, minor);
	memcpy(probe->disk, probe->node, sizeof(probe->disk));
	if (sysfs_exists(probe->root, "%s/partition", probe->node))
		*strrchr(probe->disk, '/') = 0;
	if (snprintf(result->disk, sizeof(result->disk), "%s", base_name(probe->disk)) >= (int)sizeof(result->disk))
		return probe_fail(probe, -EOPNOTSUPP, "the disk's name is too long");
	return 0;
}

static int probe_place(struct probe *probe)
{
	struct config_target *config = &probe->result.config;
	u64 block, start = 0, size, disk_size, read_only = 0;
	char zoned[32];

	if (sysfs_read_u64(probe->root, 10, &block, "%s/queue/logical_block_size", probe->disk) ||
	    sysfs_read_u64(probe->root, 10, &disk_size, "%s/size", probe->disk) ||
	    sysfs_read_u64(probe->root, 10, &size, "%s/size", probe->node) ||
	    (strcmp(probe->node, probe->disk) &&
	     sysfs_read_u64(probe->root, 10, &start, "%s/start", probe->node)))
		return probe_fail(probe, -ENODEV, "sysfs does not tell the size and place of %s", base_name(probe->node));
	if (block != 512 && block != 4096)
		return probe_fail(probe, -EOPNOTSUPP, "its logical block has %llu bytes; supported are 512 and 4096",
				  (unsigned long long)block);
	if (!sysfs_read_line(probe->root, zoned, sizeof(zoned), "%s/queue/zoned", probe->disk) &&
	    !strcmp(zoned, "host-managed"))
		return probe_fail(probe, -EOPNOTSUPP, "it is a zoned disk (SMR, ZNS), which takes writes in its own order only");
	sysfs_read_u64(probe->root, 10, &read_only, "%s/ro", probe->node);
	if (read_only)
		return probe_fail(probe, -EROFS, "it is read-only");
	if (start * SECTOR_BYTES % block || size * SECTOR_BYTES % block)
		return probe_fail(probe, -EOPNOTSUPP, "it does not begin and end on the disk's %llu-byte blocks",
				  (unsigned long long)block);
	config->block_bytes = block;
	config->device_blocks = disk_size * SECTOR_BYTES / block;
	config->start_block = start * SECTOR_BYTES / block;
	config->block_count = size * SECTOR_BYTES / block;
	probe->result.size_bytes = size * SECTOR_BYTES;
	return 0;
}

static int probe_metadata(struct probe *probe)
{
	char format[64] = "none";
	u64 metadata = 0;

	sysfs_read_u64(probe->root, 10, &metadata, "%s/metadata_bytes", probe->disk);
	sysfs_read_line(probe->root, format, sizeof(format), "%s/integrity/format", probe->disk);
	if (metadata || strcmp(format, "none"))
		return probe_fail(probe, -EOPNOTSUPP,
				  "its blocks carry metadata or protection information (%s); format it without (nvme format --ms=0)",
				  metadata ? "metadata" : format);
	return 0;
}

/* --- PCI: the controller and the bridges above it --------------------------------------- */

/* "0000:00:1f.2" -> segment and address; false for anything else. */
static bool parse_pci(const char *text, size_t length, unsigned *ret_segment, struct config_pci_address *ret_at)
{
	unsigned segment, bus, device, function;
	char name[32];
	int used = 0;

	if (length >= sizeof(name))
		return false;
	memcpy(name, text, length);
	name[length] = 0;
	if (sscanf(name, "%x:%2x:%2x.%1x%n", &segment, &bus, &device, &function, &used) != 4 ||
	    (size_t)used != length || device > 31 || function > 7)
		return false;
	*ret_segment = segment;
	ret_at->bus = bus;
	ret_at->devfn = device << 3 | function;
	return true;
}

/* Walks the path's components: every PCI function but the last is a bridge. */
static int probe_pci(struct probe *probe)
{
	struct config_target *config = &probe->result.config;
	unsigned segment = 0, count = 0;
	struct config_pci_address at;
	u64 vendor, device;

	for (const char *part = probe->path; *part; part += strcspn(part, "/")) {
		size_t length;

		part += strspn(part, "/");
		length = strcspn(part, "/");
		if (!parse_pci(part, length, &segment, &at))
			continue;
		if (segment)
			return probe_fail(probe, -EOPNOTSUPP,
					  "its controller %.*s is in PCI segment %x (Intel VMD or a multi-segment machine); supported is segment 0, so turn VMD off in the firmware",
					  (int)length, part, segment);
		if (count && count <= CONFIG_MAX_BRIDGES)
			config->bridges[count - 1] = config->pci;
		config->pci = at;
		count++;
		snprintf(probe->result.pci, sizeof(probe->result.pci), "%.*s", (int)length, part);
	}
	if (!count)
		return probe_fail(probe, -EOPNOTSUPP, "it is not a PCI device; supported are " TARGET_SUPPORTED);
	if (count - 1 > CONFIG_MAX_BRIDGES)
		return probe_fail(probe, -EOPNOTSUPP, "it is behind %u PCI bridges; supported are %u", count - 1,
				  CONFIG_MAX_BRIDGES);
	config->bridge_count = count - 1;
	if (sysfs_read_u64(probe->root, 0, &vendor, "/sys/bus/pci/devices/%s/vendor", probe->result.pci) ||
	    sysfs_read_u64(probe->root, 0, &device, "/sys/bus/pci/devices/%s/device", probe->result.pci))
		return probe_fail(probe, -ENODEV, "sysfs does not tell the PCI id of %s", probe->result.pci);
	config->vendor_id = vendor;
	config->device_id = device;
	return 0;
}

/* --- NVMe ---------------------------------------------------------------------------------- */

struct nvme_path_search {
	struct probe *probe;
	unsigned subsystem, head;	/* the numbers in nvme<subsystem>n<head> */
	bool found;
};

/* One entry of the subsystem's folder; takes the first live PCIe controller with a path. */
static int nvme_try_controller(const char *name, void *context)
{
	struct nvme_path_search *search = context;
	struct probe *probe = search->probe;
	char state[32], controller[PATH_MAX];
	unsigned number;
	int used = 0;

	if (sscanf(name, "nvme%u%n", &number, &used) != 1 || name[used] ||
	    sysfs_real_path(probe->root, controller, "/sys/class/nvme/%s", name) ||
	    !sysfs_exists(probe->root, "%s/nvme%uc%un%u", controller, search->subsystem, number, search->head) ||
	    sysfs_read_line(probe->root, state, sizeof(state), "%s/state", controller) || strcmp(state, "live"))
		return 0;
	memcpy(probe->controller, controller, sizeof(controller));
	search->found = true;
	return 1;
}

/*
 * Without multipath the disk lies below its controller.  With it (the controller says
 * that its subsystem may have others) the disk is virtual, below nvme-subsysN, and each
 * path is a hidden nvme<S>c<C>n<N> below its controller.
 */
static int probe_nvme_path(struct probe *probe)
{
	struct nvme_path_search search = { .probe = probe };
	char folder[PATH_MAX];
	int used = 0;

	memcpy(probe->controller, probe->disk, sizeof(probe->controller));
	*strrchr(probe->controller, '/') = 0;
	if (!strncmp(base_name(probe->controller), "nvme-subsys", 11)) {
		if (sscanf(probe->result.disk, "nvme%un%u%n", &search.subsystem, &search.head, &used) != 2 ||
		    probe->result.disk[used])
			return probe_fail(probe, -EOPNOTSUPP, "%s is no NVMe namespace", probe->result.disk);
		memcpy(folder, probe->controller, sizeof(folder));
		sysfs_for_each(probe->root, folder, nvme_try_controller, &search);
		if (!search.found)
			return probe_fail(probe, -ENODEV, "no live controller of %s leads to it", base_name(folder));
	}
	memcpy(probe->path, probe->controller, sizeof(probe->path));
	return 0;
}

/* Hex digits into bytes, dashes and spaces skipped; false unless exactly `bytes` are there. */
static bool parse_hex(const char *text, u8 *ret, size_t bytes)
{
	size_t digits = 0;
	u8 value[16] = { 0 };

	for (; *text; text++) {
		if (*text == '-' || *text == ' ')
			continue;
		if (!isxdigit((unsigned char)*text) || digits == 2 * bytes)
			return false;
		value[digits / 2] = value[digits / 2] << 4 |
				    (isdigit((unsigned char)*text) ? *text - '0' : (*text | 0x20) - 'a' + 10);
		digits++;
	}
	if (digits != 2 * bytes)
		return false;
	memcpy(ret, value, bytes);
	return true;
}

static void copy_serial(struct config_target *config, const char *serial)
{
	size_t bytes = strlen(serial);

	while (bytes && serial[bytes - 1] == ' ')
		bytes--;
	memset(config->serial, 0, sizeof(config->serial));
	memcpy(config->serial, serial, bytes > 20 ? 20 : bytes);
}

static int probe_nvme(struct probe *probe)
{
	struct config_target *config = &probe->result.config;
	char line[256];
	u64 nsid;
	int err = probe_nvme_path(probe);

	if (err)
		return err;
	if (sysfs_read_line(probe->root, line, sizeof(line), "%s/transport", probe->controller) || strcmp(line, "pcie"))
		return probe_fail(probe, -EOPNOTSUPP, "it is NVMe over fabrics; supported is NVMe on PCIe");
	if (sysfs_read_u64(probe->root, 10, &nsid, "%s/nsid", probe->disk) || !nsid || nsid > 0xffffffff)
		return probe_fail(probe, -ENODEV, "sysfs does not tell the namespace id of %s", probe->result.disk);
	config->driver = DRIVER_NVME;
	config->unit = nsid;
	if (!sysfs_read_line(probe->root, line, sizeof(line), "%s/serial", probe->controller))
		copy_serial(config, line);
	if (!sysfs_read_line(probe->root, line, sizeof(line), "%s/nguid", probe->disk))
		parse_hex(line, config->nguid, sizeof(config->nguid));
	if (!sysfs_read_line(probe->root, line, sizeof(line), "%s/eui", probe->disk))
		parse_hex(line, config->eui64, sizeof(config->eui64));
	return probe_metadata(probe);
}

/* --- virtio-blk ---------------------------------------------------------------------------- */

#define VIRTIO_F_VERSION_1 32	/* virtio 1.2, 6: the device is used in modern mode */

bool target_virtio_is_modern(const char *features)
{
	return strlen(features) > VIRTIO_F_VERSION_1 && features[VIRTIO_F_VERSION_1] == '1';
}

static int probe_virtio_blk(struct probe *probe)
{
	struct config_target *config = &probe->result.config;
	char line[256];

	if (sysfs_read_line(probe->root, line, sizeof(line), "%s/device/features", probe->disk) ||
	    !target_virtio_is_modern(line))
		return probe_fail(probe, -EOPNOTSUPP, TARGET_LEGACY_VIRTIO);
	config->driver = DRIVER_VIRTIO_BLK;
	memcpy(probe->path, probe->disk, sizeof(probe->path));
	if (!sysfs_read_line(probe->root, line, sizeof(line), "%s/serial", probe->disk))
		copy_serial(config, line);
	return 0;
}

/* --- all together ---------------------------------------------------------------------------- */

static int probe_driver(struct probe *probe)
{
	const char *disk = probe->result.disk;
	char driver[64];

	if (!strncmp(disk, "nvme", 4))
		return probe_nvme(probe);
	if (sysfs_link_name(probe->root, driver, sizeof(driver), "%s/device/driver", probe->disk))
		snprintf(driver, sizeof(driver), "%s", !strncmp(disk, "dm-", 3) ? "device mapper (LVM, LUKS)" :
			 !strncmp(disk, "md", 2) ? "software RAID" : !strncmp(disk, "loop", 4) ? "loop" : "none");
	if (!strcmp(driver, "virtio_blk"))
		return probe_virtio_blk(probe);
	if (!strcmp(driver, "sd")) {
		memcpy(probe->path, probe->disk, sizeof(probe->path));
		return target_scsi_probe(probe->root, probe->disk, &probe->result.config, probe->reason,
					 probe->reason_size);
	}
	return probe_fail(probe, -EOPNOTSUPP,
			  "the dump kernel has no driver for %s (driver: %s); supported are " TARGET_SUPPORTED,
			  disk, driver);
}

const char *target_driver_name(u8 driver)
{
	static const char *const names[] = {
		[DRIVER_NVME] = "NVMe",
		[DRIVER_VIRTIO_BLK] = "virtio-blk",
		[DRIVER_AHCI] = "AHCI",
		[DRIVER_VIRTIO_SCSI] = "virtio-scsi",
	};

	return driver < ARRAY_SIZE(names) && names[driver] ? names[driver] : "unknown";
}

int target_probe_sysfs(const char *root, unsigned major, unsigned minor, struct target_probe *ret_probe,
		       char *reason, size_t reason_size)
{
	struct probe *probe = calloc(1, sizeof(*probe));
	int err;

	if (!probe)
		return -ENOMEM;
	probe->root = root;
	probe->reason = reason;
	probe->reason_size = reason_size;
	probe->result.rdev = makedev(major, minor);
	err = probe_disk(probe, major, minor);
	if (!err)
		err = probe_driver(probe);
	if (!err)
		err = probe_pci(probe);
	if (!err)
		err = probe_place(probe);
	if (!err)
		*ret_probe = probe->result;
	free(probe);
	return err;
}

int target_probe(const char *spec, struct target_probe *ret_probe, char *reason, size_t reason_size)
{
	char device[PATH_MAX];
	struct target_probe result;
	dev_t rdev;
	int err = target_resolve(spec, device, &rdev);

	if (err) {
		snprintf(reason, reason_size, "%s", err == -ENOTBLK ? "it is not a block device" :
			 "there is no such device; is its driver loaded and the name right?");
		return err;
	}
	err = target_probe_sysfs("", major(rdev), minor(rdev), &result, reason, reason_size);
	if (err)
		return err;
	memcpy(result.device, device, sizeof(device));
	snprintf(result.config.name, sizeof(result.config.name), "%.*s",
		 (int)sizeof(result.config.name) - 1, spec);
	*ret_probe = result;
	return 0;
}
