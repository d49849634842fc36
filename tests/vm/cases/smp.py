# SPDX-License-Identifier: GPL-2.0
"""The CPU that helps the dump kernel is taken away from it: the dump is whole all the same."""
import re
import subprocess

from .. import cache, target
from ..disk import MIB
from ..kdump import Kdump
from ..runner import case
from ..story import GUARDED, TARGET_PART
from .faults import image_start, loaded
from .save import KDUMP_SAVE, run

UD2 = b"\x0f\x0b"
COORDINATOR, OTHER = 0, 1	# QEMU's numbers


def address_in(guest):
    """Of a function in the dump kernel that is loaded, and of the first UD2 in it."""
    start, region = loaded(guest)
    at = image_start(region)
    names = subprocess.run(["nm", cache.BUILD / "dumpkernel/dumpkernel.elf"], check=True, capture_output=True, text=True).stdout
    symbols = {name: int(value, 16) for value, _, name in (line.split() for line in names.splitlines())}
    return lambda name: start + at + symbols[name] - symbols["_image"], start + region.index(UD2, at)


def dies(gdb, function, ud2):
    gdb.catch(function("lzo1x_1_12_compress"), OTHER, 60)
    gdb.jump(ud2)
    gdb.close()


def hangs(gdb, function, ud2):
    gdb.catch(function("lzo1x_1_12_compress"), OTHER, 60)
    gdb.run_only(COORDINATOR)


def never_comes(gdb, function, ud2):
    gdb.stop_at(function("smp_start"), 60)
    gdb.run_only(COORDINATOR)


@case("x86_64-nvme-smp_cpu_dies", fate=dies, says=r"APIC 1: exception 6 at image\+[0-9a-f]+; that CPU is left out", work=2)
@case("x86_64-nvme-smp_cpu_hangs", soak=True, fate=hangs, says=r"APIC 1 does not end its work; that CPU is left out", work=2)
@case("x86_64-nvme-smp_cpu_never_comes", soak=True, fate=never_comes, says=r"CPU 1 \(APIC 1\) does not start", work=1)
def other_cpu(story, fate, says, work):
    """Level 1 keeps all pages that are not of zeroes, so that none of what the other CPU had in hand can be missing."""
    disk = story.disk("nvme", partitions=GUARDED)
    with story.guest(memory="512M") as guest:
        guest.boot()
        story.arm(guest, disk.device(0, TARGET_PART), lines="dump_level 1\\ncodec lzo\\n")
        function, ud2 = address_in(guest)
        gdb = guest.gdb()
        guest.panic(COORDINATOR)
        fate(gdb, function, ud2)
        guest.console.expect("dump complete", 120)
        guest.wait_end()
    whole(story, disk, work, says)


def whole(story, disk, work, says=""):
    """The dump on the target; work: CPUs that did, says: a pattern in the log."""
    start, _ = disk.range(TARGET_PART)
    found = target.Target(disk, start)
    assert (found.state, found.payload, found.pages_bad) == (target.COMPLETE, target.KDUMP, 0), f"{found}"
    assert f"CPUs that compress: {work}\n" in found.log and re.search(says, found.log), found.log
    path = found.extract(story.folder / "vmcore")
    run(KDUMP_SAVE, "--verify", path)
    dump = Kdump(path)
    assert dump.kept == dump.ram and dump.ram.bit_count() > 500 * MIB // 4096, "pages are missing"
    story.untouched(disk, TARGET_PART)


def stuck_in_nmi(guest):
    guest.send("taskset -c 0 insmod /root/stuck.ko cpu=1 nmi=1")


@case("x86_64-nvme-smp_silent", soak=True, how=stuck_in_nmi, work=2, says=r"CPU 1 \(APIC 1\) did not answer the crash NMI")
@case("x86_64-nvme-smp_noapic", soak=True, append="noapic", work=2)
@case("x86_64-nvme-smp_nosmp", soak=True, append="nosmp", work=1, says=", 0 other CPUs stopped")
@case("x86_64-nvme-smp_nolapic", soak=True, append="nolapic", work=1, says=", 0 other CPUs stopped")
@case("x86_64-nvme-smp_four_levels", soak=True, cpu="qemu64", work=2)
@case("x86_64-nvme-smp_ovmf", soak=True, firmware="ovmf", work=2)
def machines(story, work, how=lambda guest: guest.panic(COORDINATOR), append="", says="", **options):
    """What the kernel or the machine is like."""
    disk = story.disk("nvme", partitions=GUARDED)
    with story.guest(memory="544M", append=f"crashkernel=1M {append}", **options) as guest:
        guest.boot()
        story.arm(guest, disk.device(0, TARGET_PART), lines="dump_level 1\\ncodec lzo\\n")
        how(guest)
        guest.wait_end()
    whole(story, disk, work, says)
