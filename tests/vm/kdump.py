# SPDX-License-Identifier: GPL-2.0
"""A KDUMP file, read by the format's description alone: zlib and raw pages."""
import struct
import zlib

HEADER = struct.Struct("<8sI")		# signature, version
COUNTS = struct.Struct("<IIII")		# at 424: status, block size, blocks of sub header, blocks of both bitmaps
PAGE = struct.Struct("<QIIQ")


class Kdump:
    def __init__(self, path):
        with open(path, "rb") as file:
            block = file.read(4096)
            assert HEADER.unpack_from(block) == (b"KDUMP   ", 6), f"{path}: not a KDUMP file"
            self.status, size, sub, bitmaps = COUNTS.unpack_from(block, 424)
            assert size == 4096
            file.seek(size * (1 + sub))
            half = bitmaps // 2 * size
            self.ram, self.kept = (int.from_bytes(file.read(half), "little") for _ in range(2))
            self._pages = size * (1 + sub + bitmaps)
        self.path = path

    def pages(self):
        """(page frame number, its 4096 bytes) of every page in the dump."""
        kept, at, pfn = self.kept, self._pages, 0
        with open(self.path, "rb") as table, open(self.path, "rb") as data:
            table.seek(at)
            for index, byte in enumerate(kept.to_bytes((kept.bit_length() + 7) // 8, "little")):
                for pfn in (8 * index + bit for bit in range(8) if byte >> bit & 1):
                    offset, size, flags, _ = PAGE.unpack(table.read(PAGE.size))
                    data.seek(offset)
                    page = data.read(size)
                    assert flags in (0, 1), f"page {pfn:#x}: flags {flags:#x}"
                    yield pfn, zlib.decompress(page) if flags else page
