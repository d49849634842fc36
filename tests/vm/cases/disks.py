# SPDX-License-Identifier: GPL-2.0
"""What each driver must do beside dumping: the right disk of many, errors, a disk that hangs or is gone, collect."""
from .. import cache, target
from ..disk import MIB
from ..runner import case
from ..story import GUARDED, TARGET_PART, kernel
from .faults import HOTPLUG, fails, not_loaded
from .lifecycle import crash_and_boot_again, state

EQUAL = (16, 600, 64)	# as GUARDED, for a guest of 512 MiB


def sd_of(guest, serial):
    """The sd disk with this serial number; what Linux calls it is a matter of who was first."""
    find = f"grep -l {serial} /sys/block/sd*/device/vpd_pg80 2>/dev/null"
    return f"/dev/{guest.check(f'until {find} >/dev/null; do sleep 0.1; done; {find}', 20).split('/')[3]}"


@case("x86_64-ahci-right_disk", kind="ahci", loader="kexec_load")
@case("x86_64-scsi-right_disk", kind="scsi", loader="kexec_file_load")
def right_disk(story, kind, loader):
    """Four disks alike at one controller: only the one that was armed is written."""
    disks = [story.disk(kind, partitions=EQUAL, size_mb=700) for _ in range(4)]
    with story.guest(memory="512M") as guest:
        guest.boot()
        story.arm(guest, f"{sd_of(guest, disks[2].name)}{TARGET_PART}", loader)
        guest.check(f"grep -q {disks[2].name} /run/lifeboat/config")	# armed with the serial number
        guest.panic()
        guest.wait_end()
    story.dumped(disks[2], TARGET_PART, memory_mb=512)


@case("x86_64-ahci-whole_disk", soak=True, kind="ahci", loader="kexec_file_load")
@case("x86_64-scsi-whole_disk", kind="scsi", loader="kexec_load")
@case("x86_64-scsi-whole_disk_4096", soak=True, kind="scsi", loader="kexec_file_load", block=4096)
def whole_disk(story, kind, loader, block=512):
    disk = story.disk(kind, size_mb=700, block=block)
    with story.guest(memory="512M") as guest:
        guest.boot()
        story.arm(guest, disk.device(0), loader)
        guest.panic(cpu=1)
        guest.wait_end()
    story.dumped(disk, memory_mb=512)


@case("x86_64-ahci-collect", soak=True, kind="ahci")
@case("x86_64-scsi-collect", soak=True, kind="scsi")
def collect(story, kind):
    """The next boot collects from the disk, and start arms it again."""
    disk = story.disk(kind, partitions=GUARDED)
    save = story.disk("virtio", size_mb=1000)
    device = disk.device(0, TARGET_PART)
    with story.guest(memory="384M", reboot=True) as guest:
        crash_and_boot_again(story, guest, device)
        assert state(guest, disk).state == target.COMPLETE
        guest.check(f"mke2fs {save.device(0)} >/dev/null 2>&1 && mount {save.device(0)} /var/crash")
        guest.check(f"until test -b {device}; do sleep 0.1; done; kdumpctl start", 120)
        guest.check("ls /var/crash/*/vmcore && kdumpctl status")
        assert state(guest, disk).state == target.ARMED
    story.disks.remove(save)
    story.untouched(disk, TARGET_PART)


@case("x86_64-nvme-write_error", kind="nvme")
@case("x86_64-virtio-write_error", soak=True, kind="virtio")
@case("x86_64-ahci-write_error", kind="ahci")
@case("x86_64-scsi-write_error", kind="scsi")
def write_error(story, kind):
    """A block that can't be written ends the dump with LB-205 and its place; what was before it is there."""
    bad = 16 * MIB + 200 * MIB + 8192
    disk = story.disk(kind, partitions=GUARDED, raw=True, bad_block=bad)

    def after(_):
        start, _ = disk.range(TARGET_PART)
        found = target.Target(disk, start)
        assert (found.state, found.first_error) == (target.FAILED, 205), f"{found}"
        assert 0 <= bad - start - found.first_error_offset < MIB, f"{found.first_error_offset}"
        assert b"sysrq triggered crash" in b"".join(found.stage1(target.DMESG)), "stage 1 is lost"
    fails(story, "205", lambda *_: None, after=after, disk=disk)


@case("x86_64-ahci-hangs", soak=True, kind="ahci")
@case("x86_64-scsi-hangs", soak=True, kind="scsi")
def hangs(story, kind):
    """A disk that takes hours for a block: LB-202 after 30 s, and the machine comes back."""
    def slow_down(guest, disk, device):
        guest.qmp("block_set_io_throttle", device="d0", bps=0, bps_rd=0, bps_wr=100, iops=0, iops_rd=0, iops_wr=0)

    def after(disk):
        found = target.Target(disk, disk.range(TARGET_PART)[0])
        assert found.state in (target.ARMED, target.STAGE1_STATE), f"{found}"
    fails(story, "202", slow_down, kind, after)


@case("x86_64-scsi-target_gone", soak=True, other=False, code="201")
@case("x86_64-scsi-target_swapped", soak=True, other=True, code="203")
def scsi_target_gone(story, other, code):
    """The disk is taken from its host, and perhaps another one put in its place."""
    disk = story.disk("scsi", size_mb=1400)

    def pull(guest, *_):
        # QEMU says DEVICE_DELETED once nothing refers to the disk any more, which may be late; the guest knows at once.
        guest.qmp("device_del", id="disk0")
        guest.check("while test -e /sys/block/sda; do sleep 0.1; done", 30)
        if other:
            guest.qmp("device_add", **{"driver": "scsi-hd", "id": "new", "drive": "spare", "serial": "OTHER", "bus": "scsi.0",
                                       "scsi-id": 0, "lun": 0})
    spare = story.folder / "spare.raw"
    cache.run("truncate", "-s", "1400M", spare)
    fails(story, code, pull, disk=disk, drives=[f"if=none,id=spare,file={spare},format=raw"])
    assert not any(spare.read_bytes()), "the other disk was written"


@case("x86_64-ahci-controller_gone", kind="ahci", controller="ahci", bus="hba.3")
@case("x86_64-scsi-controller_gone", soak=True, kind="scsi", controller="virtio-scsi-pci", bus="hba.0")
def controller_gone(story, kind, controller, bus):
    """Somebody pulls the controller with the disk."""
    disk = story.disk(kind, size_mb=1400, bus=bus)

    def pull(guest, *_):
        guest.qmp("device_del", id="hba")
        guest.qmp.wait_event("DEVICE_DELETED", 30)
    fails(story, "201", pull, disk=disk, devices=[HOTPLUG, f"{controller},id=hba,bus=port0"])


@case("x86_64-ahci-ordered", kind="ahci")
@case("x86_64-scsi-ordered", soak=True, kind="scsi")
def ordered(story, kind):
    """The first target fails half way: the second one, another disk of the same controller, gets all of the dump."""
    disks = [story.disk(kind, size_mb=700) for _ in range(2)]
    with story.guest(memory="512M") as guest:
        guest.boot()
        first, second = (sd_of(guest, disk.name) for disk in disks)
        guest.check(f"printf 'raw {first}\\nraw {second}\\n' > /etc/kdump.conf")
        guest.check(f"kdumpctl mkdump {first} && kdumpctl mkdump {second} && kdumpctl start")
        guest.check(f"printf lost | dd of={first} bs=4096 seek={3 * target.CHUNK // 4096} conv=notrunc,fsync")
        guest.panic()
        guest.wait_end()
    found = target.Target(disks[0], 0)
    assert (found.state, found.first_error) == (target.FAILED, 209), f"{found}"
    story.disks.remove(disks[0])
    story.dumped(disks[1], memory_mb=512)


@case("x86_64-usb-refused", modules=("xhci_pci", "usb_storage"), devices=("qemu-xhci", "usb-storage,drive=d9"), driver="usb-storage")
@case("x86_64-megaraid-refused", soak=True, modules=("megaraid_sas",), devices=("megasas,id=m", "scsi-hd,bus=m.0,drive=d9"), driver="megaraid_sas")
def refused(story, modules, devices, driver):
    """A controller that the dump kernel can't drive is refused with its driver's name, by whatever would write or arm."""
    spare = story.folder / "spare.raw"
    cache.run("truncate", "-s", "1400M", spare)
    files = {f"/more/{place}.ko": file for place, file in enumerate(kernel(flavour="amd64").modules(modules))}
    with story.guest(flavour="amd64", files=files, drives=[f"if=none,id=d9,file={spare},format=raw"], devices=devices) as guest:
        guest.boot()
        guest.check("for place in $(seq 0 20); do test -e /more/$place.ko && insmod /more/$place.ko 2>/dev/null; done; "
                    "until test -b /dev/sda; do sleep 0.1; done", 30)
        guest.refuse("kdumpctl mkdump /dev/sda", f"no driver.*{driver}", "AHCI")
        guest.check("echo 'raw /dev/sda' > /etc/kdump.conf")
        guest.refuse("kdumpctl start", f"no driver.*{driver}", "not operational")
        not_loaded(guest)
    assert not any(spare.read_bytes()), "the disk was written"
