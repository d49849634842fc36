# SPDX-License-Identifier: GPL-2.0
"""Dump files: the dump is in the file and nowhere else, and a file that is not what it was is not written."""
import re

from .. import cache, filesystem, target
from ..disk import MIB
from ..runner import case
from ..story import kernel
from ..vmcore import Vmcore, panic_backtrace
from .faults import not_loaded

FILE = "/var/crash/lifeboat.dump"
FS_PART = 2
LARGE, SMALL = (16, 1200, 16), (16, 560, 16)	# MiB; LARGE has room for a dump and the next dump file
MEMORY_MB = 384


def make_disk(story, kind, fstype, sizes, options=()):
    disk = story.disk(kind, size_mb=sum(sizes) + 8, partitions=sizes)
    filesystem.put(disk, FS_PART, fstype, options)
    return disk


def start_guest(story, **options):
    return story.guest(memory=f"{MEMORY_MB}M", files=filesystem.guest_files(kernel()), **options)


def configure(guest, device):
    guest.check(f"mount {device} /var/crash && echo 'dumpfile {FILE}' > /etc/kdump.conf")


def arm(guest, device):
    guest.boot()
    configure(guest, device)
    guest.check(f"kdumpctl mkdump --file {FILE}")
    guest.check("kdumpctl start && kdumpctl status")


def crash_and_boot_again(guest):
    again = guest.shell.mark()
    guest.panic()
    guest.shell.expect(r"^@exit 0\n", 120, again)


def collected(story, guest, disk, fstype, device):
    """Collects in the guest; the vmcore, read from where it lies on the disk."""
    guest.check("kdumpctl collect", 120)
    listed = guest.check("ls -l /var/crash/*-*/; cat /var/crash/*-*/vmcore-dmesg.txt")
    assert "incomplete" not in listed and "sysrq triggered crash" in listed, listed[-2000:]
    size = int(guest.check("stat -c %s /var/crash/*-*/vmcore"))
    places = filesystem.layout(guest, "/var/crash/*-*/vmcore", disk.range(FS_PART)[0])
    guest.check("umount /var/crash; sync")
    guest.qmp("stop")
    core = Vmcore(filesystem.read(disk, places, size, story.folder / "vmcore"))
    filesystem.check(disk, FS_PART, fstype)
    guest.qmp("cont")
    core.check(2, MEMORY_MB)
    assert "sysrq triggered crash" in core.dmesg()
    return core


@case("x86_64-nvme-dumpfile_ext4", kind="nvme", fstype="ext4")
@case("x86_64-virtio-dumpfile_xfs", soak=True, kind="virtio", fstype="xfs")
@case("x86_64-nvme-dumpfile_xfs", soak=True, kind="nvme", fstype="xfs")
@case("x86_64-virtio-dumpfile_ext4", soak=True, kind="virtio", fstype="ext4")
def dumpfile(story, kind, fstype):
    """Under heavy writes: the file system is sound after its journal was replayed, the dump is collected, crash reads it."""
    disk = make_disk(story, kind, fstype, LARGE)
    device = disk.device(0, FS_PART)
    with start_guest(story, reboot=True) as guest:
        arm(guest, device)
        filesystem.write_heavily(guest, "/var/crash")
        crash_and_boot_again(guest)
        guest.check(f"mount {device} /var/crash && umount /var/crash")
        guest.qmp("stop")
        filesystem.check(disk, FS_PART, fstype)
        guest.qmp("cont")
        configure(guest, device)
        core = collected(story, guest, disk, fstype, device)
        configure(guest, device)
        guest.check("kdumpctl start && kdumpctl status && kdumpctl check && kdumpctl stop")
    frames = panic_backtrace(core.crash(kernel().vmlinux, "bt"))
    assert "sysrq_handle_crash" in frames, frames
    story.untouched(disk, FS_PART)


@case("x86_64-nvme-dumpfile_collect_interrupted", soak=True, kind="nvme", fstype="ext4")
@case("x86_64-nvme-dumpfile_collect_interrupted_xfs", soak=True, kind="nvme", fstype="xfs")
def collect_interrupted(story, kind, fstype):
    """A collect that is killed, and a machine that is reset under it: nothing is lost, the next one goes on."""
    disk = make_disk(story, kind, fstype, LARGE)
    device = disk.device(0, FS_PART)
    with start_guest(story, reboot=True) as guest:
        arm(guest, device)
        crash_and_boot_again(guest)
        configure(guest, device)
        guest.check("for delay in 0.05 0.2 0.5; do kdumpctl collect & sleep $delay; kill -9 $! && wait $!; done; true")
        again = guest.shell.mark()
        guest.send("(kdumpctl collect &); sleep 0.8; echo now; sleep 60")
        guest.shell.expect(r"^now", 60, again)
        guest.qmp("system_reset")
        guest.shell.expect(r"^@exit 0\n", 120, again)
        configure(guest, device)
        collected(story, guest, disk, fstype, device)
        configure(guest, device)
        assert len(guest.check("ls -d /var/crash/*-*").split()) == 1, "collected twice"
        guest.check("kdumpctl start && kdumpctl stop")
    story.untouched(disk, FS_PART)


@case("x86_64-nvme-dumpfile_other_folder", soak=True)
def other_folder(story):
    """The dumps go to another file system: copied, and the file is empty again."""
    disk = make_disk(story, "nvme", "ext4", (16, 560, 480))
    filesystem.put(disk, 3, "ext4")
    device = disk.device(0, FS_PART)
    with start_guest(story, reboot=True) as guest:
        arm(guest, device)
        crash_and_boot_again(guest)
        configure(guest, device)
        guest.check(f"mkdir /other && mount {disk.device(0, 3)} /other && echo 'path /other' >> /etc/kdump.conf")
        guest.check("xfs_io -f -c 'falloc 0 200m' /other/ballast")
        guest.refuse("kdumpctl collect", "MiB free")
        guest.check("rm /other/ballast; kdumpctl collect", 120)
        guest.check("test $(stat -c %s /other/*/vmcore) -gt 300000000 && rm -r /other/*-*")
        assert "no dump" in guest.check("kdumpctl collect")
        guest.check(f"lsattr {FILE} | grep -q -- -i- && kdumpctl start && kdumpctl stop; umount /other")
    story.untouched(disk, FS_PART, disk.range(3))


# --- the file is not what it was ------------------------------------------------------------

# All that is free, with what the file systems keep for themselves.
FILL = ("echo 0 > /sys/fs/ext4/nvme0n1p2/reserved_clusters; xfs_io -x -c 'resblks 0' /var/crash; "
        "xfs_io -f -c 'pwrite -q -b 4m -S 0xf0 0 700m' /var/crash/foreign; true")


def tricked(story, fstype, trick, code, after=None, sizes=SMALL):
    """Arms, takes off the immutable flag, plays the trick, panics: nothing that is another file's is written."""
    disk = make_disk(story, "nvme", fstype, sizes)
    start, _ = disk.range(FS_PART)
    with start_guest(story) as guest:
        arm(guest, disk.device(0, FS_PART))
        guest.check(f"chattr -i {FILE}")
        trick(guest)
        guest.check("sync; mount -o remount,ro /var/crash")
        foreign = sum((filesystem.extents(guest, name, start) for name in
                       guest.check(f"find /var/crash -type f ! -path {FILE} -size +0").split()), [])
        own = [] if guest.run(f"test -e {FILE}")[0] else filesystem.extents(guest, FILE, start)
        since = filesystem.Since(guest, 0, disk)
        guest.panic()
        if code:
            guest.console.expect(code, 60)
        guest.wait_end(90)
        console = guest.console.text()
    written = since.ranges()
    assert not filesystem.overlap(written, foreign), f"of another file: {filesystem.overlap(written, foreign)}"
    if after:
        after(disk, written, own, console)
    else:
        assert not written, f"written: {written}"
    filesystem.check(disk, FS_PART, fstype)
    story.untouched(disk, FS_PART)


def in_free_blocks(disk, written, own, console):
    """What other files left free of the old file's blocks may have been written; the new file was not."""
    assert not filesystem.overlap(written, own), f"of the new dump file: {filesystem.overlap(written, own)}"


@case("x86_64-nvme-dumpfile_deleted_ext4", soak=True, fstype="ext4", trick=f"rm {FILE}; {FILL}")
@case("x86_64-nvme-dumpfile_deleted_xfs", soak=True, fstype="xfs", trick=f"rm {FILE}; {FILL}")
@case("x86_64-nvme-dumpfile_recreated", soak=True, fstype="ext4", trick=f"rm {FILE}; sync; kdumpctl mkdump --file {FILE}")
@case("x86_64-nvme-dumpfile_replaced_by_copy", soak=True, fstype="xfs",
      trick=f"truncate -s 100M {FILE}; cp {FILE} {FILE}2; mv {FILE}2 {FILE}; sync; {FILL}")
def reused(story, fstype, trick):
    """The file's blocks were given to other files, all of them or some."""
    tricked(story, fstype, lambda guest: guest.check(trick), r"LB-(20[6-9]|213):", in_free_blocks)


@case("x86_64-nvme-dumpfile_punched_ext4", fstype="ext4")
@case("x86_64-nvme-dumpfile_punched_xfs", soak=True, fstype="xfs")
def punched(story, fstype):
    """A hole in the middle of a chunk, whose stamp stays; another file has the blocks."""
    def punch(guest):
        guest.check(f"xfs_io -c 'fpunch 100m 20m' {FILE}; sync; {FILL}")

    def after(disk, written, own, console):
        assert written, "not even the log was written"
        outside = [r for r in written if sum(b - a for a, b in filesystem.overlap([r], own)) != r[1] - r[0]]
        assert not outside, f"outside of what is left of the file: {outside}"
        assert re.search(r"at byte (\d+) of the target", console), console[-500:]
    tricked(story, fstype, punch, r"LB-213:", after)


@case("x86_64-nvme-dumpfile_stale", soak=True, name="stale",
      trick=f"kdumpctl mkdump --file {FILE}2 100M && chattr -i {FILE}2 && "
            f"dd if={FILE}2 of={FILE} bs=1M skip=1 seek=1 count=90 conv=notrunc && rm {FILE}2", code=r"LB-213:")
@case("x86_64-nvme-dumpfile_overwritten", soak=True, name="overwritten",
      trick=f"xfs_io -c 'pwrite -q -S 0xf0 200m 4k' {FILE}", code=r"LB-213:")
def own_blocks(story, name, trick, code):
    """Somebody has written into the file: stamps and seals of another dump file, or anything."""
    def after(disk, written, own, console):
        outside = [r for r in written if sum(b - a for a, b in filesystem.overlap([r], own)) != r[1] - r[0]]
        assert not outside, f"outside of the file: {outside}"
        places, at = [], 0
        for begin, end in own:
            places.append((at, begin, end))
            at += end - begin
        wrong = (MIB if name == "stale" else 200 * MIB)
        block = next(begin + wrong - at for at, begin, end in places if at <= wrong < at + end - begin)
        assert not filesystem.overlap(written, [(block, block + 4096)]), "the foreign block was written"
    tricked(story, "ext4", lambda guest: guest.check(trick), code, after)


@case("x86_64-nvme-dumpfile_reflinked")
def reflinked(story):
    """Another file shares the blocks, which nothing on the disk tells: check finds it, and nothing is armed."""
    def share(guest):
        guest.check(f"cp --reflink=always {FILE} /var/crash/copy; sync")
        guest.refuse("kdumpctl status", "shared with another file")
        guest.refuse("kdumpctl check", "shared with another file", "not operational")
        not_loaded(guest)
        guest.check("kdumpctl check")	# tries again, quietly
        not_loaded(guest)

    def after(disk, written, own, console):
        assert not written, f"written: {written}"
        assert "Lifeboat" not in console, "the dump kernel ran"
    tricked(story, "xfs", share, None, after)


@case("x86_64-nvme-dumpfile_moved", soak=True)
def moved(story):
    """As by a defragmenter: check arms for the new place, and the old one, another file's now, is not written."""
    def move(guest):
        before = filesystem.extents(guest, FILE)
        guest.check(f"move_extent {FILE} /var/crash/donor 20000 2000; sync")
        assert filesystem.extents(guest, FILE) != before, "the file was not moved"
        guest.refuse("kdumpctl status", "lies elsewhere")
        guest.check("kdumpctl check && kdumpctl status")
        guest.check(f"lsattr {FILE} | grep -q -- -i-")

    def after(disk, written, own, console):
        assert "dump complete" in console, console[-500:]
        assert len(filesystem.overlap(written, own)) >= len(written), "written outside of the file"
        assert disk.read(own[0][0], 4096)[12] == target.COMPLETE, "the dump is not in the file"
    tricked(story, "ext4", move, "dump complete", after, sizes=LARGE)


@case("x86_64-nvme-dumpfile_unmounted", soak=True)
def unmounted(story):
    """Without its file system nothing is armed; once it is mounted again, check arms."""
    disk = make_disk(story, "nvme", "xfs", SMALL)
    device = disk.device(0, FS_PART)
    with start_guest(story) as guest:
        arm(guest, device)
        guest.check("umount /var/crash")
        guest.refuse("kdumpctl check", "No such file")
        not_loaded(guest)
        guest.check(f"mount {device} /var/crash && kdumpctl check && kdumpctl status")
        guest.check("umount /var/crash; kdumpctl check; true")
        guest.check("kdumpctl stop && mount /dev/nvme0n1p2 /var/crash && kdumpctl check")
        not_loaded(guest)	# stop means stop
    story.untouched(disk, FS_PART)


# --- what is refused ---------------------------------------------------------------------------


@case("x86_64-nvme-dumpfile_refused", soak=True)
def refused(story):
    """File systems, devices and files whose blocks are not to be written, each with its reason; and what mkdump keeps."""
    disk = make_disk(story, "nvme", "ext4", SMALL)
    device = disk.device(0, FS_PART)
    with start_guest(story) as guest:
        guest.boot()
        configure(guest, device)

        def refuse(path, *words):
            guest.refuse(f"kdumpctl mkdump --file {path} 8M", *words)
            guest.refuse(f"test -e {path}.next")
        refuse("/run/f", "tmpfs", "ext4 and xfs")
        refuse("relative", "absolute")
        refuse("/nowhere/f", "cannot create")
        guest.refuse(f"kdumpctl mkdump --file {FILE} 8X", "8X")
        guest.refuse(f"kdumpctl mkdump --file {FILE} 1M", "few")
        guest.refuse(f"kdumpctl mkdump --file {FILE} 9G", "MiB free")
        guest.check("echo precious > /var/crash/other")
        refuse("/var/crash/other", "exists")
        assert guest.check("cat /var/crash/other") == "precious\n"
        guest.check(f"mkdir /small && mke2fs {disk.device(0, 3)} >/dev/null 2>&1 && mount -t ext2 {disk.device(0, 3)} /small")
        refuse("/small/f", "ext2")
        guest.check(f"umount /small && mount -t ext4 {disk.device(0, 3)} /small")
        refuse("/small/f", "no journal|blocks of its file system")
        guest.check(f"umount /var/crash && mount -o data=journal {device} /var/crash")
        refuse(FILE, "data=journal")
        guest.check(f"umount /var/crash && mount {device} /var/crash")
        guest.check(f"kdumpctl mkdump --file {FILE}")
        # What start says of a file that is no more what mkdump has made.
        guest.check(f"chattr -i {FILE} && chattr +j {FILE}")
        guest.refuse("kdumpctl start", "journalled data")
        guest.check(f"chattr -j {FILE} && xfs_io -c 'falloc 0 500m' {FILE}")
        guest.refuse("kdumpctl start", "never written")
        guest.check(f"truncate -s 100M {FILE}")
        guest.refuse("kdumpctl start", "sizes")
        not_loaded(guest)
        # A small one is too small; a dump is not destroyed.
        guest.check(f"kdumpctl mkdump --file {FILE} --force=dump 32M || rm {FILE} && kdumpctl mkdump --file {FILE} 32M")
        guest.refuse("kdumpctl start", "room for")
        # Striped device mapper, on which the very same file system is found.
        guest.check("umount /var/crash")
        sectors = guest.check(f"cat /sys/class/block/{device[5:]}/size").strip()
        guest.check(f"DM_DISABLE_UDEV=1 dmsetup create one --table '0 {sectors} striped 1 8 {device} 0' && mount /dev/mapper/one /var/crash")
        guest.refuse("kdumpctl start", "striped")
        refuse("/var/crash/again", "striped")
        guest.check("umount /var/crash; umount /small")
    story.untouched(disk, FS_PART, disk.range(3))


@case("x86_64-nvme-dumpfile_lvm", soak=True)
def lvm(story):
    """A linear volume whose second half lies before its first: the dump is in the file."""
    disk = story.disk("nvme", size_mb=1300, partitions=LARGE)
    start, end = disk.range(FS_PART)
    half = (end - start) // 2
    image = filesystem.make(story.folder / "fs", "ext4", end - start)
    cache.run("dd", f"if={image}", f"of={disk.base}", "bs=1M", f"count={half // MIB}", f"seek={(start + half) // MIB}", "conv=notrunc,sparse")
    cache.run("dd", f"if={image}", f"of={disk.base}", "bs=1M", f"skip={half // MIB}", f"seek={start // MIB}", "conv=notrunc,sparse")
    image.unlink()
    device, sectors = disk.device(0, FS_PART), half // 512
    volume = f"printf '0 {sectors} linear {device} {sectors}\\n{sectors} {sectors} linear {device} 0\\n' | DM_DISABLE_UDEV=1 dmsetup create volume"
    with start_guest(story, reboot=True) as guest:
        guest.boot()
        guest.check(volume)
        configure(guest, "/dev/mapper/volume")
        guest.check("xfs_io -f -c 'falloc 0 400m' /var/crash/ballast")	# the file lies across the middle
        guest.check(f"kdumpctl mkdump --file {FILE} && kdumpctl start")
        crash_and_boot_again(guest)
        guest.check(volume)
        configure(guest, "/dev/mapper/volume")
        guest.check("rm /var/crash/ballast; kdumpctl collect", 120)
        guest.check("makedumpfile --dump-dmesg /var/crash/*-*/vmcore /tmp/dmesg && grep 'sysrq triggered crash' /tmp/dmesg")
        guest.check("umount /var/crash")
    story.untouched(disk, FS_PART)


# --- several targets -----------------------------------------------------------------------------


def two_lines(guest, first, second):
    guest.check(f"printf '{first}\\n{second}\\n' > /etc/kdump.conf")


@case("x86_64-nvme-ordered_first_stamp", soak=True)
def ordered_first_stamp(story):
    """A stamp in the middle of the first target is wrong: the second, on the same disk, gets all of the dump."""
    disk = story.disk("nvme", size_mb=1400, partitions=(16, 420, 420, 480))
    filesystem.put(disk, 4, "ext4")
    first, second = (disk.device(0, part) for part in (2, 3))
    with start_guest(story, reboot=True) as guest:
        guest.boot()
        two_lines(guest, f"raw {first}", f"raw {second}")
        guest.check(f"kdumpctl mkdump {first} && kdumpctl mkdump {second}")
        assert f"{first}, else to {second}" in guest.check("kdumpctl start")
        guest.check(f"printf lost | dd of={first} bs=4096 seek={3 * target.CHUNK // 4096} conv=notrunc,fsync")
        crash_and_boot_again(guest)
        console = guest.console.text()
        assert re.search(r"LB-209:.*\n(.*\n)*.*target \S+p3: .* match\n(.*\n)*.*dump complete", console), console[-1500:]
        two_lines(guest, f"raw {first}", f"raw {second}")
        guest.check(f"mount {disk.device(0, 4)} /var/crash")
        guest.refuse("kdumpctl collect", "something else has written")
        assert len(guest.check("ls -d /var/crash/*-*").split()) == 2
        assert "it is not used, the others are" in guest.check("kdumpctl start") and f"dumped to {second}" in guest.check("kdumpctl status")
        guest.check("kdumpctl stop")
        guest.check("ls /var/crash/*/vmcore && grep -l 'sysrq triggered crash' /var/crash/*/vmcore-dmesg.txt | wc -l | grep 2")
        guest.check("umount /var/crash; sync")
    found = target.Target(disk, disk.range(2)[0])
    assert (found.state, found.first_error) == (target.FAILED, 209), f"{found}"
    assert target.Target(disk, disk.range(3)[0]).state == target.EMPTY
    for start, end in disk.written():
        assert any(a <= start and end <= b for a, b in map(disk.range, (2, 3, 4))), f"{start:#x} was written"


@case("x86_64-nvme-ordered_exact_region", soak=True)
def ordered_exact_region(story):
    """The first disk was opened and half written, the second has another driver and a file: the need was computed for both."""
    first = story.disk("nvme", size_mb=600)
    disk = make_disk(story, "virtio", "ext4", SMALL)
    device = disk.device(0, FS_PART)
    with start_guest(story, reboot=True) as guest:
        guest.boot()
        configure(guest, device)
        two_lines(guest, "raw /dev/nvme0n1", f"dumpfile {FILE}")
        guest.check(f"kdumpctl mkdump /dev/nvme0n1 && kdumpctl mkdump --file {FILE}")
        need = int(re.search(r"Needed crashkernel: +(\d+) KiB", guest.check("kdumpctl estimate"))[1])
        said = guest.check(f"echo {need << 10} > /sys/kernel/kexec_crash_size && kdumpctl start")
        assert f"/dev/nvme0n1, else to {FILE}" in said, said
        guest.check(f"printf lost | dd of=/dev/nvme0n1 bs=4096 seek={3 * target.CHUNK // 4096} conv=notrunc,fsync")
        crash_and_boot_again(guest)
        assert re.search(r"LB-209:(.*\n)*.*dump complete", guest.console.text()), guest.console.text()[-1500:]
    assert target.Target(first, 0).first_error == 209


@case("x86_64-nvme-ordered_first_gone", soak=True)
def ordered_first_gone(story):
    """The first disk is pulled: a dump file on another one, by another driver, gets the dump; start and status tell of each."""
    pulled = story.disk("nvme", size_mb=600, bus="port0")
    disk = make_disk(story, "virtio", "xfs", LARGE)
    device = disk.device(0, FS_PART)
    with start_guest(story, reboot=True, devices=["pcie-root-port,id=port0,chassis=1,slot=1"]) as guest:
        guest.boot()
        configure(guest, device)
        two_lines(guest, "raw /dev/nvme0n1", f"dumpfile {FILE}")
        guest.check(f"kdumpctl mkdump /dev/nvme0n1 && kdumpctl mkdump --file {FILE} && kdumpctl start")
        guest.qmp("device_del", id="disk0")
        guest.qmp.wait_event("DEVICE_DELETED", 30)
        said = guest.check("kdumpctl status")
        assert re.search(r"1\. raw /dev/nvme0n1: cannot open", said) and re.search(r"2\. dumpfile .*: armed", said), said
        crash_and_boot_again(guest)
        assert re.search(r"LB-201:(.*\n)*.*dump complete", guest.console.text())
        configure(guest, device)
        guest.check("kdumpctl collect && ls /var/crash/*/vmcore", 120)
        two_lines(guest, "raw /dev/nvme0n1", f"dumpfile {FILE}")
        code, said = guest.run("kdumpctl start")
        assert not code and "/dev/nvme0n1" in said and f"dumped to {FILE}" in said, said
        said = guest.check("kdumpctl status")
        assert "1. raw /dev/nvme0n1: left out" in said and "2. dumpfile" in said, said
        two_lines(guest, "raw /dev/nvme0n1", "raw /dev/nvme1n1")
        guest.refuse("kdumpctl stop; kdumpctl start", "none of the configured targets")
    story.disks.remove(pulled)
    story.untouched(disk, FS_PART)
