# SPDX-License-Identifier: GPL-2.0
"""File systems on a guest's disks: made and checked on the host; what lies where; what was written since a moment."""
import json
import re
import subprocess
from pathlib import Path

from . import cache, initramfs
from .disk import MIB

TOOLS = ("/usr/sbin/xfs_io", "/usr/sbin/dmsetup", "/usr/bin/cp", "/usr/bin/chattr", "/usr/bin/lsattr")


def guest_files(kernel, programs=()):
    """What a guest needs for xfs and device mapper, and to play tricks on files; and these programs."""
    files = {f"/modules/5{place}-{m.name}": m for place, m in enumerate(kernel.modules(["xfs", "dm_mod"]))}
    tools = (*TOOLS, *programs)
    files.update({f"/usr/local/bin/{Path(tool).name}": Path(tool).resolve() for tool in tools})
    files.update(initramfs.shared_libraries(tools))
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
    place(disk, partition, make(disk.base.with_suffix(".fs"), fstype, end - start, options))


def place(disk, partition, image):
    """Moves an image into a partition of a disk that no guest has used yet."""
    cache.run("dd", f"if={image}", f"of={disk.base}", "bs=1M", f"seek={disk.range(partition)[0] // MIB}", "conv=notrunc,sparse",
              "status=none")
    image.unlink()


def check(disk, partition, fstype):
    """fsck finds nothing at all to mend; the file system was unmounted, or its journal was replayed."""
    check_range(disk, *disk.range(partition), fstype)


def check_range(disk, start, end, fstype):
    image = disk.base.with_suffix(".check")
    disk.extract(start, end - start, image)
    command = ["e2fsck", "-f", "-n"] if fstype == "ext4" else ["xfs_repair", "-n"]
    done = subprocess.run([*command, str(image)], capture_output=True, text=True)
    image.unlink()
    assert done.returncode == 0, f"{' '.join(command)}: exit {done.returncode}: {(done.stdout + done.stderr)[-1500:]}"


def layout(guest, path, start=0):
    """[(at in the file, from, to)]: bytes of the disk, in the order of the file, without its holes; start: of the file system."""
    found = []
    for line in guest.check(f"xfs_io -r -c 'fiemap' {path}").splitlines():
        blocks = re.search(r"\[(\d+)\.\.\d+\]: (\d+)\.\.(\d+)\s*$", line)
        if blocks:
            found.append((int(blocks[1]) * 512, start + int(blocks[2]) * 512, start + (int(blocks[3]) + 1) * 512))
    assert found, f"{path} has no extents"
    return found


def extents(guest, path, start=0):
    """[(from, to)] of the same."""
    return [(first, end) for _, first, end in layout(guest, path, start)]


def read(disk, places, size, path):
    """Puts a file together from its layout."""
    part, base = path.with_suffix(".part"), min(start for _, start, _ in places)
    disk.extract(base, max(end for _, _, end in places) - base, part)
    with open(path, "wb") as out, open(part, "rb") as data:
        for at, start, end in places:
            for offset in range(0, end - start, 4 * MIB):
                data.seek(start - base + offset)
                out.seek(at + offset)
                out.write(data.read(min(4 * MIB, end - start - offset)))
        out.truncate(size)
    part.unlink()
    return path


def write_heavily(guest, folder):
    """Files and folders come, grow and go in a file system, until the panic: large ones, and a storm of fsync, rename and unlink."""
    guest.check(f"for i in 1 2 3; do (cd {folder}; while :; do mkdir -p $i/a/b; dd if=/dev/zero of=$i/a/f bs=64k count=300; "
                "cp /bin/busybox $i/a/b/; sync; mv $i/a $i/c; rm -rf $i; done) >/dev/null 2>&1 & done; "
                f"for i in 4 5 6; do (mkdir {folder}/$i; cd {folder}/$i; n=0; while :; do n=$((n + 1)); "
                "dd if=/bin/busybox of=new bs=4k count=$((n % 8 + 1)) conv=fsync; mv new $((n % 40)); rm -f $((n * 7 % 40)); done) "
                ">/dev/null 2>&1 & done; sleep 3")


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
