# SPDX-License-Identifier: GPL-2.0
"""kdump-save beside makedumpfile, on the vmcore of a guest with every kind of page."""
import os
import re
import subprocess
from pathlib import Path

from .. import cache, initramfs, peer, target
from ..kdump import Kdump
from ..runner import case
from ..story import GUARDED, TARGET_PART, kernel
from ..vmcore import Kdump as Dump
from ..vmcore import Vmcore, panic_backtrace

KDUMP_SAVE, KDUMP_SAVE_BOOT = cache.BUILD / "bin/kdump-save", cache.BUILD / "boot/kdump-save"
# Slab, free and freed, page cache of a disk, tmpfs, hugetlb, THP and small anonymous pages of a process that lives.
WORKLOAD = (
    "mkdir -p /t && mount -t tmpfs tmpfs /t",
    "for i in 1 2 3 4 5; do cat /bin/busybox >/t/f$i; done; rm /t/f3",
    "dd if=/dev/nvme0n1p3 of=/dev/null bs=1M count=48",
    "echo always >/sys/kernel/mm/transparent_hugepage/enabled; echo 20 >/proc/sys/vm/nr_hugepages",
    "(tail -c 60000000 /dev/zero | sleep 1000 &); sleep 2",
    "find /proc /sys >/dev/null 2>&1; true",
    "dd if=/dev/zero of=/t/z bs=30M count=1; dd if=/dev/zero bs=64M count=1 of=/dev/null",
)


def run(*argv, exit_code=0, **options):
    done = subprocess.run([str(a) for a in argv], capture_output=True, timeout=300, **options)
    assert done.returncode == exit_code, f"{argv}: exit {done.returncode}: {done.stderr.decode()[-800:]}"
    return done.stdout


def save(core, out, *options):
    """kdump-save's report, by kind of page."""
    said = run(KDUMP_SAVE, "-f", "--message-level", 16, *options, core.path, out).decode()
    return {what: int(count) for count, what in re.findall(r"^ *(\d+) pages (.*?)(?:, \d.*)?$", said, re.M)}


def crashed(story):
    """The vmcore of such a guest, whole and uncompressed."""
    disk = story.disk("nvme", partitions=GUARDED)
    with story.guest() as guest:
        guest.boot()
        for command in WORKLOAD:
            guest.check(command)
        story.arm(guest, disk.device(0, TARGET_PART))
        guest.panic(cpu=1)
        guest.wait_end()
    return story.dumped(disk, TARGET_PART)[1]


def same_pages(core, level, folder):
    """The same pages are kept as by makedumpfile, but for those in a CPU's list of free pages, which it does not know, and those not to be read."""
    ours, theirs = folder / f"ours-{level}", folder / f"theirs-{level}"
    counted = save(core, ours, "-c", "-d", level)
    run("makedumpfile", "-l", "-d", level, "--message-level", 4, core.path, theirs)
    ours, theirs = Kdump(ours), Kdump(theirs)
    assert ours.ram == theirs.ram, f"-d {level}: bitmap 1 differs"
    extra, lost = (ours.kept & ~theirs.kept).bit_count(), (theirs.kept & ~ours.kept).bit_count()
    per_cpu = counted.get("free, in a CPU's list", 0) if level & 16 else 0
    # At these levels it does not look at struct pages, and reads what must not be read.
    unread = counted.get("given away (balloon, unplugged)", 0) + counted.get("broken", 0) if level <= 1 else 0
    assert (extra, lost) == (0, per_cpu + unread), (f"-d {level}: we keep {extra} pages that it drops, and drop {lost} that it keeps, "
                                                    f"{per_cpu} of them in a CPU's list, {unread} that may not be read")
    return ours, counted


def same_bytes(core, dump):
    loads = [load for load in core.loads if load[1] < 0xffffffff80000000]
    with open(core.path, "rb") as file:
        for pfn, page in dump.pages():
            offset, _, pa, _, _ = next(load for load in loads if load[2] <= pfn << 12 < load[2] + load[3])
            file.seek(offset + (pfn << 12) - pa)
            assert file.read(4096) == page, f"page {pfn:#x} differs"


def answers(core):
    """What crash and drgn say."""
    return panic_backtrace(core.crash(kernel().vmlinux, "bt")), core.drgn(kernel().vmlinux)


@case("x86_64-save-makedumpfile")
def beside_makedumpfile(story):
    core = crashed(story)
    for level in (0, 1, 2, 4, 8, 16, 31):
        dump, counted = same_pages(core, level, story.folder)
        if level in (0, 31):
            same_bytes(core, dump)
    for kind in ("page cache", "of processes", "free"):
        assert counted[kind] > 2000, f"only {counted[kind]} pages {kind}"
    assert not counted["of unknown kind, kept"]


@case("x86_64-save-readers", soak=True)
def outside_readers(story):
    """Every codec, ELF with holes, and a stream that was rebuilt; makedumpfile reads the log out of ours."""
    core, out = crashed(story), story.folder / "dump"
    expected = answers(core)
    assert len(expected[0]) > 3
    for option in ("-l", "-c", "-z", "-p", "-E"):
        save(core, out, option, "-d", 31)
        assert b": complete" in run(KDUMP_SAVE, "--verify", out)
        assert answers(Dump(out)) == expected, f"kdump-save {option}: the readers say something else"
    save(core, out, "-l", "-d", 31)
    stream = run(KDUMP_SAVE, "-F", "-l", "-d", 31, "--message-level", 0, core.path)
    run(KDUMP_SAVE, "-R", story.folder / "rebuilt", input=stream)
    assert Kdump(out).kept == Kdump(story.folder / "rebuilt").kept
    run("makedumpfile", "-R", story.folder / "rebuilt2", input=stream)
    assert (story.folder / "rebuilt").read_bytes() == (story.folder / "rebuilt2").read_bytes()
    run("makedumpfile", "--dump-dmesg", out, story.folder / "theirs.log")
    run(KDUMP_SAVE, "--dump-dmesg", core.path, story.folder / "ours.log")
    assert (story.folder / "theirs.log").read_bytes() == (story.folder / "ours.log").read_bytes()


def plug_memory(story, guest):
    """256 MiB that come while it runs."""
    guest.check("echo online >/sys/devices/system/memory/auto_online_blocks")
    before = guest.check("grep MemTotal /proc/meminfo")
    guest.qmp("object-add", **{"qom-type": "memory-backend-ram", "id": "plugged", "size": 256 << 20})
    guest.qmp("device_add", driver="pc-dimm", id="dimm", memdev="plugged")
    guest.check(f"until test \"$(grep MemTotal /proc/meminfo)\" != '{before.strip()}'; do sleep 0.2; done", 30)


def blow_balloon(story, guest):
    """200 MiB are given back to the hypervisor: their pages must not be read."""
    guest.check("for m in /root/balloon/*.ko; do insmod $m; done")
    guest.qmp("balloon", value=824 << 20)
    guest.check("until test $(sed -n 's/MemTotal: *\\([0-9]*\\) kB/\\1/p' /proc/meminfo) -lt 850000; do sleep 0.2; done", 60)


def swap_out(story, guest):
    """More than fits: pages on their way out to swap and back."""
    swap = f"{story.disks[0].device(0, TARGET_PART + 1)}"
    guest.check(f"mkswap {swap} && swapon {swap}")
    guest.check("(tail -c 150000000 /dev/urandom | sleep 1000 &); sleep 4; (tail -c 150000000 /dev/urandom | sleep 1000 &); sleep 6; cat /proc/swaps", 120)


NUMA = [part for node in range(2) for part in ("-object", f"memory-backend-ram,id=node{node},size=512M",
                                               "-numa", f"node,nodeid={node},memdev=node{node},cpus={node}")]


@case("x86_64-save-numa", soak=True, argv=NUMA)
@case("x86_64-save-memory_hotplug", soak=True, memory="896M,slots=2,maxmem=4G", act=plug_memory)
@case("x86_64-save-balloon", soak=True, argv=["-device", "virtio-balloon-pci"], act=blow_balloon, kind="given away (balloon, unplugged)")
@case("x86_64-save-swap", soak=True, memory="512M", act=swap_out)
def other_machines(story, memory="1G", argv=(), act=None, kind="of processes"):
    """The same pages as makedumpfile on machines of other kinds."""
    disk = story.disk("nvme", partitions=GUARDED)
    files = {f"/root/balloon/{n:02}.ko": module for n, module in enumerate(kernel().modules(["virtio_balloon"]))}
    guest = story.guest(memory=memory, files=files)
    guest.argv += argv
    with guest:
        guest.boot()
        if act:
            act(story, guest)
        for command in WORKLOAD[:3] + WORKLOAD[-2:] if memory == "512M" else WORKLOAD:
            guest.check(command)
        story.arm(guest, disk.device(0, TARGET_PART))
        guest.panic(cpu=1)
        guest.wait_end()
    core = Vmcore(target.Target(disk, disk.range(TARGET_PART)[0]).extract(story.folder / "vmcore"))
    for level in (1, 2, 4, 8, 16, 31):
        dump, counted = same_pages(core, level, story.folder)
    same_bytes(core, dump)
    assert counted[kind] > 2000 and not counted["of unknown kind, kept"], counted


# --- against what the kernel itself said of each page, just before the crash ---------------------------------------

# Bits of /proc/kpageflags (Linux include/uapi/linux/kernel-page-flags.h).
LRU, SLAB, BUDDY, MMAP, ANON, SWAPCACHE, HEAD, TAIL, HUGE, HWPOISON, NOPAGE, THP, OFFLINE, PGTABLE = (
    1 << n for n in (5, 7, 10, 11, 12, 13, 15, 16, 17, 19, 20, 22, 23, 26))
GIVEN_AWAY = HWPOISON | OFFLINE
USED = LRU | SLAB | MMAP | ANON | SWAPCACHE | HEAD | TAIL | HUGE | NOPAGE | PGTABLE


def page_flags(disk, partition, folder):
    """What the guest wrote there: the flags of each page, by number."""
    start, end = disk.range(partition)
    path = folder / "flags"
    disk.extract(start, min(end - start, 64 << 20), path)
    return memoryview(path.read_bytes()).cast("Q")


def dropped(core, level, folder):
    dump = folder / f"level-{level}"
    counted = save(core, dump, "-l", "-d", level)
    dump = Kdump(dump)
    return [pfn for pfn in range(dump.ram.bit_length()) if (dump.ram & ~dump.kept) >> pfn & 1], counted


def wrong_pages(flags, core, folder):
    """{level: (pages that the filter leaves out, those of them that the kernel said are something else)}"""
    fits = {16: lambda f: f & (BUDDY | GIVEN_AWAY) or not f & USED,		# a page in a CPU's list has no flags at all
            4: lambda f: f & GIVEN_AWAY or (f & (LRU | SWAPCACHE | TAIL) and not f & (ANON | SLAB | BUDDY | HUGE)),
            8: lambda f: f & (ANON | HUGE | GIVEN_AWAY)}
    found = {}
    for level, fit in fits.items():
        pages, _ = dropped(core, level, folder)
        found[level] = len(pages), [pfn for pfn in pages if not fit(flags[pfn])]
    return found


def missed_pages(flags, core, folder):
    """Pages that the kernel said are free, and a dump at level 31 has."""
    dump = folder / "level-31"
    save(core, dump, "-l", "-d", 31)
    kept = Kdump(dump).kept
    return sum(1 for pfn in range(min(kept.bit_length(), len(flags))) if flags[pfn] & BUDDY and kept >> pfn & 1)


@case("x86_64-save-kpageflags_6.12", soak=True, series="6.12")
@case("x86_64-save-kpageflags_6.1", soak=True, series="")
def beside_kpageflags(story, series):
    """What is left out is what the kernel says it is, on 6.12, too, which makedumpfile does not know; drgn reads the dump."""
    disk = story.disk("nvme", partitions=GUARDED)
    with story.guest(linux=kernel(series).vmlinuz) as guest:
        guest.boot()
        for command in WORKLOAD:
            guest.check(command)
        story.arm(guest, disk.device(0, TARGET_PART))
        guest.check(f"dd if=/proc/kpageflags of={disk.device(0, TARGET_PART + 1)} bs=16k conv=fsync")
        guest.panic(cpu=1)
        guest.wait_end()
    core = story.dumped(disk, TARGET_PART, 2, 1024, 1, "sysrq triggered crash", disk.range(TARGET_PART + 1))[1]
    flags = page_flags(disk, TARGET_PART + 1, story.folder)
    found = wrong_pages(flags, core, story.folder)
    for level, (pages, wrong) in found.items():
        assert pages > 1000, f"-d {level} leaves out only {pages} pages"
        # Some changed before the panic: dd, which took the flags, and the shell's next command came to their ends.
        assert len(wrong) < 1000, f"-d {level}: {len(wrong)} of {pages} pages are something else: {[(hex(p), hex(flags[p])) for p in wrong[:8]]}"
    missed = missed_pages(flags, core, story.folder)
    assert missed < 512, f"{missed} free pages are in the dump"
    said = Dump(story.folder / "level-31").drgn(kernel(series).vmlinux)
    assert said == core.drgn(kernel(series).vmlinux) and kernel(series).release in said, said


@case("x86_64-save-split", soak=True)
def split(story):
    """Dumps in several files and out of dumps: makedumpfile takes ours, we take its, crash takes the files as they are."""
    core, folder = crashed(story), story.folder
    ours, theirs, whole = [folder / f"ours-{i}" for i in range(3)], [folder / f"theirs-{i}" for i in range(3)], folder / "whole"
    save(core, whole, "-l", "-d", 31)
    run(KDUMP_SAVE, "--split", "-l", "-d", 31, core.path, *ours)
    run("makedumpfile", "--split", "-l", "-d", 31, "--message-level", 4, core.path, *theirs)
    expected = panic_backtrace(Dump(whole).crash(kernel().vmlinux, "bt"))
    assert len(expected) > 3
    assert panic_backtrace(core._run("crash", "-s", kernel().vmlinux, *ours, stdin="bt\nquit\n")) == expected
    run(KDUMP_SAVE, "--reassemble", *ours, folder / "ours")
    assert (folder / "ours").read_bytes() == whole.read_bytes()
    run("makedumpfile", "--reassemble", *ours, folder / "by-theirs")
    same_bytes(core, Kdump(folder / "by-theirs"))
    run(KDUMP_SAVE, "--reassemble", *theirs, folder / "theirs")
    same_bytes(core, Kdump(folder / "theirs"))
    for dump in ("by-theirs", "theirs"):
        assert b": complete" in run(KDUMP_SAVE, "--verify", folder / dump)
    # A dump of a dump is the dump that was made at once, whosever it is.
    run("makedumpfile", "-c", "-d", 1, "--message-level", 4, core.path, folder / "first")
    run(KDUMP_SAVE, "-l", "-d", 31, folder / "first", folder / "second")
    assert Kdump(folder / "second").kept == Kdump(whole).kept
    same_bytes(core, Kdump(folder / "second"))
    run(KDUMP_SAVE, "-E", whole, folder / "elf")
    assert answers(Dump(folder / "elf")) == answers(core)


# What the capture kernel runs: by mmap(2) and by read(2) the dump is the same.
CAPTURE = """/bin/busybox mount -t tmpfs -o size=100% tmpfs /mnt
/bin/kdump-save -l -d 31 --message-level 16 /proc/vmcore /mnt/dump >/dev/console 2>&1
/bin/kdump-save -l -d 31 --message-level 0 --non-mmap /proc/vmcore /mnt/second >/dev/console 2>&1
/bin/busybox cmp /mnt/dump /mnt/second >/dev/console 2>&1 && echo "capture: the same" >/dev/console
/bin/kdump-save --verify /mnt/dump >/dev/console 2>&1
/bin/kdump-save --dump-dmesg /proc/vmcore /mnt/log >/dev/console 2>&1
/bin/busybox grep 'sysrq triggered crash' /mnt/log >/dev/console
while [ ! -e {device} ]; do :; done
/bin/busybox dd if=/mnt/dump of={device} bs=1M conv=sync 2>/dev/null"""


@case("x86_64-save-proc_vmcore")
def in_a_capture_kernel(story):
    """/proc/kcore of the running kernel; then the static build on /proc/vmcore, in stock kdump's capture kernel."""
    disk = story.disk("nvme", partitions=GUARDED)
    init = peer.INIT.format(command=CAPTURE.format(device=disk.device(0, TARGET_PART))).encode()
    capture = initramfs.cpio({"/bin/busybox": Path("/bin/busybox"), "/bin/kdump-save": KDUMP_SAVE_BOOT, "/init": (init, 0o755)})
    files = {"/root/capture": capture, "/root/vmlinuz": kernel().vmlinuz, "/root/kdump-save": KDUMP_SAVE_BOOT}
    with story.guest([disk], append="crashkernel=192M", files=files) as guest:
        guest.boot()
        for command in WORKLOAD[:2]:
            guest.check(command)
        assert "kept" in guest.check("/root/kdump-save -l -d 31 --message-level 16 /proc/kcore /t/live", 120)
        assert ": complete" in guest.check("/root/kdump-save --verify /t/live; rm /t/live")
        peer.arm(guest)
        guest.panic(cpu=1)
        for words in (r"\d+ pages in the dump, \d+ of them zeroes, 0 that can't be read", "capture: the same", "dump: complete", "sysrq triggered crash",
                      "capture: done"):
            guest.console.expect(words, 120)
        guest.wait_end()
    start, end = disk.range(TARGET_PART)
    path = story.folder / "dump"
    disk.extract(start, end - start, path)
    vmlinux = kernel().vmlinux
    assert "sysrq_handle_crash" in Dump(path).crash(vmlinux, "bt")
    assert "6.1" in Dump(path).drgn(vmlinux)


# --- no machine: the unit tests that can do more than check has time for ------------------------------------------------

@case("save-hostile_memory_1000", soak=True, test="kdump-tools/kdump-save/test_hostile", more={"HOSTILE_SEEDS": "1000"})
@case("save-growth_4_tib", soak=True, test="capture/test_growth", more={"GROWTH": "full"})
def at_length(story, test, more):
    program = cache.BUILD / "unit" / test
    subprocess.run(["make", "-s", program.relative_to(cache.REPO)], cwd=cache.REPO, check=True)
    done = subprocess.run([program], env={**os.environ, **more}, capture_output=True, text=True, timeout=600)
    assert not done.returncode, done.stdout + done.stderr
