# SPDX-License-Identifier: GPL-2.0
"""File systems on a guest's disks: made and checked on the host; what lies where; what was written since a moment."""
import json
import re
import subprocess
from pathlib import Path

from . import cache, initramfs
from .disk import MIB

TOOLS = ("/usr/sbin/xfs_io", "/usr/sbin/dmsetup", "/usr/bin/cp", "/usr/bin/chattr", "/usr/bin/lsattr")


def guest_files(kernel):
    """What a guest needs for xfs and device mapper, and to play tricks on files."""
    files = {f"/modules/5{place}-{m.name}": m for place, m in enumerate(kernel.modules(["xfs", "dm_mod"]))}
    files.update({f"/usr/local/bin/{Path(tool).name}": Path(tool).resolve() for tool in TOOLS})
    files.update(initramfs.shared_libraries(TOOLS))
    source = cache.REPO / "tests/vm/guest/move_extent.c"
    files["/usr/local/bin/move_extent"] = cache.entry(f"move_extent-{cache.content_hash(source)}",
                                                      lambda path: cache.run("gcc", "-O2", "-static", "-o", path, source))
    return files


def make(path, fstype, size, options=()):
    """A sparse image of a new file system."""
    cache.run("truncate", "-s", str(size), path)
    cache.run(f"mkfs.{fstype}", "-q", *(["-F"] if fstype == "ext4" else ["-f"]), *options, path)
    return path


def put(disk, partition, fstype, options=()):
    """Makes a file system in a partition of a disk that no guest has used yet."""
    start, end = disk.range(partition)
    image = make(disk.base.with_suffix(".fs"), fstype, end - start, options)
    cache.run("dd", f"if={image}", f"of={disk.base}", "bs=1M", f"seek={start // MIB}", "conv=notrunc,sparse", "status=none")
    image.unlink()


def check(disk, partition, fstype):
    """fsck finds nothing at all to mend; the file system was unmounted, or its journal was replayed."""
    start, end = disk.range(partition)
    image = disk.base.with_suffix(".check")
    disk.extract(start, end - start, image)
    command = ["e2fsck", "-f", "-n"] if fstype == "ext4" else ["xfs_repair", "-n"]
    done = subprocess.run([*command, str(image)], capture_output=True, text=True)
    image.unlink()
    assert done.returncode == 0, f"{' '.join(command)}: exit {done.returncode}: {(done.stdout + done.stderr)[-1500:]}"


def extents(guest, path, start=0):
    """[(from, to)] in bytes of the disk, in the order of the file; start: of the file system's partition."""
    found = []
    for line in guest.check(f"xfs_io -r -c 'fiemap' {path}").splitlines():
        blocks = re.search(r"\]: (\d+)\.\.(\d+)\s*$", line)
        if blocks:
            found.append((start + int(blocks[1]) * 512, start + (int(blocks[2]) + 1) * 512))
    assert found, f"{path} has no extents"
    return found


def read(disk, ranges, size, path):
    """Puts a file together from where it lies on the disk."""
    with open(path, "wb") as out:
        for start, end in ranges:
            part = path.with_suffix(".part")
            disk.extract(start, end - start, part)
            with open(part, "rb") as data:
                while piece := data.read(4 * MIB):
                    out.write(piece)
            part.unlink()
        out.truncate(size)
    return path


class Since:
    """What is written to a guest's disk from now on, in blocks of 4 KiB; place: the disk's among the guest's."""

    def __init__(self, guest, place, disk):
        self._image = Path(disk.image).with_suffix(".since")
        cache.run("qemu-img", "create", "-q", "-f", "qcow2", "-o", "cluster_size=4096", "-F", disk.format, "-b", disk.image,
                  self._image)
        guest.qmp("blockdev-snapshot-sync", device=f"d{place}", mode="existing", format="qcow2",
                  **{"snapshot-file": str(self._image)})

    def ranges(self):
        """[(start, end)], when the guest has ended; from then on the disk has them, too."""
        parts = json.loads(cache.run("qemu-img", "map", "--output=json", self._image))
        cache.run("qemu-img", "commit", "-q", "-d", self._image)
        return [(p["start"], p["start"] + p["length"]) for p in parts if p["depth"] == 0]


def overlap(ranges, others):
    """The parts of ranges that lie in others."""
    return [(max(a, c), min(b, d)) for a, b in ranges for c, d in others if max(a, c) < min(b, d)]
