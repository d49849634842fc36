# SPDX-License-Identifier: GPL-2.0
"""What our kernel does and upstream's does not, through our tools: phase log."""
import re

from .. import target
from ..runner import case
from ..story import TARGET_PART
from .linux import Tree


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
