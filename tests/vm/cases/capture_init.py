# SPDX-License-Identifier: GPL-2.0
"""kdump-init, the first process of a Linux capture kernel: what it saves, and what it does when it can't.

Most cases boot Debian's kernel with old memory that is made up (vmcore.py), so that every byte that must be
on the disk is known and nothing need crash first; some load it as a real capture kernel and panic.
"""
import hashlib
import re
import struct
import zlib

from .. import cache, initramfs
from ..runner import case
from ..story import kernel
from .vmcore import BASE, CPU, DATA, elfcorehdr, expected

MIB = 1 << 20
INIT = cache.BUILD / "boot/kdump-init"
DISK_MODULES = ("virtio_pci", "virtio_blk")
BUSYBOX = cache.Path("/bin/busybox")
FS_MODULES = {"ext4": (), "xfs": ("xfs",), "vfat": ("vfat", "nls_cp437", "nls_ascii")}
UUID = "6c1d3f0a-0b5e-4c59-9d9a-1f2e3d4c5b6a"
VFAT_ID = "1A2B-3C4D"
GOOD = f"target ext4 UUID={UUID} /var/crash"


def image(story, plan, modules=DISK_MODULES, files=()):
    """A capture initramfs: init, plan, modules; scripts are shell lines for busybox."""
    archive = {"/init": INIT}
    lines = ["host crashed", "content c0ffee", f"region {64 * MIB}"]
    for file in kernel().modules(modules):
        archive[f"/modules/{file.name}"] = file
        lines.append(f"module /modules/{file.name}")
    for name, content in dict(files).items():
        if name.endswith(".sh"):
            archive["/bin/busybox"] = BUSYBOX
            content = (f"#!/bin/busybox sh\n{content}\n".encode(), 0o755)
        archive[name] = content
    archive["/kdump-plan"] = "\n".join([*lines, *plan, ""]).encode()
    path = story.folder / "capture.cpio"
    path.write_bytes(initramfs.cpio(archive))
    return path


def mkfs(story, disk, fstype, partition=1, label="crash"):
    """Makes a file system in a partition."""
    start, end = disk.range(partition)
    file = story.folder / "fs"
    with open(file, "wb") as out:
        out.truncate(end - start)
    cache.run(*{"ext4": ["mkfs.ext4", "-q", "-F", "-U", UUID, "-L", label],
                "xfs": ["mkfs.xfs", "-q", "-m", f"uuid={UUID}", "-L", label],
                "vfat": ["mkfs.vfat", "-i", VFAT_ID.replace("-", ""), "-n", label.upper()]}[fstype], file)
    put(disk, file, start)
    return disk


def put(disk, file, start):
    """A file's data to a place on the disk, before the story."""
    with open(file, "rb") as data, open(disk.base, "r+b") as out:
        at = 0
        while block := data.read(MIB):
            if block.count(0) != len(block):
                out.seek(start + at)
                out.write(block)
            at += len(block)
    file.unlink()


def capture(story, plan, modules=DISK_MODULES, files=(), append="", memory="256M", disks=(), **options):
    """A guest that believes to be a capture kernel, with kdump-init and this plan."""
    (story.folder / "header").write_bytes(elfcorehdr(True))
    (story.folder / "data").write_bytes(DATA)
    return story.guest(disks, f"memmap=64M$0x{BASE:x} elfcorehdr=0x{BASE:x} {append}", image=image(story, plan, modules, files),
                       memory="400M", cpus=1, cpu=CPU,
                       devices=[f"loader,file={story.folder}/header,addr={BASE:#x},force-raw=on",
                                f"loader,file={story.folder}/data,addr={BASE + MIB:#x},force-raw=on"], **options)


def ext4_files(story, disk, partition=1):
    """What is below /var/crash of an ext4 file system that fsck finds clean: {path: bytes}."""
    file, tree = story.folder / "fs", story.folder / "tree"
    start, end = disk.range(partition)
    disk.extract(start, end - start, file)
    cache.run("e2fsck", "-fn", file)
    tree.mkdir()
    cache.run("debugfs", "-R", f"rdump /var/crash {tree}", file)
    return {str(path.relative_to(tree / "crash")): path.read_bytes() for path in tree.rglob("*") if path.is_file()}


def one_dump(files):
    """The only dump's files by name, and its folder's name."""
    folders = {path.split("/")[0] for path in files}
    assert len(folders) == 1, f"folders: {folders}"
    return {path.split("/")[1]: data for path, data in files.items()}, folders.pop()


def saved(files):
    """The made-up memory was saved, byte by byte, with the texts that belong to it."""
    found, folder = one_dump(files)
    assert re.fullmatch(r"crashed-\d{4}-\d\d-\d\d-\d\d:\d\d:\d\d", folder), folder
    assert sorted(found) == ["kdump.log", "kexec-dmesg.log", "vmcore"], sorted(found)
    assert found["vmcore"] == expected(True), "the vmcore differs"
    report = dict(line.split(None, 1) for line in found["kdump.log"].decode().splitlines())
    assert report["state"] == "complete" and report["content"] == "c0ffee", report
    assert int(report["vmcore_bytes"]) == len(expected(True)) and int(report["region_bytes"]) == 64 * MIB, report
    assert 8 * MIB < int(report["peak_bytes"]) < int(report["memory_bytes"]) < 400 * MIB, report
    assert b"kdump-init: saving to" in found["kexec-dmesg.log"], found["kexec-dmesg.log"][-500:]
    assert not re.search(rb"^<\d", found["kexec-dmesg.log"], re.M), "levels are left in kexec-dmesg.log"


@case("x86_64-capture-ext4", device=f"UUID={UUID}")
@case("x86_64-capture-ext4_partuuid", soak=True, device="PARTUUID=4546494c-02")
def ext4(story, device):
    """The plain case: found by what it holds, saved, unmounted clean, rebooted."""
    disk = mkfs(story, story.disk("virtio", size_mb=200, partitions=(16, 96)), "ext4", 2)
    with capture(story, [f"target ext4 {device} /var/crash noatime,x-systemd.automount"]) as guest:
        guest.console.expect("kdump-init: the dump is saved: .*/vmcore", 60)
        guest.console.expect("reboot: Restarting system", 20)
        guest.wait_end(30)
    saved(ext4_files(story, disk, 2))
    story.untouched(disk, 2)
