# SPDX-License-Identifier: GPL-2.0
"""Stock Debian with one disk, as installed: crashkernel= and the enabled units are all the preparation there is.
The root file system, of every kind and on every kind of disk, holds the dump after the reboot."""
import re
from dataclasses import dataclass

from .. import cache, debian, filesystem, initramfs
from ..disk import Disk, MIB
from ..runner import case
from ..story import kernel
from .capture_init import mkfs
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


def install(story, root, more=()):
    """The disk, with Debian, its kernel's modules, Lifeboat and more files in its root file system."""
    disk = story.disk(root.kind, size_mb=ROOT_MB + 2, partitions=(ROOT_MB,))
    script = (cache.REPO / "tests/vm/guest/story.sh").read_bytes()
    files = {**debian.installed(), "/usr/local/bin/story.sh": (script, 0o755), "/etc/systemd/system/story.service": TELL,
             **{name: file for name, file in system(("xfs", "dm_mod", "crc32c_intel", "loop"), flavour=root.flavour).items() if name not in (INIT, SAVE)},
             "/etc/systemd/system/multi-user.target.wants/.keep": b"",
             "/etc/fstab": f"{root.device(disk)} / {root.fstype} defaults 0 0\n".encode(), **dict(more)}
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


def live(story, root, disk, region_mb, more_disks=()):
    """Boots, arms, panics, saves, boots again, powers off; what was told before the panic and after it, and the vmcore's name."""
    files = {"/autorun": cache.REPO / "tests/vm/guest/mount_root", **root.tools()}
    append = f"root={root.device(disk)} rootfstype={root.fstype} crashkernel={region_mb}M"
    with story.guest([disk, *more_disks], append, files, memory=f"{MEMORY_MB}M", reboot=True, timeout=500) as guest:
        guest.console.expect("story: panic", 180)
        guest.console.expect("kdump-init: the dump is saved", 180)
        guest.console.expect("story: end", 240)
        guest.wait_end(60)
    console = guest.console.text()
    before, after = "\n".join(re.findall(r"story: (.*)", console)).split("second boot")
    assert re.search(r"kdump-collect.service: a dump was saved: /var/crash/debian12-\S+/vmcore", after), after
    found = re.search(r"found 600 \d+ (/var/crash/debian12-\d{4}-\d\d-\d\d-\d\d:\d\d:\d\d/vmcore)$", after, re.M)
    assert found, after
    return before, after, found[1], console


def holds(story, root, disk, name):
    """The vmcore in the root file system is whole."""
    check_vmcore(read_back(story, root, disk, name), symbols=root.flavour == cache.CLOUD)


@case("x86_64-linuxmode-debian12_life", soak=True, root=Root("nvme", "ext4"))
@case("x86_64-linuxmode-debian12_virtio_ext4", soak=True, root=Root("virtio", "ext4"))
@case("x86_64-linuxmode-debian12_ahci_ext4", soak=True, root=Root("ahci", "ext4"))
@case("x86_64-linuxmode-debian12_nvme_xfs", soak=True, root=Root("nvme", "xfs"))
@case("x86_64-linuxmode-debian12_virtio_lvm", soak=True, root=Root("virtio", "ext4", lvm=True))
@case("x86_64-linuxmode-debian12_nvme_lvm_xfs", soak=True, root=Root("nvme", "xfs", lvm=True))
def root_holds_dump(story, root):
    disk = install(story, root)
    region_mb = 128 if root.flavour == "amd64" else REGION_MB
    before, after, name, _ = live(story, root, disk, region_mb)
    for part in (before, after):
        assert re.search(r"status: operational: .*linux mode: the target is a file system", part), part
    holds(story, root, disk, name)


@case("x86_64-linuxmode-debian12_dump_to_rootfs", soak=True)
def dump_to_rootfs(story):
    """The target has vanished when the machine panics: scripts tell of it, the dump lands in the root file system."""
    root, region_mb = Root("virtio", "ext4"), 128
    lines = ("ext4 LABEL=crash\nfailure_action dump_to_rootfs\nkdump_post /etc/post\nkdump_emergency /etc/emergency\n"
             "extra_modules loop\ntime_limit 240\n")
    more = {"/etc/kdump.conf": lines.encode(), "/usr/bin/busybox": cache.Path("/bin/busybox"),
            "/etc/post": (b"#!/bin/sh\necho post got $1\n", 0o755),
            "/etc/emergency": (b"#!/bin/sh\necho emergency after $(cut -d. -f1 /proc/uptime) s\n", 0o755),
            "/usr/local/bin/before-panic": (b"#!/bin/sh\ndd if=/dev/zero of=/dev/nvme0n1p1 bs=1M count=4 conv=notrunc,fsync\n", 0o755)}
    disk = install(story, root, more)
    lost = mkfs(story, story.disk("nvme", size_mb=66, partitions=(64,)), "ext4")
    before, _, name, console = live(story, root, disk, region_mb, [lost])
    assert "status: operational" in before, before
    mark = 0
    for words in (r"UUID=\S+: no such device, waited \d+ s", "post: post got 1", "failure action: dump_to_rootfs",
                  "emergency: emergency after", r"the dump is saved: \S+:/var/crash/debian12-", "kdump-init: rebooting"):
        found = re.compile(words).search(console, mark)
        assert found, f"the console does not say '{words}' then"
        mark = found.end()
    holds(story, root, disk, name)
