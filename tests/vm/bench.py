# SPDX-License-Identifier: GPL-2.0
"""What we are faster or smaller at than stock kdump, measured in one run on one machine.

Every time is the host's: a serial line when it arrives, a byte of the target when it is
in the image file.  Each figure is `bench <name> ours=<x> peer=<y> ratio=<r> unit=<u>`.
"""
import os
import re
import statistics
import struct
import threading
import time

from . import cache, peer, target
from .qemu import GuestError
from .story import GUARDED, TARGET_PART, Story, kernel

RUNS = 10


class Watch:
    """Looks at a raw image until its target changes, and until its header says COMPLETE."""

    def __init__(self, disk, start):
        self._file = os.open(disk.image, os.O_RDONLY)
        self._start = start
        self._before = os.pread(self._file, 1 << 20, self._start)
        self._mtime = os.fstat(self._file).st_mtime_ns
        self.first_byte = self.complete = None
        self._stop = False
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self):
        last = False
        while not last:
            last = self._stop	# one more look after close(): the guest may end right after its last write
            now = time.monotonic()
            if not self.first_byte:
                # The time of the last change first: it is cheap, and is looked at every half a millisecond.
                mtime = os.fstat(self._file).st_mtime_ns
                if mtime != self._mtime:
                    self._mtime = mtime
                    if os.pread(self._file, 1 << 20, self._start) != self._before:
                        self.first_byte = now
            elif struct.unpack("<I", os.pread(self._file, 4, self._start + 12))[0] == target.COMPLETE:
                self.complete = now
                return
            time.sleep(0.0005)

    def close(self):
        self._stop = True
        self._thread.join()
        os.close(self._file)


def ours_once(story, lines="", memory="1G", fill="true"):
    """{first_byte, finished, bytes}: seconds after the panic line, and the size of the vmcore."""
    disk = story.disk("nvme", partitions=GUARDED, raw=True)
    with story.guest([disk], memory=memory) as guest:
        guest.boot()
        guest.check(fill, 300)
        story.arm(guest, disk.device(0, TARGET_PART), "kexec_load", lines)
        watch = Watch(disk, disk.range(TARGET_PART)[0])
        guest.panic(cpu=1)
        guest.wait_end()
        watch.close()
        panic = guest.panic_time(1)
    found = target.Target(disk, disk.range(TARGET_PART)[0])
    assert watch.complete and found.state == target.COMPLETE, f"no complete dump: {found}"
    return {"first_byte": watch.first_byte - panic, "finished": watch.complete - panic, "bytes": found.dump_bytes,
            "writing": watch.complete - watch.first_byte}


def peer_once(story, region="128M", whole=False, how="dd", memory="1G", fill="true"):
    """The same of stock kdump; whole: waits until the copy is finished."""
    disk = story.disk("nvme", partitions=GUARDED, raw=True)
    copy = peer.copy_command(disk.device(0, TARGET_PART), how)
    with story.guest([disk], append=f"crashkernel={region}", files=peer.layer(copy), memory=memory) as guest:
        guest.boot()
        guest.check(fill, 300)
        peer.arm(guest)
        watch = Watch(disk, disk.range(TARGET_PART)[0])
        guest.panic(cpu=1)
        panic = guest.panic_time()
        if whole:
            guest.console.expect("capture: done", 300)
        else:
            until = time.monotonic() + 60
            while not watch.first_byte and time.monotonic() < until:
                time.sleep(0.05)
        end = time.monotonic()
        watch.close()
    return {"first_byte": watch.first_byte - panic, "finished": end - panic}


def dd_once(story):
    """Bytes a second that the guest itself writes to the same disk, by dd with direct I/O."""
    disk = story.disk("nvme", partitions=GUARDED, raw=True)
    with story.guest([disk]) as guest:
        guest.boot()
        began = time.monotonic()
        guest.check(f"dd if=/dev/zero of={disk.device(0, TARGET_PART)} bs=1M count=1024 oflag=direct")
        return (1 << 30) / (time.monotonic() - began)


def smallest(low, high, step, works):
    """The smallest multiple of step in (low, high] for which works() is true."""
    assert works(high), f"not even {high} works"
    while high - low > step:
        middle = (low + high) // 2 // step * step
        low, high = (low, middle) if works(middle) else (middle, high)
    return high


def our_region_works(kib):
    story = Story(f"bench-region-{kib}K")
    try:
        disk = story.disk("nvme", partitions=GUARDED)
        with story.guest([disk], append=f"crashkernel={kib}K") as guest:
            guest.boot()
            try:
                story.arm(guest, disk.device(0, TARGET_PART), "kexec_load")
            except GuestError:
                return False
            guest.panic()
            guest.wait_end()
        story.dumped(disk, TARGET_PART)
        return True
    finally:
        story.close(False)


def peer_region_works(mib):
    story = Story(f"bench-peer-region-{mib}M")
    try:
        peer_once(story, f"{mib}M", whole=True)
        return True
    except GuestError:
        return False
    finally:
        story.close(False)


def line(name, ours, theirs, unit, digits=3, larger_is_better=False):
    """ratio: how many times better ours is."""
    ratio = ours / theirs if larger_is_better else theirs / ours
    print(f"bench {name} ours={ours:.{digits}f} peer={theirs:.{digits}f} ratio={ratio:.2f} unit={unit}", flush=True)


# Half of memory in a tmpfs: copies of programs and modules, one behind the other.
FILL = ("mkdir -p /t && mount -t tmpfs -o size=90% tmpfs /t && cat /bin/busybox /usr/bin/makedumpfile $(find /lib -name '*.so*') >/t/one && "
        "while [ $(stat -f -c %f /t) -gt $(($(stat -f -c %b /t) / 2)) ]; do cat /t/one >>/t/all; done")


def filtered(wanted, runs):
    """Level 31, to the end, against makedumpfile -l -d 31 in a stock capture kernel."""
    for gib in (1, 4, 8):
        figures = {f"finished_d31_{gib}g": "auto", f"finished_d31_{gib}g_lzo": "lzo"}
        if not any(map(wanted, figures)):
            continue
        guest = {"memory": f"{gib}G", "fill": FILL}
        theirs = repeated("peer-d31", peer_once, max(1, runs // 3), whole=True, how="d31", **guest)
        for name, codec in figures.items():
            if wanted(name):
                ours = repeated(f"ours-{codec}", ours_once, runs, lines=f"dump_level 31\\ncodec {codec}\\n", **guest)
                line(name, statistics.median(r["finished"] for r in ours), statistics.median(r["finished"] for r in theirs), "s", 2)


def repeated(name, once, runs, **options):
    results = []
    for number in range(runs):
        story = Story(f"bench-{name}-{number}")
        try:
            results.append(once(story, **options))
        finally:
            story.close(False)
    return results


def run(pattern="", runs=RUNS):
    """Prints the figures whose name matches."""
    def wanted(name):
        return re.search(pattern, name)

    if wanted("image_size"):
        theirs = kernel().vmlinuz.stat().st_size + len(peer.capture_image(peer.copy_command("/dev/nvme0n1")))
        line("image_size", (cache.BUILD / "boot/dumpkernel").stat().st_size, theirs, "bytes", 0)
    if wanted("first_byte") or wanted("finished_elf_1g") or wanted("write_share"):
        ours = repeated("ours", ours_once, runs)
    if wanted("first_byte"):
        theirs = repeated("peer", peer_once, runs)
        line("first_byte", statistics.median(r["first_byte"] for r in ours) * 1e3,
             statistics.median(r["first_byte"] for r in theirs) * 1e3, "ms", 1)
    if wanted("finished_elf_1g"):
        for name, how in (("finished_elf_1g", "cp"), ("finished_elf_1g_direct", "dd")):
            theirs = repeated("peer", peer_once, max(1, runs // 3), whole=True, how=how)
            line(name, statistics.median(r["finished"] for r in ours), statistics.median(r["finished"] for r in theirs), "s", 2)
    if wanted("write_share"):
        theirs = repeated("dd", dd_once, max(1, runs // 3))
        line("write_share", statistics.median(r["bytes"] / r["writing"] for r in ours) / 1e6, statistics.median(theirs) / 1e6, "MB/s", 0,
             larger_is_better=True)
    filtered(wanted, runs)
    if wanted("region_min"):
        line("region_min", smallest(64, 1024, 4, our_region_works), smallest(32, 128, 4, peer_region_works) * 1024, "KiB", 0)
    from . import bench_capture, bench_linux, bench_reserve, bench_save	# only here: they use what is above, and what they import marks cases
    bench_linux.run(wanted, runs)
    bench_save.run(wanted, runs)
    bench_capture.run(wanted, runs)
    bench_reserve.run(wanted, runs)
    return 0
