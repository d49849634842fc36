# SPDX-License-Identifier: GPL-2.0
"""Disks of a guest: a raw base that nobody writes, under a qcow2 overlay that shows what was."""
import json
import struct
from pathlib import Path

from . import cache

MIB = 1 << 20


class Disk:
    """One disk and, if partitions are given, its table.

    kind: nvme, virtio, ahci (a port of q35's own controller) or scsi (virtio-scsi).  size_mb: of the disk.  partitions: sizes in MiB, from 1 MiB
    on, one after another (an MBR table).  block: logical block bytes.  raw: no
    overlay, so that the host can watch the image itself.  bad_block: byte of a raw disk that
    can't be written.
    """

    def __init__(self, folder, name, kind="nvme", size_mb=1400, partitions=(), block=512, raw=False, bus="",
                 base=None, bad_block=None):
        self.name, self.kind, self.block, self.bus, self.bad_block = name, kind, block, bus, bad_block
        self.partitions = []
        self.base = Path(base or Path(folder) / f"{name}.raw")
        self.image, self.format = (self.base, "raw") if raw else (Path(folder) / f"{name}.qcow2", "qcow2")
        if not base:
            with open(self.base, "wb") as out:
                out.truncate(size_mb * MIB)
        if partitions:
            self._partition(partitions)
        if not raw:
            cache.run("qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", self.base, self.image)

    def _partition(self, sizes_mb):
        # An MBR by hand: sfdisk can't be told of 4096-byte sectors for a plain file.
        start, table = 1, b""
        for size in sizes_mb:
            self.partitions.append((start * MIB, (start + size) * MIB))
            table += struct.pack("<B3sB3sII", 0, b"\0\2\0", 0xda, b"\0\2\0",
                                 start * MIB // self.block, size * MIB // self.block)
            start += size
        with open(self.base, "r+b") as out:
            out.seek(440)
            out.write(b"LIFE\0\0" + table.ljust(64, b"\0") + b"\x55\xaa")

    def range(self, partition=None):
        """[start, end) in bytes of a partition, counted from 1, or of the whole disk."""
        return self.partitions[partition - 1] if partition else (0, self.base.stat().st_size)

    def device(self, place, partition=None):
        """Its name in a guest where it is the place-th of its kind."""
        name = f"/dev/nvme{place}n1" if self.kind == "nvme" else f"/dev/{'vd' if self.kind == 'virtio' else 'sd'}{'abcdef'[place]}"
        return name + (f"{'p' if self.kind == 'nvme' else ''}{partition}" if partition else "")

    def arguments(self, place):
        """QEMU's command line for it."""
        model, bus = {"nvme": ("nvme", ""), "virtio": ("virtio-blk-pci", ""), "ahci": ("ide-hd", f"ide.{place}"),
                      "scsi": ("scsi-hd", f"scsi.0,scsi-id={place // 2},lun={place % 2}")}[self.kind]
        bus = f",bus={self.bus or bus}" if self.bus or bus else ""
        source = f"file={self.image},format={self.format}"
        if self.bad_block:
            source = (f"driver=raw,file.driver=blkdebug,file.image.driver=file,file.image.filename={self.image},"
                      f"file.inject-error.0.event=write_aio,file.inject-error.0.errno=5,file.inject-error.0.sector={self.bad_block // 512}")
        return ["-drive", f"if=none,id=d{place},{source},cache=unsafe",
                "-device", f"{model},id=disk{place},serial={self.name},drive=d{place},"
                           f"logical_block_size={self.block},physical_block_size={self.block}{bus}"]

    # --- after the story ---------------------------------------------------------------

    def _part_of_image(self, start, size):
        driver = {"driver": "raw", "offset": start, "size": size,
                  "file": {"driver": self.format, "file": {"driver": "file", "filename": str(self.image), "locking": "off"}}}
        if self.format == "qcow2":
            driver["file"]["backing"] = {"driver": "raw", "file": {"driver": "file", "filename": str(self.base),
                                                                   "locking": "off"}}
        return "json:" + json.dumps(driver)

    def read(self, start, size):
        """Bytes of the disk; start and size are multiples of 512."""
        out = self.image.with_suffix(".part")
        self.extract(start, size, out)
        data = out.read_bytes()
        out.unlink()
        return data

    def extract(self, start, size, path):
        """Copies a part of the disk to a (sparse) file."""
        cut = -(-size // 512) * 512
        cache.run("qemu-img", "convert", "-U", "-O", "raw", self._part_of_image(start, cut), path)
        with open(path, "r+b") as out:
            out.truncate(size)

    def written(self):
        """[(start, end)] of what the guest wrote: clusters (64 KiB) of the overlay, or blocks of a sparse raw image."""
        ranges = []
        for part in json.loads(cache.run("qemu-img", "map", "-U", "--output=json", self.image)):
            start, end = part["start"], part["start"] + part["length"]
            if self.format == "raw":
                start = max(start, 4096)	# the partition table is ours
            if end > start and (part["depth"] == 0 if self.format == "qcow2" else part["data"]):
                ranges.append((start, end))
        return ranges

    def assert_written_within(self, *allowed):
        """Nothing outside of these [start, end) was written."""
        for start, end in self.written():
            if not any(a <= start and end <= b for a, b in allowed):
                raise AssertionError(f"disk {self.name}: bytes {start:#x}-{end:#x} were written, "
                                     f"allowed: {', '.join(f'{a:#x}-{b:#x}' for a, b in allowed) or 'none'}")
