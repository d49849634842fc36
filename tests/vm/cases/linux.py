# SPDX-License-Identifier: GPL-2.0
"""Our kexec and crash subsystem in a Linux 6.1 tree (make linux), beside upstream's from the same source and config."""
import functools
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from .. import cache
from ..runner import case, table
from ..story import GUARDED, TARGET_PART, initrd
from ..vmcore import Vmcore, panic_backtrace
from .content import answers

sys.path.insert(0, str(cache.REPO / "tests/linux"))
import own_work	# noqa: E402
import symbols	# noqa: E402

PHASES = ["panic", "cpus_stopped", "machine_quiet", "image_checked", "jump"]
CAPTURE = "console=ttyS0 no_timer_check nr_cpus=1 reset_devices acpi_no_memhotplug panic=1"
TOOLS = {"ours": "/usr/local/sbin/kexec", "stock": "/sbin/kexec"}


class Tree:
    """A built Linux tree (cache.linux_trees): ours, upstream, or debug (ours with KASAN, lockdep and their like; soak makes it)."""

    def __init__(self, name):
        given = os.environ.get("LINUX_TREE" if name == "ours" else f"{name.upper()}_TREE")
        self.path = Path(given) if given else cache.CACHE / "linux-source" / name
        self.bzimage = self.path / "arch/x86/boot/bzImage"
        self.vmlinux = self.path / "vmlinux"


# What a capture kernel or a second kernel does instead of taking commands: the dump goes to the first NVMe partition.
COPY = b"""#!/bin/sh
exec >/dev/console 2>&1
echo "second kernel: $(uname -r) $(cat /proc/cmdline)"
if [ -e /proc/vmcore ]; then
	while [ ! -e /dev/nvme0n1p2 ]; do :; done
	dd if=/proc/vmcore of=/dev/nvme0n1p2 bs=4M oflag=direct conv=sync 2>/dev/null && echo "second kernel: dump is there"
fi
sync
poweroff -f
"""


def second_image(story):
    """An initramfs for the kernel that is started."""
    return initrd(story.folder / "second", {"/autorun": (COPY, 0o755)})


def files(story, tree):
    return {"/second/bzImage": tree.bzimage, "/second/initrd": second_image(story)}


def linux_dump(story, disk):
    """The vmcore that the capture kernel has copied to the target's place."""
    start, end = disk.range(TARGET_PART)
    path = story.folder / "vmcore"
    disk.extract(start, end - start, path)
    size = max(offset + filesz for offset, _, _, filesz, _ in Vmcore(path).loads)
    with open(path, "r+b") as out:
        out.truncate(size)
    return Vmcore(path)


def phase_log(core):
    """{key: [values]} of the phase log's lines, and the phases in order."""
    text = next(desc for name, _, desc in core.notes if name == "LIFEBOAT").split(b"\0")[0].decode()
    lines = [line.split("=", 1) for line in text.splitlines()]
    return {key: [v for k, v in lines if k == key] for key, _ in lines}, [v.split()[0] for k, v in lines if k == "phase"]


def check_phase_log(core):
    said, phases = phase_log(core)
    assert phases == PHASES, f"phases {phases}"
    assert said["nmi_answered"] + said.get("nmi_late", []) in (["0"], ["", "0"]) and said["cpu"] == ["1"], said
    assert "sysrq triggered crash" in said["reason"][0] and "no_timer_check" in said["cmdline"][0], said
    times = [int(re.search(r"tsc=(\d+)", v)[1]) for v in said["phase"]]
    assert times == sorted(times), f"time runs backwards: {times}"


# --- two by two: their tools and ours, on their kernel and on ours ----------------------------------

table("two by two", {
    "our tools and dump kernel": {"upstream's kernel": "x86_64-linux-upstream_dumpkernel", "our kernel": "x86_64-linux-ours_dumpkernel"},
    "stock kexec-tools, Linux capture kernel": {"upstream's kernel": "x86_64-linux-upstream_linux_capture",
                                                "our kernel": "x86_64-linux-ours_linux_capture"},
})


@case("x86_64-linux-ours_dumpkernel", name="ours")
@case("x86_64-linux-upstream_dumpkernel", name="upstream")
def dumpkernel(story, name):
    """Our tools and dump kernel."""
    tree = Tree(name)
    disk = story.disk("nvme", partitions=GUARDED)
    with story.guest(linux=tree.bzimage) as guest:
        guest.boot()
        story.arm(guest, disk.device(0, TARGET_PART))
        guest.panic(cpu=1)
        guest.wait_end()
    _, core = story.dumped(disk, TARGET_PART)
    said, every = core.crash(tree.vmlinux, "bt", "bt -a")
    assert "sysrq_handle_crash" in panic_backtrace(said), said
    assert "crash_nmi_callback" in every, every
    if name == "ours":
        check_phase_log(core)


@case("x86_64-linux-ours_linux_capture", name="ours", tool="stock")
@case("x86_64-linux-upstream_linux_capture", name="upstream", tool="stock")
@case("x86_64-linux-ours_linux_capture_our_kexec", soak=True, name="ours", tool="ours")
@case("x86_64-linux-ours_linux_capture_high", soak=True, name="ours", tool="stock", region="160M,high crashkernel=64M,low", memory="6G")
@case("x86_64-linux-ours_linux_capture_4_levels", soak=True, name="ours", tool="stock", cpu="qemu64")
@case("x86_64-linux-ours_linux_capture_ovmf", soak=True, name="ours", tool="stock", firmware="ovmf")
def linux_capture(story, name, tool, memory="1G", **options):
    """Stock kexec-tools (or our kexec), and the same kernel as capture kernel."""
    tree = Tree(name)
    core = captured(story, tree, tool, memory=memory, **options)
    said, every = core.crash(tree.vmlinux, "bt", "bt -a")
    assert "sysrq_handle_crash" in panic_backtrace(said), said
    assert "crash_nmi_callback" in every, every
    if name == "ours":
        check_phase_log(core)


def captured(story, tree, tool="stock", region="160M", memory="1G", append="", **options):
    """The vmcore that a capture kernel has copied after a panic."""
    big = memory != "1G"
    disk = story.disk("nvme", partitions=(16, 6400, 64) if big else GUARDED, size_mb=6600 if big else 1400)
    with story.guest([disk], append=f"crashkernel={region} {append}", files=files(story, tree), linux=tree.bzimage, memory=memory, **options) as guest:
        guest.boot()
        guest.check(f"{TOOLS[tool]} -p -c /second/bzImage --initrd=/second/initrd --command-line='{CAPTURE}'")
        assert guest.check("cat /sys/kernel/kexec_crash_loaded").strip() == "1"
        guest.panic(cpu=1)
        guest.console.expect("second kernel: dump is there", 240)
        guest.wait_end()
    core = linux_dump(story, disk)
    core.check(2, int(memory[:-1]) << 10, 160 + (64 if big else 0))
    assert "sysrq triggered crash" in core.dmesg()
    return core


@case("x86_64-linux-ours_kexec_e", name="ours")
@case("x86_64-linux-upstream_kexec_e", soak=True, name="upstream")
def kexec_e(story, name):
    """Stock kexec-tools load another kernel, throw it away, load it again and start it; see reboots.py for longer rows."""
    tree = Tree(name)
    with story.guest(append="", files=files(story, tree), linux=tree.bzimage) as guest:
        guest.boot()
        guest.check("/sbin/kexec -l -c /second/bzImage --initrd=/second/initrd --command-line='console=ttyS0 no_timer_check word=4711'")
        assert guest.check("cat /sys/kernel/kexec_loaded").strip() == "1"
        guest.check("/sbin/kexec -u -c")
        assert guest.check("cat /sys/kernel/kexec_loaded").strip() == "0"
        guest.check("/sbin/kexec -l -c /second/bzImage --initrd=/second/initrd --command-line='console=ttyS0 no_timer_check word=4711'")
        guest.send("/sbin/kexec -e")
        guest.console.expect("second kernel: .*word=4711", 120)
        guest.wait_end()


# --- the ways to crash, on ours -----------------------------------------------------------------------


def lkdtm(what, cpu=0):
    def provoke(guest):
        guest.check("mkdir -p /dbg && mount -t debugfs debugfs /dbg")
        guest.send(f"taskset -c {cpu} sh -c 'echo {what} > /dbg/provoke-crash/DIRECT'")
    return provoke


def in_hardirq(guest):
    """A break and a key on the serial line, whose interrupt handler does the rest."""
    guest.check("echo 1 > /proc/sys/kernel/sysrq")
    guest.qmp("chardev-send-break", id="console")
    guest.console.send("c")


def in_nmi(guest):
    guest.check("echo 1 > /proc/sys/kernel/unknown_nmi_panic")
    guest.qmp("inject-nmi")


def others_locked_up(guest):
    """CPU 1 spins with interrupts off; CPU 0 panics."""
    lkdtm("HARDLOCKUP", 1)(guest)
    time.sleep(2)
    guest.qmp("inject-nmi")


def two_at_once(guest):
    guest.send("for cpu in 0 1; do taskset -c $cpu sh -c 'while [ ! -e /go ]; do :; done; echo c > /proc/sysrq-trigger' & done; sleep 1; > /go; wait")


def unplugged(guest):
    guest.check("echo 0 > /sys/devices/system/cpu/cpu1/online")
    guest.panic(cpu=0)


def after_notifiers(guest):
    guest.check("echo 1 > /sys/module/kernel/parameters/crash_kexec_post_notifiers")
    guest.panic(cpu=1)


@case("x86_64-linux-ours_panic", how=lkdtm("PANIC", 1), word="direct_entry", panic="dumptest")
@case("x86_64-linux-ours_bug", how=lkdtm("BUG"), word="lkdtm_BUG", panic="direct entry BUG")
@case("x86_64-linux-ours_null", how=lkdtm("EXCEPTION", 1), word="lkdtm_EXCEPTION", panic="NULL pointer")
@case("x86_64-linux-ours_stack_overflow", how=lkdtm("EXHAUST_STACK"), word="recursive_loop", panic="stack guard page")
@case("x86_64-linux-ours_softlockup", soak=True, how=lkdtm("SOFTLOCKUP", 1), word="watchdog_timer_fn", panic="softlockup: hung tasks", append="softlockup_panic=1 watchdog_thresh=5")
@case("x86_64-linux-ours_hardirq", soak=True, how=in_hardirq, word="serial8250_interrupt")
@case("x86_64-linux-ours_nmi", how=in_nmi, word="exc_nmi", panic="NMI: Not continuing")
@case("x86_64-linux-ours_cpu_spins", how=others_locked_up, word="exc_nmi", every="lkdtm_HARDLOCKUP", panic="NMI: Not continuing", append="unknown_nmi_panic")
@case("x86_64-linux-ours_two_at_once", soak=True, how=two_at_once, word="sysrq_handle_crash")
@case("x86_64-linux-ours_unplugged_cpu", soak=True, how=unplugged, word="sysrq_handle_crash", notes=1)
@case("x86_64-linux-ours_post_notifiers", soak=True, how=after_notifiers, word="sysrq_handle_crash", append="crash_kexec_post_notifiers")
@case("x86_64-linux-ours_1_cpu", how=lambda guest: guest.panic(0), word="sysrq_handle_crash", notes=1, cpus=1)
@case("x86_64-linux-ours_short_delays", how=lambda guest: guest.panic(1), word="sysrq_handle_crash", append="lpj=1000")
@case("x86_64-linux-ours_8_cpus", soak=True, how=lambda guest: guest.panic(5), word="sysrq_handle_crash", notes=8, cpus=8)
def crash_matrix(story, how, word, panic="sysrq triggered crash", every=None, notes=2, append="", **options):
    """A complete dump, whose backtrace names the function that crashed."""
    tree = Tree("ours")
    disk = story.disk("nvme", partitions=GUARDED)
    with story.guest(linux=tree.bzimage, append=f"crashkernel=1M panic_on_oops=1 oops=panic {append}", **options) as guest:
        guest.boot()
        story.arm(guest, disk.device(0, TARGET_PART))
        how(guest)
        guest.wait_end()
    _, core = story.dumped(disk, TARGET_PART, notes=notes, panic=panic)
    bt, all_bt = core.crash(tree.vmlinux, "bt", "bt -a")
    assert re.search(rf"\b{word}", bt), f"bt does not name {word}: {bt}"
    assert not every or every in all_bt, f"bt -a does not name {every}: {all_bt}"
    said, phases = phase_log(core)
    assert phases[-1] == "jump" and set(PHASES) <= set(phases), phases
    silent = {line.split()[0] for line in said.get("nmi_silent", [])} - set(said.get("nmi_late", []))
    assert not silent, said


def module(tree, source):
    """A module's one source file, built for this tree."""
    def make(path):
        work = path.with_suffix(".dir")
        work.mkdir()
        shutil.copy(source, work)
        (work / "Makefile").write_text(f"obj-m := {source.stem}.o\n")
        cache.run("make", "-s", "-C", tree.path, "modules_prepare")
        cache.run("make", "-C", tree.path, f"M={work}", "KBUILD_MODPOST_WARN=1", "modules")
        shutil.move(work / f"{source.stem}.ko", path)
        shutil.rmtree(work)
    return cache.entry(f"linux-source/{source.stem}-{cache.content_hash(source, tree.path / '.config', str(tree.path))}.ko", make)


def stuck_module(tree):
    return module(tree, cache.REPO / "tests/vm/guest/stuck.c")


@case("x86_64-linux-ours_bug_softirq", where="softirq")
@case("x86_64-linux-ours_bug_hardirq", soak=True, where="hardirq")
@case("x86_64-linux-ours_bug_nmi", soak=True, where="nmi")
@case("x86_64-linux-ours_bug_console_lock", where="console")
@case("x86_64-linux-ours_null_jump", where="jump", rip="0x0")
def bug_in_context(story, where, rip=None):
    """A BUG() in a context that is hard to leave, or a jump to nowhere: a complete dump, whose backtrace names it."""
    tree = Tree("ours")
    disk = story.disk("nvme", partitions=GUARDED)
    with story.guest(linux=tree.bzimage, append="crashkernel=1M panic_on_oops=1 oops=panic",
                     files={"/crash_in.ko": module(tree, cache.REPO / "tests/linux/crash_in.c")}) as guest:
        guest.boot()
        story.arm(guest, disk.device(0, TARGET_PART))
        guest.send(f"taskset -c 0 insmod /crash_in.ko where={where}")
        guest.wait_end()
    _, core = story.dumped(disk, TARGET_PART, panic=f"RIP: 0010:{rip or f'crash_in_{where}'}")
    bt = core.crash(tree.vmlinux, "bt")
    assert f"crash_in_{where}" in bt and "crash_kexec" in bt, f"bt does not name crash_in_{where}: {bt}"
    said, phases = phase_log(core)
    assert phases == PHASES and said["cpu"] == ["1" if where == "nmi" else "0"], said


@case("x86_64-linux-ours_silent_cpu")
def silent_cpu(story):
    """A CPU that does not answer the NMI: the phase log says which, and what it ran."""
    tree = Tree("ours")
    disk = story.disk("nvme", partitions=GUARDED)
    with story.guest(linux=tree.bzimage, files={"/stuck.ko": stuck_module(tree)}) as guest:
        guest.boot()
        story.arm(guest, disk.device(0, TARGET_PART))
        guest.send("taskset -c 0 insmod /stuck.ko cpu=1 nmi=1")
        guest.console.expect(r"the kernel's phase log: jump after \d+ ms; no answer to the NMI: CPU 1 \(pid \d+ \S+\)$", 60)
        guest.wait_end()
    _, core = story.dumped(disk, TARGET_PART, notes=1, panic="CPU 1 is stuck in an NMI")
    said, phases = phase_log(core)
    assert phases == PHASES and said["nmi_answered"] == [""], said
    assert re.match(r"1 task=ff[0-9a-f]{14} pid=\d+ comm=\S+ last_sp=ff[0-9a-f]{14}$", said["nmi_silent"][0]), said


# --- what upstream does not -----------------------------------------------------------------------------


def region(guest):
    """[start, end) of the crash region, from /proc/iomem."""
    found = re.findall(r"([0-9a-f]+)-([0-9a-f]+) : Crash kernel", guest.check("cat /proc/iomem"))
    assert len(found) == 1, found
    return int(found[0][0], 16), int(found[0][1], 16) + 1


def spoil(guest, start):
    """Overwrites a page of what is loaded, from outside."""
    gdb = guest.gdb()
    gdb.write(start + 0x1000, bytes(range(256)) * 4)
    gdb.close()
    guest.qmp("cont")


@case("x86_64-linux-ours_damaged_image")
def damaged_image(story):
    """An image that is not what was loaded is not started; the machine does what panic= says."""
    tree = Tree("ours")
    disk = story.disk("nvme", partitions=GUARDED)
    with story.guest(linux=tree.bzimage) as guest:
        guest.boot()
        story.arm(guest, disk.device(0, TARGET_PART))
        spoil(guest, region(guest)[0])
        guest.panic(cpu=1)
        guest.console.expect("the first crash image has been overwritten", 30)
        guest.console.expect("Rebooting in 5 seconds", 30)
        guest.wait_end()
    story.untouched(disk, TARGET_PART)


@functools.lru_cache(None)
def program(name):
    """tests/linux/<name>.c, built to run in a guest."""
    path = cache.BUILD / "linux" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    cache.run("gcc", "-static", "-O1", "-Wall", "-Werror", "-o", path, cache.REPO / f"tests/linux/{name}.c")
    return path


def calls():
    """kexec_load(2) with arguments that no tool gives."""
    return program("calls")


@case("x86_64-linux-ours_fallback", damage=True, runs="fallback")
@case("x86_64-linux-ours_fallback_not_needed", damage=False, runs="first")
def fallback(story, damage, runs):
    """Two images: the second runs when the first is damaged, and only then."""
    with story.guest(linux=Tree("ours").bzimage, files={"/calls": calls()}) as guest:
        guest.boot()
        start, _ = region(guest)
        guest.check(f"/calls image {start:x} 1 first")
        guest.check(f"/calls image {start + 0x80000:x} 8001 fallback")
        guest.refuse(f"/calls image {start:x} 8001 fallback", "busy")	# on top of the first
        if damage:
            spoil(guest, start)
        guest.panic(cpu=1)
        guest.console.expect(f"the {runs} image runs", 60)
        guest.wait_end()


def free_pages(guest):
    return sum(map(int, re.findall(r"nr_free_pages (\d+)", guest.check("sync; echo 3 > /proc/sys/vm/drop_caches; cat /proc/vmstat"))))


@case("x86_64-linux-ours_load_cycles", count=800)
@case("x86_64-linux-ours_load_cycles_1500", soak=True, count=1500)
def load_cycles(story, count):
    """Loads that succeed, fail half-way and collide leave nothing behind."""
    with story.guest(linux=Tree("ours").bzimage, files={"/calls": calls()}, memory="512M") as guest:
        guest.boot()
        start, _ = region(guest)
        guest.check(f"/calls cycles 20 {start:x}")
        before = free_pages(guest)
        said = guest.check(f"/calls cycles {count} {start:x}", timeout=200)
        lost = before - free_pages(guest)
        assert len(re.findall(r"^loaded [1-9]\d*, busy \d+, fault [1-9]\d*, other 0$", said, re.M)) == 2, said
        # The CPUs' lists of free pages come and go; one page of every load would be more.
        assert lost < 600, f"{lost} pages are lost: {said}"
        assert guest.check("cat /sys/kernel/kexec_loaded /sys/kernel/kexec_crash_loaded").split() == ["0", "0"]
        log = guest.check("dmesg")
        assert not re.search(r"BUG|WARNING|Bad page", log), log[-2000:]


def shape(guest):
    """What the kernel tells of itself, less addresses: {what: text}."""
    mask = lambda text: re.sub(r"\b[0-9a-f]{6,}\b", "X", text)
    info = guest.check("head -c 20000 /proc/kcore | strings | sed -n '/^OSRELEASE=/,/^NUMBER(sme_mask)/p'")
    info = re.sub(r"(SYMBOL\(.*|KERNELOFFSET|NUMBER\(phys_base\)|BUILD-ID)=.*", r"\1", info)
    # Address space randomization changes where things lie, not which there are; QEMU's firmware does not always leave its ROMs.
    iomem = sorted(set(line.split(" : ")[1] for line in guest.check("grep -v ROM /proc/iomem").splitlines()))
    sysfs = guest.check("cd /sys/kernel; grep -s . kexec_loaded kexec_crash_loaded kexec_crash_size; ls -la kexec_* vmcoreinfo | awk '{ print $1, $NF }'; "
                        "cat /proc/sys/kernel/kexec_load_disabled; ls /sys/devices/system/cpu/cpu1 | grep crash; cat /sys/devices/system/cpu/cpu1/crash_notes_size")
    return {"vmcoreinfo": info, "iomem": "\n".join(iomem), "sysfs": mask(sysfs)}


@case("x86_64-linux-ours_panic_in_load")
def panic_in_load(story):
    """A panic while normal images are loaded and sysfs is read: the dump is complete."""
    tree = Tree("ours")
    disk = story.disk("nvme", partitions=GUARDED)
    with story.guest(linux=tree.bzimage, files={"/calls": calls()}) as guest:
        guest.boot()
        story.arm(guest, disk.device(0, TARGET_PART))
        guest.send("while :; do cat /sys/kernel/kexec_crash_size; done >/dev/null & /calls cycles 1000000 0 >/dev/null & sleep 1; echo c > /proc/sysrq-trigger")
        guest.wait_end()
    _, core = story.dumped(disk, TARGET_PART)
    assert phase_log(core)[1] == PHASES


@case("x86_64-linux-ours_panic_in_replace", second=True)
@case("x86_64-linux-ours_panic_in_replace_alone", soak=True, second=False)
def panic_in_replace(story, second):
    """A panic while the crash image is replaced in its place: that one or the fallback runs; without one, the machine reboots."""
    for number in range(4):
        with story.guest(linux=Tree("ours").bzimage, files={"/calls": calls()}, memory="512M") as guest:
            guest.boot()
            start, _ = region(guest)
            if second:
                # In this order: a fallback makes room for no first image that was there before it.
                guest.check(f"/calls image {start:x} 1 first")
                guest.check(f"/calls image {start + 0x80000:x} 8001 fallback")
            guest.send(f"while :; do /calls image {start:x} 1 first; done & sleep 0.{number + 3}; echo c > /proc/sysrq-trigger")
            guest.console.expect("the (first|fallback) image runs" if second else "the first image runs|Rebooting in 5 seconds", 30)
            guest.wait_end(60)


@case("x86_64-linux-differential", append="crashkernel=64M")
@case("x86_64-linux-differential_high", append="crashkernel=32M,high crashkernel=16M,low", memory="5G")
@case("x86_64-linux-differential_ranges", soak=True, append="crashkernel=256M-900M:16M,900M-2G:48M,2G-:96M")
@case("x86_64-linux-differential_offset", soak=True, append="crashkernel=48M@256M")
@case("x86_64-linux-differential_last_counts", append="crashkernel=16M crashkernel=32M,high crashkernel=24M")
@case("x86_64-linux-differential_too_much", append="crashkernel=8G")
@case("x86_64-linux-differential_nonsense", soak=True, append="crashkernel=lots")
def differential(story, append, **options):
    """Upstream's kernel and ours say the same of themselves: vmcoreinfo's keys in order, /proc/iomem, sysfs."""
    said = {}
    for name in ("upstream", "ours"):
        with story.guest(linux=Tree(name).bzimage, append=append, **options) as guest:
            guest.boot()
            said[name] = shape(guest)
    assert len(said["ours"]["vmcoreinfo"].splitlines()) > 80, said["ours"]["vmcoreinfo"]
    for what, theirs in said["upstream"].items():
        assert said["ours"][what] == theirs, f"{what}: ours {said['ours'][what]}, upstream {theirs}"


def elf_shape(core):
    """What readelf -ln shows, less addresses, the kernel's own text (another kernel), and the note that only ours has."""
    ram = [(paddr, filesz, memsz) for _, vaddr, paddr, filesz, memsz in core.loads if vaddr < 0xffffffff80000000]
    # The text of vmcoreinfo has numbers of other lengths.
    notes = [(name, kind, None if name == "VMCOREINFO" else len(desc)) for name, kind, desc in core.notes if name != "LIFEBOAT"]
    return {"PT_LOADs of RAM": ram, "PT_LOADs": len(core.loads), "notes": notes}


@case("x86_64-linux-differential_dump")
def same_dump(story):
    """The same crash with the same tools on upstream's kernel and on ours: the vmcore's shape and every reader's answers agree."""
    said = {}
    for name in ("upstream", "ours"):
        tree = Tree(name)
        core = captured(story, tree, append="nokaslr")	# else each boot has its own place for the region
        said[name] = {**answers(core, tree.vmlinux, tasks_least=20), **elf_shape(core)}
    for question, theirs in said["upstream"].items():
        ours = said["ours"][question]
        assert theirs, f"{question}: upstream's kernel does not answer it either"
        if question == "crash TOTAL MEM":
            assert abs(ours - theirs) < 64, f"{question}: {ours} pages, upstream {theirs}"
        else:
            assert ours == theirs, f"{question}: {ours}, upstream {theirs}"


@case("x86_64-linux-calls")
def same_answers(story):
    """Arguments that no tool gives: ours answers each as upstream does."""
    said = {}
    for name in ("upstream", "ours"):
        with story.guest(linux=Tree(name).bzimage, files={"/calls": calls()}, memory="512M") as guest:
            guest.boot()
            said[name] = guest.check(f"/calls errors {region(guest)[0]:x} {region(guest)[1]:x}")
    assert said["ours"] == said["upstream"], "\n".join(
        f"{ours} (upstream: {theirs})" for ours, theirs in zip(said["ours"].splitlines(), said["upstream"].splitlines()) if ours != theirs)
    assert len(said["ours"].splitlines()) > 25, said


@case("x86_64-linux-ours_grow")
def grow(story):
    """From nothing to 160 MiB at run time; then a stock capture kernel in it works; shrink and free give everything back."""
    tree = Tree("ours")
    disk = story.disk("nvme", partitions=GUARDED)
    with story.guest([disk], append="", files=files(story, tree), linux=tree.bzimage) as guest:
        guest.boot()
        size = lambda: int(guest.check("cat /sys/kernel/kexec_crash_size"))
        resize = lambda mb: guest.check(f"echo $(({mb} << 20)) > /sys/kernel/kexec_crash_size")
        assert size() == 0
        before = free_pages(guest)
        for mb in (16, 64, 32, 160, 8, 0) * 5:
            resize(mb)
            assert size() == mb << 20
            if mb:
                start, end = region(guest)
                assert end - start == mb << 20, f"{start:#x}-{end:#x}"
        lost = before - free_pages(guest)
        assert lost < 256, f"{lost} pages are lost"
        code, _ = guest.run("echo $((4 << 30)) > /sys/kernel/kexec_crash_size")
        assert code and size() == 0, "more than there is was granted"
        resize(160)
        guest.check(f"/sbin/kexec -p -c /second/bzImage --initrd=/second/initrd --command-line='{CAPTURE}'")
        code, _ = guest.run("echo 0 > /sys/kernel/kexec_crash_size")
        assert code and size() == 160 << 20, "the region of a loaded image was taken away"
        guest.panic(cpu=1)
        guest.console.expect("second kernel: dump is there", 240)
        guest.wait_end()
    core = linux_dump(story, disk)
    core.check(2, 1024, 160)
    check_phase_log(core)


# --- the tree, no guest -------------------------------------------------------------------------------------


@case("linux-symbols")
def needed_symbols(story):
    """By nm: what the rest of the kernel needs is there, exports included."""
    needed, missing, exports, exports_missing = symbols.compare(Tree("upstream").path, Tree("ours").path)
    assert len(needed) > 15 and exports, f"too few found: {needed} {exports}"
    assert not missing and not exports_missing, f"missing: {missing} {exports_missing}"


@case("linux-own_work")
def own(story):
    rows = own_work.compare(Tree("upstream").path)
    assert max(rows)[0] <= own_work.LIMIT, f"{max(rows)[0]} tokens in a row are shared: {max(rows)}"


@case("linux-overlay")
def overlay(story):
    """Applied and undone leaves every byte as it was; what does not fit is refused and left alone."""
    upstream, script = Tree("upstream").path, cache.REPO / "kernel/overlay.sh"
    tree = story.folder / "tree"
    paths = ["Makefile", "kernel", "arch/Kconfig", "arch/x86/Kconfig", "arch/x86/Kbuild", "arch/x86/kernel", "arch/x86/include", "fs/proc", "include/linux"]

    def copy():
        shutil.rmtree(tree, ignore_errors=True)
        for path in paths:
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            if (upstream / path).is_dir():
                shutil.copytree(upstream / path, tree / path, symlinks=True, ignore=shutil.ignore_patterns("*.o", "*.a", ".*"))
            else:
                shutil.copy2(upstream / path, tree / path)

    def state():
        return {p.relative_to(tree): p.read_bytes() for p in tree.rglob("*") if p.is_file()}

    def run(what):
        return subprocess.run([script, what, tree], capture_output=True, text=True)

    copy()
    before = state()
    for what, word in (("check", "fits"), ("apply", "applied"), ("check", "applied"), ("apply", "up to date"), ("undo", "undone"), ("check", "fits")):
        done = run(what)
        assert done.returncode == 0 and word in done.stdout, f"{what}: {done}"
        if what == "apply":
            assert not (tree / "kernel/kexec_core.c").exists() and (tree / "kernel/kexec/panic.c").exists()
    assert state() == before, "undo does not restore every byte"
    assert run("undo").returncode, "undone twice"

    run("apply")
    (tree / ".lifeboat/overlay.sh").write_text(script.read_text() + "# older\n")
    assert "undone" in run("apply").stdout, "a tree of another version was not undone first"
    run("undo")
    assert state() == before, "undo does not restore every byte after a change of version"

    for file, old, new, word in (("Makefile", "PATCHLEVEL = 1", "PATCHLEVEL = 2", "6.2"),
                                 ("kernel/Makefile", "obj-$(CONFIG_KEXEC) += kexec.o", "obj-y += kexec.o", "kexec.o"),
                                 ("arch/x86/kernel/setup.c", "SZ_64T", "SZ_32T", "crashkernel= part"),
                                 ("kernel/crash_core.c", None, None, "crash_core.c is missing")):
        place = tree / file
        text = place.read_text()
        place.unlink() if old is None else place.write_text(text.replace(old, new))
        changed = state()
        done = run("apply")
        assert done.returncode == 1 and word in done.stderr, f"{file}: {done}"
        assert state() == changed, f"{file}: a refused tree was changed"
        place.write_text(text)
