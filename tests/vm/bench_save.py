# SPDX-License-Identifier: GPL-2.0
"""kdump-save against makedumpfile, on the same vmcore of a guest of 4 GiB, on this machine.

The vmcore lies in the page cache and the dump goes to a tmpfs, so that CPU time is what is
measured; the two take turns, so that whatever else the machine does slows both down.
"""
import os
import re
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from . import bench, cache, target
from .story import TARGET_PART, Story
from .vmcore import Vmcore

KDUMP_SAVE = str(cache.BUILD / "bin/kdump-save")
SIZES = (16, 4300, 16)		# MiB of the disk's partitions
# Three quarters of memory: copies of programs and modules, one behind the other, in a tmpfs.  They shrink by about half.
FILL = ("mkdir -p /t && mount -t tmpfs -o size=3200M tmpfs /t && cat /bin/busybox /sbin/kexec /usr/bin/makedumpfile "
        "$(find /lib -name '*.ko' -o -name '*.so*') >/t/one && size=$(stat -c %s /t/one) && i=0 && "
        "while [ $((i * size >> 20)) -lt 3000 ]; do cat /t/one >>/t/all; i=$((i + 1)); done")
ZLIB_RUNS = 1		# of makedumpfile's, which takes a minute


def make_core(story):
    disk = story.disk("nvme", size_mb=sum(SIZES) + 2, partitions=SIZES)
    with story.guest([disk], memory="4G") as guest:
        guest.boot()
        guest.check(FILL, 300)
        story.arm(guest, disk.device(0, TARGET_PART))
        guest.panic(cpu=1)
        guest.wait_end(400)
    path = target.Target(disk, disk.range(TARGET_PART)[0]).extract(story.folder / "vmcore")
    return Vmcore(path).path


def seconds(command, out):
    out.unlink(missing_ok=True)
    start = time.monotonic()
    subprocess.run([*map(str, command), str(out)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - start


def peak_kib(command, out):
    """Resident memory at its highest, what is mapped of files included."""
    out.unlink(missing_ok=True)
    said = subprocess.run(["/bin/busybox", "time", "-v", *map(str, command), str(out)], check=True, capture_output=True, text=True).stderr
    return int(re.search(r"Maximum resident set size \(kbytes\): (\d+)", said)[1])


def zstd_bound(core, out):
    """Seconds that zstd's own benchmark takes for the pages that are not zero, each by itself, on two CPUs."""
    seconds((KDUMP_SAVE, "-d", 1, "--message-level", 0, core), out)	# all but these is a few per mille
    said = subprocess.run(["zstd", "-b1", "-i3", "-B4096", str(out)], check=True, capture_output=True, text=True)
    speed = float(re.findall(r"([\d.]+) MB/s", said.stdout + said.stderr)[-2])
    return out.stat().st_size / 1e6 / speed / 2


def compare(name, ours, theirs, runs, out, their_runs=None):
    """theirs: several commands; the fastest counts."""
    times = {command: [] for command in (ours, *theirs)}
    for number in range(runs):
        for command in times:
            if command == ours or number < (their_runs or runs):
                times[command].append(seconds(command, out))
    bench.line(name, statistics.median(times[ours]), min(statistics.median(times[t]) for t in theirs), "s", 2)


def commands(core):
    """{figure: (ours, theirs...)}"""
    def ours(codec, level, threads):
        return (KDUMP_SAVE, codec, "-d", level, "--num-threads", threads, "--message-level", 0, core)

    def theirs(codec, level, threads=0):
        return ("makedumpfile", codec, "-d", level, *(("--num-threads", threads) if threads else ()), "--message-level", 0, core)
    return {
        "offline_d31_lzo_1t": (ours("-l", 31, 1), theirs("-l", 31)),
        "offline_d31_lzo_2t": (ours("-l", 31, 2), theirs("-l", 31), theirs("-l", 31, 2)),
        "offline_d1_lzo_1t": (ours("-l", 1, 1), theirs("-l", 1)),
        "offline_d1_lzo_2t": (ours("-l", 1, 2), theirs("-l", 1), theirs("-l", 1, 2)),
        "offline_d1_zlib_1t": (ours("-c", 1, 1), theirs("-c", 1)),
    }


def run(wanted, runs):
    """Prints the figures for whose name wanted() is true."""
    names = [*commands(""), "offline_d1_zstd_2t", "offline_memory"]
    if not any(map(wanted, names)):
        return
    runs = min(runs, 5)
    story = Story("bench-save")
    try:
        given = os.environ.get("VMCORE")	# one that is there already
        core = given or str(make_core(story))
        with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
            measure(wanted, runs, core, Path(folder) / "dump")
    finally:
        story.close(False)


def measure(wanted, runs, core, out):
    every = commands(core)
    subprocess.run(["cat", core], check=True, stdout=subprocess.DEVNULL)	# into the page cache
    for name, (ours, *theirs) in every.items():
        if wanted(name):
            compare(name, ours, theirs, runs, out, ZLIB_RUNS if "zlib" in name else None)
    if wanted("offline_d1_zstd_2t"):
        command = (KDUMP_SAVE, "-z", "-d", 1, "--num-threads", 2, "--message-level", 0, core)
        bench.line("offline_d1_zstd_2t", statistics.median(seconds(command, out) for _ in range(runs)), zstd_bound(core, out), "s", 2)
    if wanted("offline_memory"):
        ours, theirs = every["offline_d1_lzo_2t"][0], every["offline_d1_lzo_1t"][1]
        bench.line("offline_memory", peak_kib(ours, out), peak_kib(theirs, out), "KiB", 0)
