# SPDX-License-Identifier: GPL-2.0
"""kdump-init, the first process of a Linux capture kernel: what it saves, and what it does when it can't.

Most cases boot Debian's kernel with old memory that is made up (vmcore.py), so that every byte that must be
on the disk is known and nothing need crash first; some load it as a real capture kernel and panic.
"""
import hashlib
import re
import struct
import time
import zlib

from .. import cache, initramfs, vmcore
from ..runner import case
from ..story import GUARDED, TARGET_PART, kernel
from .linux import Tree
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
    lines = ["host crashed", "content c0ffee"]
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
    cache.run(*{**{ext: [f"mkfs.{ext}", "-q", "-F", "-U", UUID, "-L", label] for ext in ("ext2", "ext3", "ext4")},
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


def capture(story, plan, modules=DISK_MODULES, files=(), append="", disks=(), **options):
    """A guest that believes to be a capture kernel, with kdump-init and this plan."""
    (story.folder / "header").write_bytes(elfcorehdr(True))
    (story.folder / "data").write_bytes(DATA)
    return story.guest(disks, f"memmap=64M$0x{BASE:x} elfcorehdr=0x{BASE:x} lifeboat.region={64 * MIB} {append}", image=image(story, plan, modules, files),
                       memory="400M", cpus=1, cpu=CPU,
                       devices=[f"loader,file={story.folder}/header,addr={BASE:#x},force-raw=on",
                                f"loader,file={story.folder}/data,addr={BASE + MIB:#x},force-raw=on"], **options)


def ext4_tree(story, file, folder="/var/crash"):
    """What is below the folder of an ext4 file system that fsck finds clean: {path: bytes}."""
    tree = story.folder / "tree"
    cache.run("e2fsck", "-fn", file)
    tree.mkdir()
    cache.run("debugfs", "-R", f"rdump {folder} {tree}", file)
    top = tree / cache.Path(folder).name
    return {str(path.relative_to(top)): path.read_bytes() for path in tree.rglob("*") if path.is_file()}


def ext4_files(story, disk, partition=1, folder="/var/crash"):
    file = story.folder / "fs"
    start, end = disk.range(partition)
    disk.extract(start, end - start, file)
    return ext4_tree(story, file, folder)


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


def mounted_files(story, disk, fstype, partition=1):
    """The same of any file system, as another boot sees it: {path: sha256}."""
    modules = kernel().modules(FS_MODULES[fstype])
    with story.guest([disk], "", {f"/root/{place}.ko": file for place, file in enumerate(modules)}) as guest:
        guest.boot()
        for place in range(len(modules)):
            guest.check(f"insmod /root/{place}.ko")
        guest.check(f"mount -t {fstype} -o ro {disk.device(0, partition)} /mnt")
        lines = guest.check("cd /mnt/var/crash && find . -type f | xargs sha256sum").splitlines()
    return {path[2:]: digest for digest, path in (line.split() for line in lines)}


@case("x86_64-capture-xfs", fstype="xfs", size_mb=320, device=f"UUID={UUID}")
@case("x86_64-capture-vfat", soak=True, fstype="vfat", size_mb=64, device=f"UUID={VFAT_ID}")
@case("x86_64-capture-vfat_label", soak=True, fstype="vfat", size_mb=64, device="LABEL=CRASH")
def other_file_system(story, fstype, size_mb, device):
    disk = mkfs(story, story.disk("nvme", size_mb=size_mb + 2, partitions=(size_mb,)), fstype)
    with capture(story, [f"target {fstype} {device} /var/crash"], FS_MODULES[fstype]) as guest:
        guest.console.expect("kdump-init: the dump is saved", 60)
        guest.wait_end(30)
    found, _ = one_dump(mounted_files(story, disk, fstype))
    assert found["vmcore"] == hashlib.sha256(expected(True)).hexdigest(), f"the vmcore differs: {found}"
    assert sorted(found) == ["kdump.log", "kexec-dmesg.log", "vmcore"], sorted(found)


# --- a real panic ------------------------------------------------------------------------------------

CAPTURE_CMDLINE = "console=ttyS0 nr_cpus=1 reset_devices no_timer_check panic=5"


def collector_files():
    """makedumpfile and its libraries."""
    tool = cache.Path("/usr/bin/makedumpfile").resolve()
    return {"/usr/bin/makedumpfile": tool, **initramfs.shared_libraries([tool])}


@case("x86_64-capture-panic", collector=None)
@case("x86_64-capture-panic_makedumpfile", soak=True, collector="makedumpfile -l --message-level 7 -d 31")
def panic(story, collector):
    """Debian's kernel as capture kernel, loaded by stock kexec; crash opens what is in the file system."""
    disk = mkfs(story, story.disk("virtio", size_mb=800, partitions=(790,)), "ext4")
    plan = [GOOD, *([f"core_collector {collector}"] if collector else [])]
    capture_image = image(story, plan, DISK_MODULES, collector_files() if collector else {})
    files = {"/root/capture": capture_image, "/root/vmlinuz": kernel().vmlinuz}
    with story.guest(append="crashkernel=128M", files=files, memory="640M") as guest:
        guest.boot()
        guest.check(f"/sbin/kexec -p /root/vmlinuz --initrd=/root/capture --command-line='{CAPTURE_CMDLINE}'")
        guest.panic(cpu=1)
        guest.console.expect("kdump-init: the dump is saved", 120)
        guest.wait_end(60)
    found, folder = one_dump(ext4_files(story, disk))
    assert sorted(found) == ["kdump.log", "kexec-dmesg.log", "vmcore", "vmcore-dmesg.txt"], sorted(found)
    path = story.folder / "tree/crash" / folder / "vmcore"
    dmesg = found["vmcore-dmesg.txt"].decode(errors="replace")
    assert "Kernel panic - not syncing: sysrq triggered crash" in dmesg, dmesg[-500:]
    core = (vmcore.Kdump if collector else vmcore.Vmcore)(path)
    if not collector:
        core.check(2, 640, 128)
        assert core.dmesg() == dmesg, "makedumpfile's dmesg differs from ours"
    said = core.crash(kernel().vmlinux, "bt")
    assert "sysrq_handle_crash" in said, said


@case("x86_64-capture-raw", soak=True, tree=None)
@case("x86_64-linux-ours_capture_raw", soak=True, tree="ours")
def raw(story, tree):
    """A target of `kdumpctl mkdump`, armed for the dump kernel, written by Linux instead; kdumpctl collects it.

    tree: our own kernel as capture kernel, with its own /proc/vmcore and no module.
    """
    disk = story.disk("virtio", partitions=GUARDED)
    plan = [f"target raw PARTUUID=4546494c-0{TARGET_PART} -"]
    files = {"/root/capture": image(story, plan, () if tree else DISK_MODULES),
             "/root/vmlinuz": Tree(tree).bzimage if tree else kernel().vmlinuz}
    with story.guest(append="crashkernel=128M", files=files) as guest:
        guest.boot()
        story.arm(guest, disk.device(0, TARGET_PART))
        guest.check("/sbin/kexec -p -u")
        guest.check(f"/sbin/kexec -p /root/vmlinuz --initrd=/root/capture --command-line='{CAPTURE_CMDLINE}'")
        guest.panic(cpu=1)
        guest.console.expect("kdump-init: the dump is saved", 120)
        guest.wait_end(60)
    _, core = story.dumped(disk, TARGET_PART, region_mb=128)
    if tree:
        assert "sysrq_handle_crash" in core.crash(kernel().vmlinux, "bt", path=core.refiltered())
        return
    with story.guest(append="crashkernel=128M", memory="2G") as guest:
        guest.boot()
        guest.check(f"echo 'raw {disk.device(0, TARGET_PART)}' > /etc/kdump.conf")
        guest.check("mount -t tmpfs -o size=1500M tmpfs /var/crash")
        guest.check("kdumpctl collect", 120)
        told = guest.check("cat /var/crash/*/kdump.log")
    assert re.search("^content +c0ffee$", told, re.M) and re.search("^peak_bytes +[0-9]+$", told, re.M), told[:2000]
    assert "kdump-init: stage 1:" in told, told[-1000:]


@case("x86_64-capture-raw_not_armed", soak=True)
def raw_not_armed(story):
    """A target that holds nothing of ours, and one that waits for nobody: not a byte is written."""
    disk = story.disk("virtio", size_mb=80, partitions=(64,))
    with capture(story, ["target raw PARTUUID=4546494c-01 -"]) as guest:
        ends(guest, "reboot", "LB-206: the target has no header: something else is on it", "no dump was saved")
    story.untouched()
    with story.guest() as guest:
        guest.boot()
        guest.check(f"kdumpctl mkdump {disk.device(0, 1)}")
    written = disk.written()
    with capture(story, ["target raw /dev/vda1 -"]) as guest:
        ends(guest, "reboot", "LB-210: the target is not armed", "no dump was saved")
    assert disk.written() == written, "something was written"


# --- what goes wrong ---------------------------------------------------------------------------------

NOWHERE = "target ext4 /dev/null /var/crash"
ENDS = {"reboot": "reboot: Restarting system", "halt": "reboot: System halted", "poweroff": "reboot: Power down"}


def ends(guest, action, *words, seconds=60):
    """The guest says all of this, in this order, and ends so."""
    mark = 0
    for word in [*words, ENDS[action]]:
        mark = guest.console.expect(word, seconds, mark).end()
    if action != "halt":
        guest.wait_end(30)


def report(files):
    found, _ = one_dump(files)
    return dict(re.split(r"  +", line, 1) for line in found["kdump.log"].decode().splitlines() if "  " in line)


@case("x86_64-capture-failure_reboot", soak=True, plan=["final_action halt"], end="reboot")
@case("x86_64-capture-failure_halt", soak=True, plan=["failure_action halt"], end="halt")
@case("x86_64-capture-failure_poweroff", soak=True, plan=["failure_action poweroff"], end="poweroff")
@case("x86_64-capture-failure_no_shell", soak=True, plan=["failure_action shell", "final_action poweroff"], end="poweroff",
      words=["there is no shell in the capture initramfs"])
@case("x86_64-capture-failure_no_rootfs", soak=True, plan=["failure_action dump_to_rootfs", "final_action halt"], end="halt",
      words=["the plan names no root file system"])
def failure_action(story, plan, end, words=()):
    with capture(story, [NOWHERE, *plan]) as guest:
        ends(guest, end, "/dev/null: no such device: Block device required", "no dump was saved; failure action:", *words)


@case("x86_64-capture-failure_scripts")
def failure_scripts(story):
    """The dump fails; post and emergency scripts, then dump_to_rootfs, which works, then the final action."""
    disk = mkfs(story, story.disk("virtio", size_mb=66, partitions=(64,)), "ext4")
    plan = [NOWHERE, "failure_action dump_to_rootfs", "final_action poweroff", f"rootfs ext4 UUID={UUID} /var/crash",
            "pre -/pre.sh", "post /post.sh", "emergency /emergency.sh"]
    files = {"/pre.sh": "echo pre; exit 7", "/post.sh": "echo post status $1; exit 8", "/emergency.sh": "echo emergency"}
    with capture(story, plan, files=files) as guest:
        ends(guest, "poweroff", "pre.sh: pre\n", "/pre.sh: exit status 7", "post.sh: post status 1", "/post.sh: exit status 8",
             "failure action: dump_to_rootfs", "emergency.sh: emergency", "the dump is saved")
    saved(ext4_files(story, disk))


@case("x86_64-capture-failure_shell", soak=True)
def failure_shell(story):
    """A person at the console looks, then leaves."""
    shell = {"/bin/busybox": BUSYBOX, "/bin/sh": (b"#!/bin/busybox sh\nexec /bin/busybox sh\n", 0o755)}
    with capture(story, [NOWHERE, "failure_action shell", "final_action poweroff"], files=shell) as guest:
        guest.console.expect("a shell on the console", 60)
        guest.console.send("echo it-is-$((40 + 2))\n")
        guest.console.expect("^it-is-42", 20)
        guest.console.send("/bin/busybox sleep 1000\n")
        time.sleep(1)
        guest.console.send("\x03")
        guest.console.send("exit\n")
        ends(guest, "poweroff")


@case("x86_64-capture-pre_fails")
def pre_fails(story):
    """Fedora's rule: no dump, the final action (not the failure action), nothing written."""
    mkfs(story, story.disk("virtio", size_mb=66, partitions=(64,)), "ext4")
    with capture(story, [GOOD, "pre /pre.sh", "post /post.sh", "final_action halt", "failure_action poweroff"],
                 files={"/pre.sh": "exit 3", "/post.sh": "echo post"}) as guest:
        ends(guest, "halt", "/pre.sh: exit status 3", "nothing is saved", "halting")
        assert "post.sh" not in guest.console.text(), "post scripts ran"
    story.untouched()


@case("x86_64-capture-full_disk", collector=None)
@case("x86_64-capture-full_disk_collector", soak=True, collector="/collector.sh")
def full_disk(story, collector):
    """What fits stays, and kdump.log says that it is not whole."""
    disk = mkfs(story, story.disk("virtio", size_mb=20, partitions=(16,)), "ext4")
    plan = [GOOD, "failure_action poweroff", *([f"core_collector {collector}"] if collector else [])]
    with capture(story, plan, files={"/collector.sh": "exec /bin/busybox dd bs=64k if=$1 of=$2"}) as guest:
        ends(guest, "poweroff", "is full: \\d+ MiB were free, the vmcore takes 19 MiB", "no dump was saved")
    files = ext4_files(story, disk)
    found, _ = one_dump(files)
    assert sorted(found) == ["kdump.log", "kexec-dmesg.log", "vmcore-incomplete"], sorted(found)
    part = found["vmcore-incomplete"]
    assert len(part) > 8 * MIB and part == expected(True)[:len(part)], f"{len(part)} bytes of vmcore-incomplete"
    told = report(files)
    assert told["state"] == "failed" and ("is full" in told["not whole"] or collector), told


@case("x86_64-capture-collector_fails")
def collector_fails(story):
    """A plain copy takes its place, over what it has left; the reason is on the disk."""
    disk = mkfs(story, story.disk("virtio", size_mb=42, partitions=(40,)), "ext4")
    left = "/bin/busybox dd if=/dev/urandom of=$3 bs=1M count=25; exit 7"
    with capture(story, [GOOD, "core_collector /collector.sh -x"], files={"/collector.sh": left}) as guest:
        ends(guest, "reboot", "core_collector '/collector.sh -x': exit status 7", "a plain copy of the vmcore is saved", "the dump is saved")
    files = ext4_files(story, disk)
    saved(files)
    assert "exit status 7" in report(files)["warning"], report(files)


@case("x86_64-capture-damaged_then_second")
def second_target(story):
    """The first target's file system is damaged, the next one is a volume of two linear pieces: it serves."""
    first = mkfs(story, story.disk("virtio", size_mb=66, partitions=(64,)), "ext4", label="first")
    with open(first.base, "r+b") as out:	# the superblock stays, so that it is found; the group descriptors go
        out.seek(first.range(1)[0] + 2048)
        out.write(b"\xff" * 2048)
    second = volume(story)
    plan = ["target ext4 LABEL=first /var/crash", "target ext4 /dev/mapper/vg-crash /var/crash",
            f"dm vg-crash 0 {32 * 2048} UUID={PV_UUID} {40 * 2048}", f"dm vg-crash {32 * 2048} {32 * 2048} UUID={PV_UUID} {2 * 2048}"]
    with capture(story, plan, [*DISK_MODULES, "dm_mod"]) as guest:
        ends(guest, "reboot", "LABEL=first \\(/dev/vda1\\) can't be mounted as ext4: ", "the next target is tried", "the dump is saved: /dev/mapper")
    story.untouched(second)
    joined = story.folder / "joined"
    second.extract(40 * MIB, 32 * MIB, joined)
    rest = second.read(2 * MIB, 32 * MIB)
    with open(joined, "ab") as out:
        out.write(rest)
    tree = ext4_tree(story, joined)
    saved(tree)


PV_UUID = "Lifebt-test-phys-volu-me01-2345-67890a"


def volume(story):
    """A disk that is an LVM physical volume (its label sector only), with the halves of an ext4 swapped in it."""
    disk = story.disk("virtio", size_mb=80)
    file = story.folder / "fs"
    with open(file, "wb") as out:
        out.truncate(64 * MIB)
    cache.run("mkfs.ext4", "-q", "-F", file)
    data = file.read_bytes()
    body = struct.pack("<I", 32) + b"LVM2 001" + PV_UUID.replace("-", "").encode()
    body = body.ljust(512 - 20, b"\0")
    crc = zlib.crc32(body, 0xf597a6cf ^ 0xffffffff) ^ 0xffffffff
    with open(disk.base, "r+b") as out:
        out.seek(512)
        out.write(b"LABELONE" + struct.pack("<QI", 1, crc) + body)
        out.seek(40 * MIB)
        out.write(data[:32 * MIB])
        out.seek(2 * MIB)
        out.write(data[32 * MIB:])
    file.unlink()
    return disk


@case("x86_64-capture-read_only_disk", soak=True)
def read_only_disk(story):
    disk = mkfs(story, story.disk("virtio", size_mb=66, partitions=(64,)), "ext4")
    plain = disk.arguments
    disk.arguments = lambda place: [a.replace("cache=unsafe", "cache=unsafe,readonly=on") for a in plain(place)]
    with capture(story, [GOOD]) as guest:
        ends(guest, "reboot", "can't be mounted as ext4: .*; the disk is write-protected", "no dump was saved")


@case("x86_64-capture-mounted_read_only", soak=True)
def mounted_read_only(story):
    """A file system that is told to be mounted read-only."""
    mkfs(story, story.disk("virtio", size_mb=66, partitions=(64,)), "ext4")
    with capture(story, [f"{GOOD} ro"]) as guest:
        ends(guest, "reboot", "no folder for the dump can be made in /var/crash: Read-only file system", "no dump was saved")
    story.untouched()


@case("x86_64-capture-missing_module", soak=True)
def missing_module(story):
    """One that nothing needs: it is told, and the dump is saved."""
    disk = mkfs(story, story.disk("virtio", size_mb=66, partitions=(64,)), "ext4")
    with capture(story, ["module /modules/none.ko a=1", GOOD]) as guest:
        ends(guest, "reboot", "module /modules/none.ko can't be loaded: No such file", "6 modules loaded, not all", "the dump is saved")
    saved(ext4_files(story, disk))


@case("x86_64-capture-missing_driver", soak=True)
def missing_driver(story):
    """No module for the first target's disk: it is waited for, half a minute; the second target is there at once."""
    mkfs(story, story.disk("virtio", size_mb=66, partitions=(64,)), "ext4", label="first")
    disk = mkfs(story, story.disk("nvme", size_mb=66, partitions=(64,)), "vfat")
    with capture(story, ["target ext4 LABEL=first /var/crash", f"target vfat UUID={VFAT_ID} /var/crash"], FS_MODULES["vfat"]) as guest:
        ends(guest, "reboot", "LABEL=first: no such device, waited (29|30|31) s; is its disk there", "the next target is tried",
             "the dump is saved", seconds=90)
    found, _ = one_dump(mounted_files(story, disk, "vfat"))
    assert found["vmcore"] == hashlib.sha256(expected(True)).hexdigest(), f"the vmcore differs: {found}"


@case("x86_64-capture-time_limit_script", soak=True)
def time_limit_script(story):
    with capture(story, [GOOD, "pre /pre.sh", "time_limit 3", "failure_action poweroff", "final_action halt"],
                 files={"/pre.sh": "exec /bin/busybox sleep 600"}) as guest:
        ends(guest, "poweroff", "pre scripts: the time limit has passed 3 s after the start", "failure action: poweroff")


@case("x86_64-capture-time_limit_stuck_disk", soak=True)
def time_limit_stuck_disk(story):
    """The disk takes a write only now and then: what waits for it can't even be killed, and the machine still reboots."""
    mkfs(story, story.disk("virtio", size_mb=66, partitions=(64,)), "ext4")
    with capture(story, [GOOD, "time_limit 5"]) as guest:
        guest.console.expect("vmcore takes 19 MiB", 60)
        guest.qmp("block_set_io_throttle", id="/machine/peripheral/disk0/virtio-backend", bps=0, bps_rd=0, bps_wr=5000, iops=0,
                  iops_rd=0, iops_wr=0)
        ends(guest, "reboot", "the time limit has passed", "can't be ended, it waits for a device", "no dump was saved", seconds=150)


@case("x86_64-capture-out_of_memory", soak=True)
def out_of_memory(story):
    """The collector takes all memory: the kernel ends it, and a plain copy takes its place."""
    disk = mkfs(story, story.disk("virtio", size_mb=66, partitions=(64,)), "ext4")
    hog = "exec /bin/busybox awk 'BEGIN { while (1) a[n++] = sprintf(\"%9999s\", n) }'"
    with capture(story, [GOOD, "core_collector /collector.sh"], files={"/collector.sh": hog}) as guest:
        ends(guest, "reboot", "Out of memory: Killed process", "/collector.sh' was killed, most likely for want of memory",
             "a plain copy of the vmcore is saved", "the dump is saved")
    files = ext4_files(story, disk)
    saved(files)
    assert "want of memory" in report(files)["warning"], report(files)


@case("x86_64-capture-watchdog", soak=True)
def watchdog(story):
    """A watchdog of 4 s is kicked while a script runs for 10 s."""
    disk = mkfs(story, story.disk("virtio", size_mb=66, partitions=(64,)), "ext4")
    softdog = kernel().modules(["softdog"])[-1]
    with capture(story, ["module /softdog.ko soft_margin=4", GOOD, "watchdog yes", "pre /pre.sh"], [*DISK_MODULES, "watchdog"],
                 files={"/pre.sh": "exec /bin/busybox sleep 10", "/softdog.ko": softdog}) as guest:
        ends(guest, "reboot", "the hardware watchdog resets this machine when it is not kicked for 4 s", "the dump is saved")
    saved(ext4_files(story, disk))


@case("x86_64-capture-links", soak=True)
def links(story):
    """/var/crash is a link that climbs out as far as it can: it leads to a place in the target."""
    disk = story.disk("virtio", size_mb=66, partitions=(64,))
    tree, file = story.folder / "made", story.folder / "fs"
    (tree / "var").mkdir(parents=True)
    (tree / "var/crash").symlink_to("../../../../../../real/place")
    (tree / "real/place").mkdir(parents=True)
    with open(file, "wb") as out:
        out.truncate(64 * MIB)
    cache.run("mkfs.ext4", "-q", "-F", "-U", UUID, "-d", tree, file)
    put(disk, file, disk.range(1)[0])
    with capture(story, [GOOD]) as guest:
        ends(guest, "reboot", "the dump is saved")
    saved(ext4_files(story, disk, folder="/real/place"))


@case("x86_64-capture-no_vmcore", soak=True)
def no_vmcore(story):
    """A plain boot into the capture initramfs."""
    mkfs(story, story.disk("virtio", size_mb=66, partitions=(64,)), "ext4")
    with story.guest(image=image(story, [GOOD]), append="", cpus=1, memory="400M", cpu=CPU) as guest:
        ends(guest, "reboot", "/proc/vmcore can't be read: No such file or directory", "no dump was saved")
    story.untouched()


@case("x86_64-capture-bad_plan", soak=True)
def bad_plan(story):
    with capture(story, ["frobnicate 7"]) as guest:
        ends(guest, "reboot", "/kdump-plan: line 9 is not understood")
