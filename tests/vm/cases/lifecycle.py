# SPDX-License-Identifier: GPL-2.0
"""After the dump: the next boot collects, whatever interrupts it; and what start does about what it finds."""
import re
import time

from .. import cache, debian, peer, target
from ..disk import Disk
from ..runner import case
from ..story import GUARDED, TARGET_PART
from ..vmcore import Vmcore
from .faults import not_loaded


def crash_and_boot_again(story, guest, device):
    """Arms, panics, and comes back when the guest takes commands again."""
    guest.boot()
    story.arm(guest, device)
    again = guest.shell.mark()
    guest.panic()
    guest.shell.expect(r"^@exit 0\n", 60, again)
    guest.check(f"echo 'raw {device}' > /etc/kdump.conf")


def state(guest, disk):
    guest.qmp("stop")
    found = target.Target(disk, disk.range(TARGET_PART)[0])
    guest.qmp("cont")
    return found


@case("x86_64-nvme-collect_reset")
def collect_reset(story):
    """The machine is reset under collect; the next boot finishes it, and the copy is the dump."""
    disk = story.disk("nvme", partitions=GUARDED)
    base = story.folder / "save.ext4"
    cache.run("mke2fs", "-q", "-t", "ext4", base, "1400M")
    save = Disk(story.folder, "SAVE", "virtio", base=base)
    mount = f"mount {save.device(0)} /var/crash"
    with story.guest([disk, save], memory="384M", reboot=True) as guest:
        crash_and_boot_again(story, guest, disk.device(0, TARGET_PART))
        whole = state(guest, disk)
        assert whole.state == target.COMPLETE, f"{whole}"
        whole.extract(story.folder / "vmcore")
        guest.check(mount)
        again = guest.shell.mark()
        guest.send("(kdumpctl collect >/dev/null 2>&1 &) ; until grep -q . /var/crash/*/vmcore-incomplete 2>/dev/null; do :; done; sleep 0.5; echo started; sleep 60")
        guest.shell.expect(r"^started", 30, again)
        guest.qmp("system_reset")
        guest.shell.expect(r"^@exit 0\n", 60, again)
        guest.check(f"echo 'raw {disk.device(0, TARGET_PART)}' > /etc/kdump.conf; {mount}")
        guest.check("kdumpctl collect", 120)
        listed = guest.check("cd /var/crash/*-*; ls; stat -c '%a %s' vmcore; cat kdump.log; sync; cd /; umount /var/crash")
        assert f"600 {whole.dump_bytes}" in listed and "incomplete" not in listed, listed
        assert state(guest, disk).state == target.EMPTY, "the target was not emptied"
        assert re.search("no dump", guest.check("kdumpctl collect")), "a second collect found something"
        guest.qmp("stop")
    image = story.folder / "save"
    save.extract(0, 1400 << 20, image)
    copy = debian.read_file(image, f"/{re.search('lifeboat-guest-[-0-9:]+', debian.list_root(image))[0]}/vmcore", story.folder / "copy")
    assert copy.read_bytes() == (story.folder / "vmcore").read_bytes(), "the collected vmcore differs from the dump"
    Vmcore(copy).check(2, 384)
    story.untouched(disk, TARGET_PART)


@case("x86_64-virtio-start_collects_first")
def start_collects_first(story):
    """The dump that start finds is collected before the target is armed again."""
    disk = story.disk("virtio", partitions=GUARDED)
    save = story.disk("nvme", size_mb=1000)
    with story.guest(memory="384M", reboot=True) as guest:
        device = disk.device(0, TARGET_PART)
        crash_and_boot_again(story, guest, device)
        guest.check(f"mke2fs {save.device(0)} >/dev/null 2>&1; mount {save.device(0)} /var/crash")
        guest.check("kdumpctl start", 120)
        guest.check("ls /var/crash/*/vmcore && kdumpctl status")
        assert state(guest, disk).state == target.ARMED
    story.disks.remove(save)
    story.untouched(disk, TARGET_PART)


@case("x86_64-nvme-final_poweroff")
def final_poweroff(story):
    disk = story.disk("nvme", partitions=GUARDED)
    with story.guest(reboot=True) as guest:
        guest.boot()
        story.arm(guest, disk.device(0, TARGET_PART), lines="final_action poweroff\\n")
        guest.panic()
        guest.wait_end(60)	# with reboot=True only a poweroff ends QEMU
    story.dumped(disk, TARGET_PART)


@case("x86_64-nvme-failure_halt")
def failure_halt(story):
    """Nothing can be written, and failure_action halt keeps the reason on the screen."""
    disk = story.disk("nvme", partitions=GUARDED)
    with story.guest() as guest:
        guest.boot()
        device = disk.device(0, TARGET_PART)
        story.arm(guest, device, lines="failure_action halt\\n")
        guest.check(f"dd if=/dev/zero of={device} bs=4096 count=1 oflag=direct conv=notrunc")
        guest.panic()
        guest.console.expect("LB-20[67]:", 60)
        time.sleep(2)
        assert guest.qmp("query-status")["running"], "the guest did not halt"
    story.untouched(disk, TARGET_PART)


@case("x86_64-nvme-failure_poweroff", soak=True)
def failure_poweroff(story):
    disk = story.disk("nvme", partitions=GUARDED)
    with story.guest(reboot=True) as guest:
        guest.boot()
        device = disk.device(0, TARGET_PART)
        story.arm(guest, device, lines="failure_action poweroff\\n")
        guest.check(f"dd if=/dev/zero of={device} bs=4096 count=1 oflag=direct conv=notrunc")
        guest.panic()
        guest.console.expect("LB-20[67]:", 60)
        guest.wait_end(60)	# with reboot=True only a poweroff ends QEMU
    story.untouched(disk, TARGET_PART)


@case("x86_64-nvme-another_tools_image")
def another_tools_image(story):
    """start leaves an image of stock kexec alone, unless forced."""
    disk = story.disk("nvme", partitions=GUARDED)
    with story.guest(append="crashkernel=128M", files=peer.layer("true")) as guest:
        guest.boot()
        story.prepare(guest, disk.device(0, TARGET_PART))
        peer.arm(guest)
        guest.refuse("kdumpctl start", "force")
        guest.check("kdumpctl start --force && kdumpctl status")
        guest.panic()
        guest.wait_end()
    story.dumped(disk, TARGET_PART, region_mb=128)


@case("x86_64-nvme-cpu_offline")
def cpu_offline(story):
    """A CPU goes offline after arming: status tells, reload arms again, the dump is whole."""
    disk = story.disk("nvme", partitions=GUARDED)
    with story.guest(cpus=3) as guest:
        guest.boot()
        story.arm(guest, disk.device(0, TARGET_PART))
        guest.check("echo 0 > /sys/devices/system/cpu/cpu2/online")
        code, said = guest.run("kdumpctl status")
        assert code == 3 and "reload" in said, f"status after CPU hotplug: exit {code}: {said}"
        guest.check("kdumpctl reload && kdumpctl status --json | grep -q operational")
        guest.panic(cpu=1)
        guest.wait_end()
    story.dumped(disk, TARGET_PART)


@case("x86_64-nvme-refuse_scalable_vtd")
def refuse_scalable_vtd(story):
    disk = story.disk("nvme", partitions=GUARDED)
    with story.guest(append="crashkernel=1M intel_iommu=on,sm_on", devices=["intel-iommu,x-scalable-mode=on"]) as guest:
        guest.boot()
        assert guest.check("ls /sys/class/iommu").strip(), "the guest has no IOMMU"
        story.prepare(guest, disk.device(0, TARGET_PART))
        guest.refuse("kdumpctl start", "iommu", "sm_off")
        not_loaded(guest)
    story.untouched(disk, TARGET_PART)
