# SPDX-License-Identifier: GPL-2.0
"""What is on a dump target, read independently of the C code from the map in capture/target.h."""
import struct
import zlib
from dataclasses import dataclass

HEADER = struct.Struct("<8sII16sQQQQQQQQQIIIIqI4x120sII")
STAMP = struct.Struct("<8s16sQQ")
BLOCK = 4096
LOG, STAGE1, PAYLOAD, TAIL, CHUNK = 64 << 10, 128 << 10, 1 << 20, 1 << 20, 64 << 20
EMPTY, ARMED, STAGE1_STATE, WRITING, COMPLETE, FAILED, CLEANING = range(1, 8)
NAMES = {EMPTY: "empty", ARMED: "armed", STAGE1_STATE: "stage1", WRITING: "writing", COMPLETE: "complete", FAILED: "failed",
         CLEANING: "cleaning"}
ELF, KDUMP = 0, 1		# payload
DMESG, VMCOREINFO, CPU_NOTE, PHASE_LOG = 1, 2, 3, 4


def _whole(block):
    return zlib.crc32(block[:4092]) == struct.unpack_from("<I", block, 4092)[0]


@dataclass
class Target:
    """The header of a target and what it points to."""

    disk: object
    start: int

    def __post_init__(self):
        block = self.disk.read(self.start, BLOCK)
        (magic, self.version, self.state, self.uuid, self.generation, self.size_bytes, self.payload_limit,
         self.armed_time, self.crash_time, self.dump_bytes, self.pages_total, self.pages_bad, self.pages_bounced,
         self.log_used, self.stage1_used, self.stage1_ms, self.total_ms, self.first_error_offset, self.first_error,
         text, self.payload, self.dump_level) = HEADER.unpack_from(block)
        assert magic == b"LBTARGET", f"no target header at {self.start:#x} of disk {self.disk.name}: {magic!r}"
        assert _whole(block), "the target header's crc32 is wrong"
        self.error = text.split(b"\0")[0].decode(errors="replace")

    def __str__(self):
        return (f"state {NAMES.get(self.state, self.state)}, {self.dump_bytes} bytes, stage 1 {self.stage1_ms} ms, "
                f"all {self.total_ms} ms, bad pages {self.pages_bad}, error {self.first_error} {self.error!r}")

    @property
    def log(self):
        return self.disk.read(self.start + LOG, LOG)[:self.log_used].decode(errors="replace")

    def stage1(self, wanted):
        """The bytes of every stage 1 record of this type."""
        data = self.disk.read(self.start + STAGE1, -(-self.stage1_used // 512) * 512) if self.stage1_used else b""
        found, at = [], 0
        while at + 8 <= self.stage1_used:
            kind, size = struct.unpack_from("<II", data, at)
            if kind == wanted:
                found.append(data[at + 8:at + 8 + size])
            at += 8 + (size + 7) // 8 * 8
        return found

    def stamp_offsets(self):
        """Where each stamp lies, from the start of the target."""
        chunks = range(CHUNK, self.size_bytes - TAIL, CHUNK)
        return [BLOCK, *chunks, self.size_bytes - TAIL]

    def stamp_is_whole(self, offset):
        block = self.disk.read(self.start + offset, BLOCK)
        magic, uuid, generation, _ = STAMP.unpack_from(block)
        return magic == b"LBSTAMP\0" and (uuid, generation) == (self.uuid, self.generation) and _whole(block)

    def extract(self, path):
        """Copies the vmcore to a file; its path."""
        assert self.state == COMPLETE, f"the dump is not complete: {self}"
        self.disk.extract(self.start + PAYLOAD, self.dump_bytes, path)
        return path
