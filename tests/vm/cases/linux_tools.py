# SPDX-License-Identifier: GPL-2.0
"""What our kernel does and upstream's does not, through our tools: fallback, elfcorehdr after hotplug, phase log."""
import re

from .. import target
from ..runner import case
from ..story import CONFIG, DUMPKERNEL, GUARDED, TARGET_PART
from .linux import CAPTURE, TOOLS, Tree, files, linux_dump, phase_log, region, spoil

FIRST = f"{{tool}} -p -c /second/bzImage --initrd=/second/initrd --command-line='{CAPTURE}'"
LINUX = f"kexec -p --fallback /second/bzImage --initrd=/second/initrd --command-line='{CAPTURE}'"
DUMP = f"kexec -p --fallback {DUMPKERNEL} --initrd={CONFIG} --command-line=console=ttyS0"


def first_image(guest):
    """[(start, end), ...] that the first image occupies."""
    said = guest.check("cat /sys/kernel/crash_image_ranges")
    return [tuple(int(n, 16) for n in line.split("-")) for line in said.splitlines()]


@case("x86_64-linux-ours_fallback_by_kexec", fallback=DUMP)
@case("x86_64-linux-ours_fallback_by_kexec_not_needed", fallback=DUMP, damage=False)
@case("x86_64-linux-ours_fallback_linux", fallback=LINUX, size_mb=160)
@case("x86_64-linux-ours_fallback_of_stock_kexec", fallback=DUMP, size_mb=160, first="stock")
def fallback(story, fallback, damage=True, size_mb=1, first="dump kernel"):
    """A dump kernel, or what stock kexec-tools load, and another image beside it: a damaged first one costs no dump."""
    tree = Tree("ours")
    disk = story.disk("nvme", partitions=GUARDED)
    with story.guest(append=f"crashkernel={size_mb}M", files=files(story, tree), linux=tree.bzimage) as guest:
        guest.boot()
        assert not first_image(guest)
        story.arm(guest, disk.device(0, TARGET_PART))
        if first == "stock":
            guest.check(FIRST.format(tool=TOOLS["stock"]))
        before = first_image(guest)
        guest.check(fallback)
        assert before and first_image(guest) == before, f"the first image was {before}, is {first_image(guest)}"
        if damage:
            spoil(guest, region(guest)[0])
        guest.panic(cpu=1)
        if fallback == LINUX:
            guest.console.expect("second kernel: dump is there", 240)
        else:
            said = guest.console.expect(r"dump kernel at ([0-9a-f]+),", 60)
            start, end = before[0]
            assert (start <= int(said[1], 16) < end) != damage, f"the dump kernel at {said[1]} runs, the first image is at {before}"
            damaged = guest.console.expect(r"the kernel's phase log: jump after \d+ ms(.*)\n", 30)[1]
            assert damaged == ("; damaged image: first" if damage else ""), damaged
        guest.wait_end()
    if fallback == LINUX:
        core = linux_dump(story, disk)
        core.check(2, 1024, size_mb)
        assert "sysrq triggered crash" in core.dmesg()
    else:
        _, core = story.dumped(disk, TARGET_PART, region_mb=size_mb)
    said, _ = phase_log(core)
    assert said["image"] == ["fallback" if damage else "first"], said
    assert said.get("damaged", []) == (["first"] if damage else []), said
    assert said["elfcorehdr"] == ["updated"], said


@case("x86_64-linux-ours_fallback_unloaded")
def fallback_unloaded(story):
    """Unloading: the fallback alone, and the first with its fallback.  What does not fit is refused and changes nothing."""
    disk = story.disk("nvme", partitions=GUARDED)
    loaded = "cat /sys/kernel/kexec_crash_loaded"
    with story.guest(linux=Tree("ours").bzimage) as guest:
        guest.boot()
        story.arm(guest, disk.device(0, TARGET_PART))
        guest.check(f"{DUMP} && kexec -p -u")
        assert guest.check(loaded).strip() == "0", "the fallback stays without the first"
        guest.check(f"echo {400 << 10} > /sys/kernel/kexec_crash_size")
        guest.check(f"kexec -p -c {DUMPKERNEL} --initrd={CONFIG} --append=console=ttyS0")
        before = first_image(guest)
        guest.refuse(DUMP, "too small: it has 400 KiB, this image needs \\d+ KiB with the first one")
        guest.check(f"kexec -p -u && echo {1 << 20} > /sys/kernel/kexec_crash_size")
        guest.check(f"kexec -p -c {DUMPKERNEL} --initrd={CONFIG} --append=console=ttyS0")
        guest.check(f"{DUMP} && {DUMP} && kexec -p --fallback -u && kexec -p --fallback -u")
        assert guest.check(loaded).strip() == "1" and before and first_image(guest)
        spoil(guest, region(guest)[0])
        guest.panic(cpu=1)
        guest.console.expect("the first crash image has been overwritten", 30)
        guest.console.expect("Rebooting in 5 seconds", 30)
        guest.wait_end()
    story.untouched(disk, TARGET_PART)


@case("x86_64-none-no_fallback")
def no_fallback(story):
    """A stock kernel keeps one crash image: the tool says so, and the one that is loaded stays."""
    with story.guest() as guest:
        guest.boot()
        guest.check(f"kexec -p -c -i {DUMPKERNEL} --append=console=ttyS0")
        for what in (f"-i {DUMPKERNEL} --append=console=ttyS0", "-u"):
            guest.refuse(f"kexec -p --fallback {what}", "keeps one crash image only", "Lifeboat's kernel/")
        assert guest.check("cat /sys/kernel/kexec_crash_loaded").strip() == "1"


def plug_memory(guest, size_mb):
    """One more DIMM; returns when Linux uses it."""
    memory = lambda: int(guest.check("awk '/MemTotal/ { print $2 }' /proc/meminfo"))
    before = memory()
    guest.qmp("object-add", **{"qom-type": "memory-backend-ram", "id": "more", "size": size_mb << 20})
    guest.qmp("device_add", driver="pc-dimm", id="dimm", memdev="more")
    guest.check("for i in 1 2 3 4 5 6 7 8 9 10; do sleep 0.3; [ $(awk '/MemTotal/ { print $2 }' /proc/meminfo) = %d ] || break; done" % before)
    assert memory() - before > size_mb * 800, f"{memory()} KiB, before {before}"


@case("x86_64-linux-ours_hotplug", tool="ours", total=768)
@case("x86_64-linux-ours_hotplug_as_loaded", tool="stock", total=512)
def hotplug(story, tool, total):
    """Memory that comes after the image was loaded is in the dump, if the loader allows the header to change."""
    tree = Tree("ours")
    disk = story.disk("nvme", partitions=GUARDED)
    with story.guest([disk], append="crashkernel=160M", files=files(story, tree), linux=tree.bzimage, memory="512M,slots=1,maxmem=1G") as guest:
        guest.boot()
        guest.check(FIRST.format(tool=TOOLS[tool]))
        plug_memory(guest, 256)
        guest.panic(cpu=1)
        guest.console.expect("second kernel: dump is there", 240)
        guest.wait_end()
    core = linux_dump(story, disk)
    core.check(2, total, 160)
    assert "sysrq triggered crash" in core.dmesg()
    said, _ = phase_log(core)
    assert said.get("elfcorehdr") == (["updated"] if tool == "ours" else None), said


@case("x86_64-linux-ours_hotplug_dumpkernel")
def hotplug_dumpkernel(story):
    """Memory and CPUs that come and go after arming leave the dump kernel armed, and it dumps what is there at the crash."""
    disk = story.disk("nvme", partitions=GUARDED)
    with story.guest(linux=Tree("ours").bzimage, memory="512M,slots=1,maxmem=1G") as guest:
        guest.boot()
        story.arm(guest, disk.device(0, TARGET_PART))
        plug_memory(guest, 256)
        assert "came or went" not in guest.check("kdumpctl status")
        guest.check("echo 0 > /sys/devices/system/cpu/cpu1/online")
        assert "CPUs came or went" in guest.check("kdumpctl status")
        guest.panic(cpu=0)
        guest.wait_end()
    _, core = story.dumped(disk, TARGET_PART, notes=1, memory_mb=768)
    assert phase_log(core)[0]["elfcorehdr"] == ["updated"]


@case("x86_64-linux-ours_hotplug_no_room")
def hotplug_no_room(story):
    """More memory than the target takes: that is said before the crash."""
    disk = story.disk("nvme", partitions=(16, 600, 64), size_mb=800)
    with story.guest(linux=Tree("ours").bzimage, memory="512M,slots=1,maxmem=1G") as guest:
        guest.boot()
        story.arm(guest, disk.device(0, TARGET_PART))
        guest.check("kdumpctl status")
        plug_memory(guest, 256)
        guest.refuse("kdumpctl status", "has room for 59\\d MiB, .* which has grown, needs 7\\d\\d MiB")


@case("x86_64-linux-ours_phase_log", name="ours")
@case("x86_64-linux-upstream_no_phase_log", soak=True, name="upstream")
def told(story, name):
    """The dump kernel and kdumpctl tell how far the kernel came; of a kernel that keeps no log they say nothing."""
    tree = Tree(name)
    disk = story.disk("nvme", partitions=(16, 600, 64), size_mb=800)
    with story.guest(linux=tree.bzimage, memory="512M") as guest:
        guest.boot()
        story.arm(guest, disk.device(0, TARGET_PART))
        guest.panic(cpu=1)
        guest.wait_end()
        console = guest.console.text()
    found = target.Target(disk, disk.range(TARGET_PART)[0])
    with story.guest(memory="2G") as guest:
        guest.boot()
        guest.check(f"echo raw {disk.device(0, TARGET_PART)} > /etc/kdump.conf")
        collected = guest.check("kdumpctl collect 2>&1")
        assert "collected a dump: /var/crash/" in collected, collected
        code, log = guest.run("cat /var/crash/*/phase-log.txt")
        assert "phase log" in guest.check("cat /var/crash/*/kdump.log") or name == "upstream"
    if name == "upstream":
        assert code and "phase log" not in console + collected and not found.stage1(target.PHASE_LOG), collected
        return
    summary = re.search(r"the kernel's phase log: (jump after \d+ ms)$", console, re.M)
    assert summary and f"(phase-log.txt): {summary[1]}\n" in collected, f"{summary}, {collected}"
    assert log.encode() == found.stage1(target.PHASE_LOG)[0] and not re.search(r"[^\n -~]", log), log
    assert re.search(r"^phase=jump tsc=\d+$", log, re.M) and "reason=Kernel panic - not syncing: sysrq triggered crash\n" in log, log
