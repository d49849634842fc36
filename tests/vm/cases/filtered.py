# SPDX-License-Identifier: GPL-2.0
"""The dump kernel leaves pages out and compresses: what it keeps, beside makedumpfile, and every byte of it."""
import base64
import json
import re
import struct
import time

from .. import filesystem, target
from ..kdump import Kdump
from ..runner import case
from ..story import GUARDED, TARGET_PART, kernel
from ..vmcore import EHDR, PHDR, PT_LOAD, PT_NOTE, Vmcore, panic_backtrace
from ..vmcore import Kdump as Dump
from . import dumpfile
from .content import wait_complete
from .save import KDUMP_SAVE, WORKLOAD, run

LZO, ZLIB, ZSTD = 2, 1, 0x20


def page_offset(guest):
    """Where the kernel maps all of memory, by the program headers of /proc/kcore."""
    kcore = base64.b64decode(guest.check("dd if=/proc/kcore bs=4096 count=1 2>/dev/null | base64"))
    count = EHDR.unpack_from(kcore)[10]
    for kind, _, _, vaddr, paddr, _, _, _ in PHDR.iter_unpack(kcore[64:64 + count * PHDR.size]):
        if kind == PT_LOAD and paddr < 1 << 40 and vaddr < 0xffffffff80000000:
            return vaddr - paddr
    raise AssertionError("/proc/kcore has no direct map")


def runs(bits):
    """[(first, end)] of the ones."""
    found, at = [], 0
    while bits >> at:
        first = at + (bits >> at & -(bits >> at)).bit_length() - 1
        rest = ~(bits >> first)
        at = first + (rest & -rest).bit_length() - 1
        found.append((first, at))
    return found


def memory_as_core(guest, dump, offset, path):
    """The halted guest's memory as an ELF core: what the dump had to choose from."""
    loads, notes = [(first << 12, end << 12) for first, end in runs(dump.ram)], dump.notes()
    at = 0x10000
    headers = PHDR.pack(PT_NOTE, 0, 0x8000, 0, 0, len(notes), len(notes), 0)
    with open(path, "wb") as core:
        for start, end in loads:
            headers += PHDR.pack(PT_LOAD, 7, at, start + offset, start, end - start, end - start, 0)
            part = path.with_suffix(".part")
            guest.save_memory(start, end - start, part)
            core.seek(at)
            core.write(part.read_bytes())
            part.unlink()
            at += end - start
        core.seek(0)
        core.write(EHDR.pack(b"\x7fELF\2\1\1", 4, 62, 1, 0, 64, 0, 0, 64, PHDR.size, len(loads) + 1, 0, 0, 0) + headers)
        core.seek(0x8000)
        core.write(notes)
    return Vmcore(path)


def same_as_memory(dump, core):
    loads = core.loads
    with open(core.path, "rb") as file:
        for pfn, page in dump.pages():
            offset, _, pa, _, _ = next(load for load in loads if load[2] <= pfn << 12 < load[2] + load[3])
            file.seek(offset + (pfn << 12) - pa)
            assert file.read(4096) == page, f"page {pfn:#x} differs from memory"


def kept_as_makedumpfile(dump, core, level, folder):
    """makedumpfile keeps the pages in a CPU's list of free pages in addition, and knows no others better."""
    theirs = folder / "theirs"
    run("makedumpfile", "-l", "-d", level, "--message-level", 4, core.path, theirs)
    theirs = Kdump(theirs)
    assert dump.ram == theirs.ram, "bitmap 1 differs"
    extra, lost = (dump.kept & ~theirs.kept).bit_count(), (theirs.kept & ~dump.kept).bit_count()
    said = run(KDUMP_SAVE, "-f", "--message-level", 16, "-d", level, core.path, folder / "ours").decode()
    assert Kdump(folder / "ours").kept == dump.kept, f"kdump-save keeps other pages of the same memory: {said}"
    assert not extra and lost < 16384 and (lost > 0) == bool(level & 16), f"{extra} pages that makedumpfile drops, {lost} that it keeps"


@case("x86_64-nvme-filtered_lzo", kind="nvme", codec="lzo", flags=LZO)
@case("x86_64-virtio-filtered_zlib", soak=True, kind="virtio", codec="zlib", flags=ZLIB, loader="kexec_file_load")
@case("x86_64-nvme-filtered_zstd", soak=True, kind="nvme", codec="zstd", flags=ZSTD)
@case("x86_64-nvme-filtered_auto", soak=True, kind="nvme", codec="auto", flags=0)
@case("x86_64-nvme-filtered_panic_cpu1", soak=True, kind="nvme", codec="lzo", flags=LZO, panic_on=1, work=1)
@case("x86_64-nvme-filtered_cpu2_of_4", soak=True, kind="nvme", codec="lzo", flags=LZO, cpus=4, panic_on=2, work=3)
@case("x86_64-nvme-filtered_cpus_1", soak=True, kind="nvme", codec="lzo", flags=LZO, lines="cpus 1\\n", work=1)
@case("x86_64-scsi-filtered_none", soak=True, kind="scsi", codec="none", flags=0)
@case("x86_64-nvme-filtered_level_1", soak=True, kind="nvme", codec="auto", flags=0, level=1)
def filtered(story, kind, codec, flags, loader="kexec_load", level=31, cpus=2, panic_on=0, work=2, lines=""):
    """The machine halts after the dump; what was kept, and every page of it, is compared with its memory.  work: CPUs that do."""
    disk = story.disk(kind, partitions=GUARDED, raw=True)
    start, _ = disk.range(TARGET_PART)
    with story.guest(memory="512M", append="crashkernel=1M" if codec in ("lzo", "auto", "none") else "crashkernel=2M", cpus=cpus) as guest:
        guest.boot()
        for command in WORKLOAD[:2] + WORKLOAD[-2:]:
            guest.check(command)
        offset = page_offset(guest)
        story.arm(guest, disk.device(0, TARGET_PART), loader, lines=f"final_action halt\\ndump_level {level}\\ncodec {codec}\\n{lines}")
        if level == 31:
            assert "what it leaves out is what this kernel says it is" in guest.check("kdumpctl preflight")
        guest.panic(panic_on)
        guest.panic_time()
        found = wait_complete(disk, start)
        time.sleep(0.5)
        guest.qmp("stop")
        path = found.extract(story.folder / "vmcore")
        dump = Kdump(path)
        core = memory_as_core(guest, dump, offset, story.folder / "memory")
    assert (found.payload, found.dump_level, found.pages_bad) == (target.KDUMP, level, 0), f"{found}"
    assert f"CPUs that compress: {work}\n" in found.log, found.log
    assert found.dump_bytes < 512 << 20 and found.pages_total == dump.kept.bit_count()
    if flags:
        assert dump.codecs()[flags] > found.pages_total / 3, f"hardly anything is compressed: {dump.codecs()}"
    run(KDUMP_SAVE, "--verify", path)
    same_as_memory(dump, core)
    kept_as_makedumpfile(dump, core, level, story.folder)
    assert "sysrq_handle_crash" in panic_backtrace(Dump(path).crash(kernel().vmlinux, "bt"))
    story.untouched(disk, TARGET_PART)


SMALL_FIRST = (16, 24, 700, 512)	# MiB: a guard, a target that is too small, one that is not, where collect puts dumps


@case("x86_64-nvme-filtered_full", soak=True)
def full(story):
    """The first target is too small: it has what fitted, the second all; both are collected."""
    disk = story.disk("nvme", size_mb=1400, partitions=SMALL_FIRST)
    filesystem.put(disk, 4, "ext4")
    first, second = (disk.device(0, part) for part in (2, 3))
    with story.guest(memory="384M", files=filesystem.guest_files(kernel()), reboot=True) as guest:
        guest.boot()
        lines = f"raw {first}\\nraw {second}\\ndump_level 17\\ncodec none\\n"
        guest.check("dd if=/dev/urandom of=/tmp/noise bs=1M count=30")
        guest.check(f"printf '{lines}' > /etc/kdump.conf; kdumpctl mkdump {first} && kdumpctl mkdump {second}")
        assert "is cut off" in guest.check("kdumpctl start"), "start does not warn of the small target"
        dumpfile.crash_and_boot_again(guest)
        console = guest.console.text()
        assert re.search(r"until the target was full(.*\n)*.*LB-211(.*\n)*.*dump complete", console), console[-1500:]
        guest.qmp("stop")
        found = [target.Target(disk, disk.range(part)[0]) for part in (2, 3)]
        guest.qmp("cont")
        assert [(f.state, f.first_error, f.payload) for f in found] == [(target.FAILED, 211, 1), (target.COMPLETE, 0, 1)], f"{found}"
        guest.check(f"printf '{lines}' > /etc/kdump.conf; mount {disk.device(0, 4)} /var/crash; kdumpctl collect", 120)
        parts = [guest.check(f"stat -c %s /var/crash/*-*/{name}").strip() for name in ("vmcore-incomplete", "vmcore")]
        assert 16 << 20 < int(parts[0]) < 22 << 20 and int(parts[1]) == found[1].dump_bytes, f"{parts}"
        said = [guest.run(f"kdump-save --verify /var/crash/*-*/{name}") for name in ("vmcore-incomplete", "vmcore")]
        assert said[0][0] and "incomplete" in said[0][1] and not said[1][0], f"{said}"


def physical(guest, name):
    """Where a variable of the kernel is."""
    va, text = (int(guest.check(f"grep ' {symbol}$' /proc/kallsyms").split()[0], 16) for symbol in (name, "_text"))
    return va - text + int(guest.check("grep 'Kernel code' /proc/iomem").split("-")[0], 16)


@case("x86_64-nvme-filtered_damaged", soak=True)
def damaged(story):
    """The table that leads to struct pages is gone: all of memory is dumped, and the log says why."""
    disk = story.disk("nvme", partitions=GUARDED)
    with story.guest() as guest:
        guest.boot()
        offset, variable = page_offset(guest), physical(guest, "mem_section")
        story.arm(guest, disk.device(0, TARGET_PART), lines="dump_level 31\\ncodec auto\\n")
        gdb = guest.gdb()
        roots, = struct.unpack("<Q", gdb.read(variable, 8))
        gdb.write(roots - offset, bytes(8))
        gdb.close()
        guest.panic(cpu=1)
        guest.wait_end()
    start, _ = disk.range(TARGET_PART)
    found = target.Target(disk, start)
    assert (found.state, found.payload, found.pages_bad) == (target.COMPLETE, target.ELF, 0), f"{found}"
    assert "no page can be left out: most struct pages can't be read; all of memory is dumped" in found.log, found.log
    Vmcore(found.extract(story.folder / "vmcore")).check(2, 1024)
    story.untouched(disk, TARGET_PART)


@case("x86_64-nvme-filtered_dumpfile", soak=True)
def into_a_file(story):
    """A dump file takes a filtered dump, and becomes it."""
    disk = dumpfile.make_disk(story, "nvme", "ext4", dumpfile.LARGE)
    device = disk.device(0, dumpfile.FS_PART)
    with dumpfile.start_guest(story, reboot=True) as guest:
        guest.boot()
        dumpfile.configure(guest, device)
        guest.check("printf 'dump_level 31\\ncodec lzo\\n' >> /etc/kdump.conf")
        guest.check(f"kdumpctl mkdump --file {dumpfile.FILE} && kdumpctl start && kdumpctl status")
        dumpfile.crash_and_boot_again(guest)
        dumpfile.configure(guest, device)
        guest.check("kdumpctl collect", 120)
        assert ": complete" in guest.check("kdump-save --verify /var/crash/*-*/vmcore")
        assert "dump level 31" in guest.check("cat /var/crash/*-*/kdump.log")


@case("x86_64-nvme-filter_beside_live_kernel", soak=True)
def beside_live_kernel(story):
    """The filter is held against the running kernel; what that contradicts is not used, and what can't be checked is said."""
    disk = story.disk("nvme", partitions=GUARDED)
    device, sure = disk.device(0, TARGET_PART), "what it leaves out is what this kernel says it is"
    with story.guest(memory="1G") as guest:
        guest.boot()
        for command in WORKLOAD:
            guest.check(command)
        story.prepare(guest, device, "dump_level 31\\ncodec lzo\\n")
        assert sure in guest.check("kdumpctl preflight")
        # A kernel that knows of no page cache and no processes.
        guest.check("dd if=/dev/zero of=/t/flags bs=1M count=8; mount --bind /t/flags /proc/kpageflags")
        assert "dump_level 17 is used, 31 can't be trusted on this kernel: of " in guest.check("kdumpctl start")
        said = guest.check("kdumpctl status")
        assert re.search(r"dump_level 17: 31 can't be trusted on this kernel: of \d+ pages that look \w+.*, \d+ are not by /proc/kpageflags", said), said
        assert json.loads(guest.check("kdumpctl status --json"))["dump_level"] == 17
        guest.check("umount /proc/kpageflags; kdumpctl reload")
        assert "dump_level" not in guest.check("kdumpctl status")
        guest.check("kdumpctl stop; mount --bind /dev/null /proc/kcore; kdumpctl start -s")
        assert re.search(r"dump_level 31: not checked against this kernel: /proc/kcore can't be read", guest.check("kdumpctl status"))
        guest.panic(cpu=1)
        guest.wait_end()
    assert target.Target(disk, disk.range(TARGET_PART)[0]).dump_level == 31
