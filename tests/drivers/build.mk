# SPDX-License-Identifier: GPL-2.0
# The driver test kernel: the dump kernel's drivers and kernel.c, started by QEMU's -kernel.

DRIVERS := ahci ahci_hba ahci_port clock disk disk_driver font framebuffer libk nvme nvme_controller nvme_queue pci reset \
	scsi serial virtio_blk virtio_pci virtio_scsi vtd watchdog
DRIVERS_OBJ := $(addprefix $(DK)/tests/drivers/,start.S.o kernel.c.o) $(DRIVERS:%=$(DK)/dumpkernel/%.c.o) \
	$(DK)/capture/scsi_vpd.c.o

$(BUILD)/tests-drivers.elf: $(DRIVERS_OBJ)
	$(call say,LD,$@)ld -nostdlib -static -z noexecstack --build-id=none -Ttext=0x200000 -e start -o $@ $(DRIVERS_OBJ)
