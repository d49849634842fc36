// SPDX-License-Identifier: GPL-2.0
#include "fake_root.h"
#include "unit.h"

#include <errno.h>

#include "kdumpctl/target_probe.h"

static struct target_probe probe;
static char reason[512];

static int probe_259(unsigned minor)
{
	memset(&probe, 0xaa, sizeof(probe));
	reason[0] = 0;
	return target_probe_sysfs(fake_root, 259, minor, &probe, reason, sizeof(reason));
}

static void fake_pci(const char *address, const char *vendor, const char *device)
{
	char name[128];

	snprintf(name, sizeof(name), "/sys/bus/pci/devices/%s/vendor", address);
	fake_file(name, vendor);
	snprintf(name, sizeof(name), "/sys/bus/pci/devices/%s/device", address);
	fake_file(name, device);
}

static void fake_attribute(const char *folder, const char *name, const char *text)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fake_file(path, text);
}

/* A disk with partition 1 from sector 2048 on; numbers 259:0 and 259:1. */
static void fake_disk(const char *folder, const char *partition)
{
	char path[512];

	fake_attribute(folder, "size", "2097152\n");
	fake_attribute(folder, "ro", "0\n");
	fake_attribute(folder, "queue/logical_block_size", "512\n");
	fake_link("/sys/dev/block/259:0", folder);
	snprintf(path, sizeof(path), "%s/%s", folder, partition);
	fake_attribute(path, "partition", "1\n");
	fake_attribute(path, "start", "2048\n");
	fake_attribute(path, "size", "409600\n");
	fake_attribute(path, "ro", "0\n");
	fake_link("/sys/dev/block/259:1", path);
}

#define CONTROLLER "/sys/devices/pci0000:00/0000:00:03.0/0000:01:00.0/nvme/nvme0"
#define NVME CONTROLLER "/nvme0n1"

static void fake_nvme(void)
{
	fake_pci("0000:01:00.0", "0x1b36\n", "0x0010\n");
	fake_attribute(CONTROLLER, "transport", "pcie\n");
	fake_attribute(CONTROLLER, "serial", "LB-SERIAL           \n");
	fake_attribute(NVME, "nsid", "3\n");
	fake_attribute(NVME, "eui", "52 54 00 00 00 00 00 01\n");
	fake_attribute(NVME, "nguid", "01020304-0506-0708-090a-0b0c0d0e0f10\n");
	fake_disk(NVME, "nvme0n1p1");
}

static void test_target_probe_nvme_behind_a_bridge(void **state)
{
	static const u8 nguid[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };
	static const u8 eui[] = { 0x52, 0x54, 0, 0, 0, 0, 0, 1 };

	fake_nvme();
	assert_int_equal(probe_259(1), 0);
	assert_int_equal(probe.config.driver, DRIVER_NVME);
	assert_int_equal(probe.config.unit, 3);
	assert_int_equal(probe.config.pci.bus, 1);
	assert_int_equal(probe.config.pci.devfn, 0);
	assert_int_equal(probe.config.bridge_count, 1);
	assert_int_equal(probe.config.bridges[0].bus, 0);
	assert_int_equal(probe.config.bridges[0].devfn, 3 << 3);
	assert_int_equal(probe.config.vendor_id, 0x1b36);
	assert_int_equal(probe.config.device_id, 0x10);
	assert_int_equal(probe.config.block_bytes, 512);
	assert_int_equal(probe.config.device_blocks, 2097152);
	assert_int_equal(probe.config.start_block, 2048);
	assert_int_equal(probe.config.block_count, 409600);
	assert_int_equal(probe.size_bytes, 409600 * 512);
	assert_string_equal(probe.config.serial, "LB-SERIAL");
	assert_memory_equal(probe.config.nguid, nguid, sizeof(nguid));
	assert_memory_equal(probe.config.eui64, eui, sizeof(eui));
	assert_string_equal(probe.disk, "nvme0n1");
	assert_string_equal(probe.pci, "0000:01:00.0");
}

static void test_target_probe_whole_disk(void **state)
{
	fake_nvme();
	assert_int_equal(probe_259(0), 0);
	assert_int_equal(probe.config.start_block, 0);
	assert_int_equal(probe.config.block_count, 2097152);
}

static void test_target_probe_4k_blocks(void **state)
{
	fake_nvme();
	fake_attribute(NVME, "queue/logical_block_size", "4096\n");
	assert_int_equal(probe_259(1), 0);
	assert_int_equal(probe.config.block_bytes, 4096);
	assert_int_equal(probe.config.device_blocks, 2097152 / 8);
	assert_int_equal(probe.config.start_block, 256);
	fake_attribute(NVME "/nvme0n1p1", "start", "2049\n");
	assert_int_equal(probe_259(1), -EOPNOTSUPP);
}

static void test_target_probe_nvme_multipath(void **state)
{
	static const char head[] = "/sys/devices/virtual/nvme-subsystem/nvme-subsys2/nvme2n1";
	static const char second[] = "/sys/devices/pci0000:00/0000:00:05.0/nvme/nvme4";

	fake_disk(head, "nvme2n1p1");
	fake_attribute(head, "nsid", "1\n");
	fake_pci("0000:00:05.0", "0x8086\n", "0xf1a5\n");
	/* nvme3 has a path but is not live; nvme4 is the one. */
	fake_attribute("/sys/devices/pci0000:00/0000:00:04.0/nvme/nvme3", "state", "dead\n");
	fake_attribute("/sys/devices/pci0000:00/0000:00:04.0/nvme/nvme3/nvme2c3n1", "size", "1\n");
	fake_link("/sys/class/nvme/nvme3", "/sys/devices/pci0000:00/0000:00:04.0/nvme/nvme3");
	fake_attribute(second, "state", "live\n");
	fake_attribute(second, "transport", "pcie\n");
	fake_attribute(second, "serial", "S4\n");
	fake_attribute("/sys/devices/pci0000:00/0000:00:05.0/nvme/nvme4/nvme2c4n1", "size", "1\n");
	fake_link("/sys/class/nvme/nvme4", second);
	fake_link("/sys/devices/virtual/nvme-subsystem/nvme-subsys2/nvme3", "/sys/class/nvme/nvme3");
	fake_link("/sys/devices/virtual/nvme-subsystem/nvme-subsys2/nvme4", "/sys/class/nvme/nvme4");
	assert_int_equal(probe_259(0), 0);
	assert_int_equal(probe.config.pci.devfn, 5 << 3);
	assert_int_equal(probe.config.bridge_count, 0);
	assert_string_equal(probe.config.serial, "S4");
	fake_attribute(second, "state", "dead\n");
	assert_int_equal(probe_259(0), -ENODEV);
	assert_non_null(strstr(reason, "live"));
}

static void test_target_probe_refuses_nvme(void **state)
{
	fake_nvme();
	fake_attribute(NVME, "integrity/format", "T10-DIF-TYPE1-CRC\n");
	assert_int_equal(probe_259(1), -EOPNOTSUPP);
	assert_non_null(strstr(reason, "T10"));
	fake_attribute(NVME, "integrity/format", "none\n");
	fake_attribute(NVME, "metadata_bytes", "8\n");
	assert_int_equal(probe_259(1), -EOPNOTSUPP);
	fake_attribute(NVME, "metadata_bytes", "0\n");
	assert_int_equal(probe_259(1), 0);
	fake_attribute(NVME "/nvme0n1p1", "ro", "1\n");
	assert_int_equal(probe_259(1), -EROFS);
	fake_attribute(NVME "/nvme0n1p1", "ro", "0\n");
	fake_attribute(NVME, "queue/logical_block_size", "8192\n");
	assert_int_equal(probe_259(1), -EOPNOTSUPP);
	fake_attribute(NVME, "queue/logical_block_size", "512\n");
	fake_attribute(CONTROLLER, "transport", "tcp\n");
	assert_int_equal(probe_259(1), -EOPNOTSUPP);
	assert_non_null(strstr(reason, "fabrics"));
	assert_int_equal(probe_259(77), -ENODEV);
}

static void test_target_probe_refuses_vmd(void **state)
{
	static const char controller[] = "/sys/devices/pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:06.0/10000:e1:00.0/nvme/nvme0";
	char disk[256];

	snprintf(disk, sizeof(disk), "%s/nvme0n1", controller);
	fake_disk(disk, "nvme0n1p1");
	fake_attribute(controller, "transport", "pcie\n");
	fake_attribute(disk, "nsid", "1\n");
	assert_int_equal(probe_259(0), -EOPNOTSUPP);
	assert_non_null(strstr(reason, "VMD"));
}

static void test_target_probe_refuses_many_bridges(void **state)
{
	char controller[512] = "/sys/devices/pci0000:00", disk[600];

	for (unsigned i = 0; i < CONFIG_MAX_BRIDGES + 2; i++)
		snprintf(controller + strlen(controller), sizeof(controller) - strlen(controller), "/0000:%02x:00.0", i);
	strcat(controller, "/nvme/nvme0");
	snprintf(disk, sizeof(disk), "%s/nvme0n1", controller);
	fake_disk(disk, "nvme0n1p1");
	fake_attribute(controller, "transport", "pcie\n");
	fake_attribute(disk, "nsid", "1\n");
	assert_int_equal(probe_259(0), -EOPNOTSUPP);
	assert_non_null(strstr(reason, "bridges"));
}

#define VIRTIO "/sys/devices/pci0000:00/0000:00:02.0/virtio0"

static void fake_virtio(const char *features)
{
	fake_disk(VIRTIO "/block/vda", "vda1");
	fake_attribute(VIRTIO "/block/vda", "serial", "0123456789abcdefghijKLM\n");
	fake_attribute(VIRTIO, "features", features);
	fake_link(VIRTIO "/driver", "/sys/bus/virtio/drivers/virtio_blk");
	fake_link(VIRTIO "/block/vda/device", VIRTIO);
	fake_pci("0000:00:02.0", "0x1af4\n", "0x1042\n");
}

static void test_target_probe_virtio_blk(void **state)
{
	fake_virtio("0010101101110000000000000000110010000000000000000000000000000000\n");
	assert_int_equal(probe_259(1), 0);
	assert_int_equal(probe.config.driver, DRIVER_VIRTIO_BLK);
	assert_int_equal(probe.config.bridge_count, 0);
	assert_int_equal(probe.config.device_id, 0x1042);
	assert_int_equal(probe.config.unit, 0);
	assert_string_equal(probe.config.serial, "0123456789abcdefghij");
}

static void test_target_probe_refuses_legacy_virtio(void **state)
{
	fake_virtio("0010101101110000000000000000110000000000000000000000000000000000\n");
	assert_int_equal(probe_259(1), -EOPNOTSUPP);
	assert_non_null(strstr(reason, "legacy"));
}

static void test_target_probe_refuses_virtio_mmio(void **state)
{
	static const char disk[] = "/sys/devices/platform/virtio-mmio/virtio0/block/vda";

	fake_disk(disk, "vda1");
	fake_attribute("/sys/devices/platform/virtio-mmio/virtio0", "features", "111111111111111111111111111111111111\n");
	fake_link("/sys/devices/platform/virtio-mmio/virtio0/driver", "/sys/bus/virtio/drivers/virtio_blk");
	fake_link("/sys/devices/platform/virtio-mmio/virtio0/block/vda/device", "/sys/devices/platform/virtio-mmio/virtio0");
	assert_int_equal(probe_259(0), -EOPNOTSUPP);
	assert_non_null(strstr(reason, "PCI"));
}

#define ATA "/sys/devices/pci0000:00/0000:00:1f.2/ata3"
#define ATA_DEVICE ATA "/host2/target2:0:0/2:0:0:0"
#define ATA_DISK ATA_DEVICE "/block/sda"

static void fake_ahci(const char *driver)
{
	char link[128];

	fake_disk(ATA_DISK, "sda1");
	fake_link(ATA_DISK "/device", ATA_DEVICE);
	fake_link(ATA_DEVICE "/driver", "/sys/bus/scsi/drivers/sd");
	snprintf(link, sizeof(link), "/sys/bus/pci/drivers/%s", driver);
	fake_link("/sys/devices/pci0000:00/0000:00:1f.2/driver", link);
	fake_file("/sys/class/ata_port/ata3/port_no", "3\n");
	fake_file("/sys/class/ata_port/ata3/nr_pmp_links", "0\n");
	fake_data(ATA_DEVICE "/vpd_pg80", "\0\x80\0\x14        LB-SERIAL-1 ", 24);
	fake_data(ATA_DEVICE "/vpd_pg83", "\0\x83\0\x0c\1\3\0\x8\x50\1\2\3\4\5\6\7", 16);
	fake_pci("0000:00:1f.2", "0x8086\n", "0x2922\n");
}

static void test_target_probe_ahci(void **state)
{
	static const u8 wwn[] = { 0x50, 1, 2, 3, 4, 5, 6, 7 }, zeros[16];

	fake_ahci("ahci");
	assert_int_equal(probe_259(1), 0);
	assert_int_equal(probe.config.driver, DRIVER_AHCI);
	assert_int_equal(probe.config.unit, 2);
	assert_int_equal(probe.config.pci.devfn, 0x1f << 3 | 2);
	assert_int_equal(probe.config.bridge_count, 0);
	assert_int_equal(probe.config.start_block, 2048);
	assert_string_equal(probe.config.serial, "LB-SERIAL-1");
	assert_memory_equal(probe.config.eui64, wwn, sizeof(wwn));
	assert_memory_equal(probe.config.nguid, zeros, sizeof(zeros));
	assert_string_equal(probe.disk, "sda");
	assert_string_equal(target_driver_name(probe.config.driver), "AHCI");
}

static void test_target_probe_refuses_ahci(void **state)
{
	fake_ahci("ahci");
	fake_file("/sys/class/ata_port/ata3/nr_pmp_links", "5\n");
	assert_int_equal(probe_259(1), -EOPNOTSUPP);
	assert_non_null(strstr(reason, "port multiplier"));
	fake_file("/sys/class/ata_port/ata3/nr_pmp_links", "0\n");
	fake_file("/sys/class/ata_port/ata3/port_no", "33\n");
	assert_int_equal(probe_259(1), -ENODEV);
	fake_file("/sys/class/ata_port/ata3/port_no", "3\n");
	fake_attribute(ATA_DISK, "queue/zoned", "host-managed\n");
	assert_int_equal(probe_259(1), -EOPNOTSUPP);
	assert_non_null(strstr(reason, "zoned"));
	fake_attribute(ATA_DISK, "queue/zoned", "host-aware\n");
	assert_int_equal(probe_259(1), 0);
	fake_data(ATA_DEVICE "/vpd_pg80", "\0\x80\0\4    ", 8);
	assert_int_equal(probe_259(1), -EOPNOTSUPP);
	assert_non_null(strstr(reason, "serial number"));
}

#define SCSI "/sys/devices/pci0000:00/0000:00:04.0/virtio1"
#define SCSI_DEVICE SCSI "/host2/target2:0:3/2:0:3:258"
#define SCSI_DISK SCSI_DEVICE "/block/sda"

static void fake_virtio_scsi(const char *features)
{
	fake_disk(SCSI_DISK, "sda1");
	fake_link(SCSI_DISK "/device", SCSI_DEVICE);
	fake_link(SCSI_DEVICE "/driver", "/sys/bus/scsi/drivers/sd");
	fake_link(SCSI "/driver", "/sys/bus/virtio/drivers/virtio_scsi");
	fake_link("/sys/devices/pci0000:00/0000:00:04.0/driver", "/sys/bus/pci/drivers/virtio-pci");
	fake_attribute(SCSI, "features", features);
	fake_pci("0000:00:04.0", "0x1af4\n", "0x1004\n");
}

static void test_target_probe_virtio_scsi(void **state)
{
	static const u8 eui[] = { 1, 2, 3, 4, 5, 6, 7, 8 }, zeros[16];

	fake_virtio_scsi("0110000000000000000000000000110010000000000000000000000000000000\n");
	assert_int_equal(probe_259(1), 0);
	assert_int_equal(probe.config.driver, DRIVER_VIRTIO_SCSI);
	assert_int_equal(probe.config.unit, 3 << 16 | 258);
	assert_int_equal(probe.config.device_id, 0x1004);
	assert_int_equal(probe.config.serial[0], 0);	/* none of this is needed */
	assert_memory_equal(probe.config.eui64, zeros, 8);
	fake_data(SCSI_DEVICE "/vpd_pg80", "\0\x80\0\x1e" "0123456789abcdefghijklmnopqrst", 34);
	fake_data(SCSI_DEVICE "/vpd_pg83", "\0\x83\0\x20\1\2\0\x8\1\2\3\4\5\6\7\x8\1\3\0\x10qrstuvwxyzABCDEF", 36);
	assert_int_equal(probe_259(1), 0);
	assert_string_equal(probe.config.serial, "0123456789abcdefghijklm");
	assert_memory_equal(probe.config.eui64, eui, sizeof(eui));
	assert_memory_equal(probe.config.nguid, "qrstuvwxyzABCDEF", 16);
}

static void test_target_probe_refuses_virtio_scsi(void **state)
{
	fake_virtio_scsi("0110000000000000000000000000110000000000000000000000000000000000\n");
	assert_int_equal(probe_259(1), -EOPNOTSUPP);
	assert_non_null(strstr(reason, "legacy"));
	fake_virtio_scsi("0110000000000000000000000000110010000000000000000000000000000000\n");
	fake_link(SCSI_DISK "/device", SCSI "/host2/target2:0:3/2:0:3:16384");
	fake_link(SCSI "/host2/target2:0:3/2:0:3:16384/driver", "/sys/bus/scsi/drivers/sd");
	assert_int_equal(probe_259(1), -EOPNOTSUPP);
	assert_non_null(strstr(reason, "LUN 16384"));
	fake_link(SCSI_DISK "/device", SCSI "/target2");
	fake_link(SCSI "/target2/driver", "/sys/bus/scsi/drivers/sd");
	assert_int_equal(probe_259(1), -ENODEV);
}

static void test_target_probe_refuses_other_controllers(void **state)
{
	static const char usb[] = "/sys/devices/pci0000:00/0000:00:14.0/usb1/1-1/1-1:1.0/host6/target6:0:0/6:0:0:0";
	char path[256];

	fake_ahci("ata_piix");
	assert_int_equal(probe_259(1), -EOPNOTSUPP);
	assert_non_null(strstr(reason, "driver: ata_piix"));
	snprintf(path, sizeof(path), "%s/block/sdb", usb);
	fake_disk(path, "sdb1");
	snprintf(path, sizeof(path), "%s/block/sdb/device", usb);
	fake_link(path, usb);
	snprintf(path, sizeof(path), "%s/driver", usb);
	fake_link(path, "/sys/bus/scsi/drivers/sd");
	fake_link("/sys/devices/pci0000:00/0000:00:14.0/usb1/1-1/1-1:1.0/driver", "/sys/bus/usb/drivers/usb-storage");
	fake_link("/sys/devices/pci0000:00/0000:00:14.0/driver", "/sys/bus/pci/drivers/xhci_hcd");
	assert_int_equal(probe_259(0), -EOPNOTSUPP);
	assert_non_null(strstr(reason, "sdb (driver: usb-storage)"));
}

static void test_target_probe_refuses_other_drivers(void **state)
{
	fake_disk("/sys/devices/pci0000:00/0000:00:1f.2/mmc0/block/mmcblk0", "mmcblk0p1");
	fake_link("/sys/devices/pci0000:00/0000:00:1f.2/mmc0/driver", "/sys/bus/mmc/drivers/mmcblk");
	fake_link("/sys/devices/pci0000:00/0000:00:1f.2/mmc0/block/mmcblk0/device", "/sys/devices/pci0000:00/0000:00:1f.2/mmc0");
	assert_int_equal(probe_259(0), -EOPNOTSUPP);
	assert_non_null(strstr(reason, "driver: mmcblk"));
	fake_disk("/sys/devices/virtual/block/dm-0", "none");
	assert_int_equal(probe_259(0), -EOPNOTSUPP);
	assert_non_null(strstr(reason, "device mapper"));
}

#define with_root(test) cmocka_unit_test_setup_teardown(test, fake_root_setup, fake_root_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_root(test_target_probe_nvme_behind_a_bridge),
		with_root(test_target_probe_whole_disk),
		with_root(test_target_probe_4k_blocks),
		with_root(test_target_probe_nvme_multipath),
		with_root(test_target_probe_refuses_nvme),
		with_root(test_target_probe_refuses_vmd),
		with_root(test_target_probe_refuses_many_bridges),
		with_root(test_target_probe_virtio_blk),
		with_root(test_target_probe_refuses_legacy_virtio),
		with_root(test_target_probe_refuses_virtio_mmio),
		with_root(test_target_probe_ahci),
		with_root(test_target_probe_refuses_ahci),
		with_root(test_target_probe_virtio_scsi),
		with_root(test_target_probe_refuses_virtio_scsi),
		with_root(test_target_probe_refuses_other_controllers),
		with_root(test_target_probe_refuses_other_drivers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
