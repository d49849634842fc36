# SPDX-License-Identifier: GPL-2.0
"""What interrupts the dump kernel itself."""
import struct

from .. import target
from ..disk import MIB
from ..runner import case
from ..story import DUMPKERNEL, CONFIG, GUARDED, TARGET_PART
from .faults import loaded


@case("x86_64-nvme-exception")
def exception(story):
    """boot_params point into nowhere and no sum tells: registers, code, reset; nothing is written."""
    disk = story.disk("nvme", partitions=GUARDED)
    with story.guest() as guest:
        guest.boot()
        story.arm(guest, disk.device(0, TARGET_PART))
        guest.check(f"kexec -c -i -p {DUMPKERNEL} --initrd={CONFIG} --command-line=console=ttyS0")
        start, region = loaded(guest)
        params = next(at for at in range(0, len(region), 4096) if region[at + 0x202:at + 0x206] == b"HdrS"
                      and not region.startswith(b"MZ", at))
        gdb = guest.gdb()
        gdb.write(start + params + 0xc8, struct.pack("<I", 0x100))	# ext_cmd_line_ptr: 1 TiB
        gdb.close()
        guest.panic(cpu=1)
        guest.console.expect(r"exception 14 error 0 at image\+[0-9a-f]+", 30)
        guest.console.expect(r"cr2 100[0-9a-f]{8} cr3", 10)
        guest.console.expect(r"LB-314: ", 10)
        guest.wait_end(30)
    start, _ = disk.range(TARGET_PART)
    assert target.Target(disk, start).state == target.ARMED, "the header changed"
    assert not any(disk.read(start + target.PAYLOAD, 8 * MIB)), "the payload was written"
    story.untouched(disk, TARGET_PART)


@case("x86_64-nvme-nmi_while_dumping")
def nmi_while_dumping(story):
    """Somebody presses the button while memory is written: the dump goes on."""
    disk = story.disk("nvme", partitions=GUARDED)
    with story.guest() as guest:
        guest.boot()
        story.arm(guest, disk.device(0, TARGET_PART))
        guest.panic()
        guest.console.expect(r"stage 1: ", 30)
        guest.qmp("inject-nmi")
        guest.console.expect(r"NMI ignored", 30)
        guest.wait_end()
    story.dumped(disk, TARGET_PART)
