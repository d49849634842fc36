# SPDX-License-Identifier: GPL-2.0
"""A KDUMP file, read by the format's description alone."""
import ctypes
import struct
import zlib

HEADER = struct.Struct("<8sI")		# signature, version
COUNTS = struct.Struct("<IIII")		# at 424: status, block size, blocks of sub header, blocks of both bitmaps
PAGE = struct.Struct("<QIIQ")


def _lzo(data):
    out, size = ctypes.create_string_buffer(4096), ctypes.c_size_t(4096)
    assert not ctypes.CDLL("liblzo2.so.2").lzo1x_decompress_safe(data, ctypes.c_size_t(len(data)), out, ctypes.byref(size), None)
    return out.raw[:size.value]


def _zstd(data):
    out, library = ctypes.create_string_buffer(4096), ctypes.CDLL("libzstd.so.1")
    library.ZSTD_decompress.restype = ctypes.c_size_t
    size = library.ZSTD_decompress(out, ctypes.c_size_t(4096), data, ctypes.c_size_t(len(data)))
    return out.raw[:size]


EXPAND = {0: bytes, 1: zlib.decompress, 2: _lzo, 0x20: _zstd}		# by a page's flags


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

    def notes(self):
        """CPU notes and vmcoreinfo, as an ELF core has them."""
        with open(self.path, "rb") as file:
            file.seek(4096 + 48)
            offset, size = struct.unpack("<QQ", file.read(16))
            file.seek(offset)
            return file.read(size)

    def codecs(self):
        """How many pages have which flags."""
        counts, kept = {}, self.kept.bit_count()
        with open(self.path, "rb") as table:
            table.seek(self._pages)
            for _, _, flags, _ in PAGE.iter_unpack(table.read(kept * PAGE.size)):
                counts[flags] = counts.get(flags, 0) + 1
        return counts

    def pages(self):
        """(page frame number, its 4096 bytes) of every page in the dump."""
        kept, at, pfn = self.kept, self._pages, 0
        with open(self.path, "rb") as table, open(self.path, "rb") as data:
            table.seek(at)
            for index, byte in enumerate(kept.to_bytes((kept.bit_length() + 7) // 8, "little")):
                for pfn in (8 * index + bit for bit in range(8) if byte >> bit & 1):
                    offset, size, flags, _ = PAGE.unpack(table.read(PAGE.size))
                    data.seek(offset)
                    yield pfn, EXPAND[flags](data.read(size))
