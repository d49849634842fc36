# SPDX-License-Identifier: GPL-2.0
"""A crash region at run time beside crashkernel=: how long until an unprepared machine is armed, and what it costs."""
import re
import statistics
import time

from . import bench, debian
from .bench_capture import DEFAULT_REGION, debian_root
from .cases.crashmem import installed
from .disk import Disk
from .story import GUARDED, TARGET_PART, Story

LOADED = "until grep -q 1 /sys/kernel/kexec_crash_loaded; do sleep 0.1; done"


def enable_times(runs):
    """Seconds: of `kdumpctl start` (Linux mode, its initramfs included) where nothing is reserved; of a reboot with
    crashkernel= until kdump-tools has armed."""
    story, found = Story("bench-enable"), {"ours": [], "peer": []}
    try:
        image = debian_root(story, installed(story))
        for number in range(max(1, runs // 3)):
            for who, region in (("ours", ""), ("peer", f"crashkernel={DEFAULT_REGION}")):
                one = Story(f"bench-enable-{who}-{number}")
                with one.guest([Disk(one.folder, "ROOT", base=image)], f"root={debian.DEVICE} rw {region}", image="none",
                               reboot=True, timeout=900) as guest:
                    guest.boot(300)
                    guest.check("systemctl is-system-running --wait; true", 300)
                    began = time.monotonic()
                    if who == "ours":
                        guest.check("kdumpctl start", 120)
                    else:
                        again = guest.shell.mark()
                        guest.send("systemctl reboot")
                        guest.shell.expect(r"^@exit 0\n", 300, again)
                        guest.check(LOADED, 120)
                    found[who].append(time.monotonic() - began)
                one.close(False)
        return found
    finally:
        story.close(False)


def start_alone():
    """Of the dump kernel: (seconds that kdumpctl start takes, KiB that the region keeps)."""
    story = Story("bench-enable-dumpkernel")
    try:
        disk = story.disk("nvme", partitions=GUARDED)
        with story.guest(append="", files=installed(story)) as guest:
            guest.boot()
            story.prepare(guest, disk.device(0, TARGET_PART))
            began = time.monotonic()
            guest.check("kdumpctl start")
            return time.monotonic() - began, int(guest.check("cat /sys/kernel/kexec_crash_size")) >> 10
    finally:
        story.close(False)


def run(wanted, runs):
    """Prints the figures for whose name wanted() is true."""
    if wanted("enable_time") or wanted("memory_kept"):
        alone = [start_alone() for _ in range(max(1, runs // 3))]
    if wanted("enable_time"):
        found = enable_times(runs)
        peer = statistics.median(found["peer"])
        bench.line("enable_time", statistics.median(seconds for seconds, _ in alone), peer, "s", 2)
        bench.line("enable_time_linux", statistics.median(found["ours"]), peer, "s", 2)
    if wanted("memory_kept"):
        bench.line("memory_kept", alone[0][1], int(re.match(r"\d+", DEFAULT_REGION)[0]) << 10, "KiB", 0)
