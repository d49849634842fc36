# SPDX-License-Identifier: GPL-2.0
"""What our kernel does and upstream's does not, through our tools: elfcorehdr after hotplug, phase log."""
import re

from .. import target
from ..runner import case
from ..story import GUARDED, TARGET_PART
from .linux import CAPTURE, TOOLS, Tree, files, linux_dump, phase_log

FIRST = f"{{tool}} -p -c /second/bzImage --initrd=/second/initrd --command-line='{CAPTURE}'"


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
@case("x86_64-linux-upstream_no_phase_log", name="upstream")
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
