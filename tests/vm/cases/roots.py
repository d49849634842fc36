# SPDX-License-Identifier: GPL-2.0
"""Stock Debian with one disk, as installed: crashkernel= and the enabled units are all the preparation there is.
The root file system, of every kind and on every kind of disk, holds the dump after the reboot."""
import re
from dataclasses import dataclass

from .. import cache, debian, filesystem, initramfs
from ..disk import Disk, MIB
from ..runner import case
from ..story import kernel
from .debian import TELL
from .linuxmode import INIT, LVM_TOOLS, MEMORY_MB, REGION_MB, SAVE, check_vmcore, system

ROOT_MB = 3072
LVM_HEAD_MB = 1			# before the first volume of a physical volume (lvm.conf, default_data_alignment)
NO_UDEV = "--config 'activation/udev_sync=0 activation/udev_rules=0'"


@dataclass
class Root:
    """Where a system's root file system lies: in the only partition of its only disk, or in a volume of it."""

    kind: str
    fstype: str
    lvm: bool = False

    @property
    def flavour(self):
        return "amd64" if self.kind == "ahci" else cache.CLOUD

    def device(self, disk, place=0):
        return "/dev/mapper/debian-root" if self.lvm else disk.device(place, 1)

    def range(self, disk):
        """[start, end) of the file system on the disk."""
        start, end = disk.range(1)
        return (start + LVM_HEAD_MB * MIB, end) if self.lvm else (start, end)

    def tools(self):
        """{path: file} for an initramfs that shall find it."""
        modules = kernel(flavour=self.flavour).modules(["xfs"] * (self.fstype == "xfs") + ["dm_mod"] * self.lvm)
        files = {f"/modules/5{place}-{module.name}": module for place, module in enumerate(modules)}
        if self.lvm:
            files.update({tool: cache.Path(tool).resolve() for tool in LVM_TOOLS})
            files.update(initramfs.shared_libraries(LVM_TOOLS))
        return files


def install(story, root):
    """The disk, with Debian, its kernel's modules and Lifeboat in its root file system."""
    disk = story.disk(root.kind, size_mb=ROOT_MB + 2, partitions=(ROOT_MB,))
    script = (cache.REPO / "tests/vm/guest/story.sh").read_bytes()
    files = {**debian.installed(), "/usr/local/bin/story.sh": (script, 0o755), "/etc/systemd/system/story.service": TELL,
             **{name: file for name, file in system(("xfs", "dm_mod", "crc32c_intel"), flavour=root.flavour).items() if name not in (INIT, SAVE)},
             "/etc/systemd/system/multi-user.target.wants/.keep": b"",
             "/etc/fstab": f"{root.device(disk)} / {root.fstype} defaults 0 0\n".encode()}
    wants = "/etc/systemd/system/multi-user.target.wants"
    links = [(f"{wants}/{name}.service", f"/usr/local/lib/systemd/system/{name}.service") for name in ("kdump", "kdump-collect")]
    tree = debian.image(story.folder / "tree.ext4", files, [*links, (f"{wants}/story.service", "/etc/systemd/system/story.service")])
    if (root.fstype, root.lvm) == ("ext4", False):
        filesystem.place(disk, 1, tree)
    else:
        copy(story, root, disk, Disk(story.folder, "TREE", root.kind, base=tree))
    return disk


def copy(story, root, disk, tree):
    """As an installer does: makes volume and file system, and fills it."""
    device = root.device(disk)
    with story.guest([disk, tree], "", {**root.tools(), **filesystem.guest_files(kernel(), (f"/usr/sbin/mkfs.{root.fstype}",))}) as guest:
        guest.boot()
        if root.lvm:
            guest.check(f"lvm pvcreate {NO_UDEV} -y {disk.device(0, 1)} && lvm vgcreate {NO_UDEV} debian {disk.device(0, 1)}")
            guest.check(f"lvm lvcreate {NO_UDEV} -y -n root -l 100%FREE debian")
        guest.check(f"mkfs.{root.fstype} -q {device} && mkdir /from /to", 120)
        guest.check(f"mount -t {root.fstype} {device} /to && mount -o ro {tree.device(1)} /from")
        guest.check("cp -a /from/. /to/ && umount /to", 300)


def read_back(story, root, disk, name):
    """A file of the root file system, which fsck finds sound, from where it lies on the disk."""
    start, end = root.range(disk)
    filesystem.check_range(disk, start, end, root.fstype)
    with story.guest([disk], "", {**root.tools(), **filesystem.guest_files(kernel(flavour=root.flavour))}) as guest:
        guest.boot()
        if root.lvm:
            guest.check(f"lvm vgchange {NO_UDEV} -ay")
        guest.check(f"mount -t {root.fstype} -o ro {root.device(disk)} /mnt")
        places = filesystem.layout(guest, f"/mnt{name}", start)
        size = int(guest.check(f"stat -c %s /mnt{name}"))
    return filesystem.read(disk, places, size, story.folder / "vmcore")


@case("x86_64-linuxmode-debian12_life", soak=True, root=Root("nvme", "ext4"))
@case("x86_64-linuxmode-debian12_virtio_ext4", soak=True, root=Root("virtio", "ext4"))
@case("x86_64-linuxmode-debian12_ahci_ext4", soak=True, root=Root("ahci", "ext4"))
@case("x86_64-linuxmode-debian12_nvme_xfs", soak=True, root=Root("nvme", "xfs"))
@case("x86_64-linuxmode-debian12_virtio_lvm", soak=True, root=Root("virtio", "ext4", lvm=True))
@case("x86_64-linuxmode-debian12_nvme_lvm_xfs", soak=True, root=Root("nvme", "xfs", lvm=True))
def root_holds_dump(story, root):
    disk = install(story, root)
    region_mb = 128 if root.flavour == "amd64" else REGION_MB
    files = {"/autorun": cache.REPO / "tests/vm/guest/mount_root", **root.tools()}
    append = f"root={root.device(disk)} rootfstype={root.fstype} crashkernel={region_mb}M"
    with story.guest([disk], append, files, memory=f"{MEMORY_MB}M", reboot=True, timeout=500) as guest:
        guest.console.expect("story: panic", 180)
        guest.console.expect("kdump-init: the dump is saved", 180)
        guest.console.expect("story: end", 240)
        guest.wait_end(60)
    told = "\n".join(re.findall(r"story: (.*)", guest.console.text()))
    before, after = told.split("second boot")
    for part in (before, after):
        assert re.search(r"status: operational: .*linux mode: the target is a file system", part), part
    assert re.search(r"kdump-collect.service: a dump was saved: /var/crash/debian12-\S+/vmcore", after), after
    found = re.search(r"found 600 \d+ (/var/crash/debian12-\d{4}-\d\d-\d\d-\d\d:\d\d:\d\d/vmcore)$", after, re.M)
    assert found, after
    check_vmcore(read_back(story, root, disk, found[1]), symbols=root.flavour == cache.CLOUD)
