# SPDX-License-Identifier: GPL-2.0
"""/proc/vmcore of the in-tree kernel (capture/linux), beside upstream's: same bytes for the same memory."""
import base64
import random
import re
import struct

from .. import cache
from ..runner import case
from ..story import initrd
from .linux import Tree

MIB, PAGE = 1 << 20, 4096
PT_LOAD, PT_NOTE, NT_PRSTATUS, NT_VMCOREDD = 1, 4, 1, 0x700
# TCG runs "rep movsb" a byte at a time, which would be all that a reader waits for.
CPU = "max,erms=off"


def reader():
    """tests/vm/guest/vmcore_reader.c, static."""
    source = cache.REPO / "tests/vm/guest/vmcore_reader.c"
    return cache.entry(f"vmcore_reader-{cache.content_hash(source)}",
                       lambda path: cache.run("gcc", "-O2", "-static", "-o", path, source))


def probe(story, tree):
    """tests/vm/guest/vmcore_probe.c as a module for this tree."""
    work = story.folder / "probe"
    work.mkdir()
    (work / "vmcore_probe.c").write_bytes((cache.REPO / "tests/vm/guest/vmcore_probe.c").read_bytes())
    (work / "Makefile").write_text("obj-m := vmcore_probe.o\n")
    cache.run("make", "-s", "-C", tree.path, "modules_prepare")
    # A tree of which only bzImage was built has no Module.symvers, so modpost can but warn.
    cache.run("make", "-s", "-C", tree.path, f"M={work}", "KBUILD_MODPOST_WARN=1", "modules")
    return work / "vmcore_probe.ko"


# --- old memory that is made up: QEMU puts it into the guest, elfcorehdr= points to it --------------

BASE = 0x10000000		# header and notes, 1 MiB; then DATA
DATA_AT = BASE + MIB
DATA = random.Random(5).randbytes(24 * MIB)
# Offsets in DATA and sizes: a page, odd borders, one byte, across a border, nothing, large, over others.
LOADS = ((0, 0x1000), (0x2123, 0x345678), (0x34779b, 1), (0x700fff, 2), (0x800000, 0), (0x800800, 0),
         (0x900000, 0xc00000), (5, 0x3fffff))


def ehdr(is_64, count, machine=62, magic=b"\x7fELF"):
    ident = magic + bytes([2 if is_64 else 1, 1, 1]) + bytes(9)
    if is_64:
        return struct.pack("<16sHHIQQQIHHHHHH", ident, 4, machine, 1, 0, 64, 0, 0, 64, 56, count, 0, 0, 0)
    return struct.pack("<16sHHIIIIIHHHHHH", ident, 4, machine, 1, 0, 52, 0, 0, 52, 32, count, 0, 0, 0)


def phdr(is_64, kind, offset, size, pa=0, va=0, flags=7):
    if is_64:
        return struct.pack("<IIQQQQQQ", kind, flags, offset, va, pa, size, size, 0)
    return struct.pack("<IIIIIIII", kind, offset, va, pa, size, size, flags, 0)


def load(is_64, offset, pa, size):
    return phdr(is_64, PT_LOAD, offset, size, pa, 0x80000000 + pa)


def note(name, kind, desc):
    def pad(data):
        return data + bytes(-len(data) % 4)
    return struct.pack("<III", len(name) + 1, len(desc), kind) + pad(name + b"\0") + pad(desc)


CPU0 = note(b"CORE", NT_PRSTATUS, DATA[:336])
INFO = note(b"VMCOREINFO", 0, DATA[:5001]) + note(b"CORE", NT_PRSTATUS, b"")
# What is there and what the header says of its size: room to spare, exactly full, none, cut short.
NOTES = ((CPU0, len(CPU0) + 400), (INFO + bytes(12), len(INFO) + 12), (b"", 500), (CPU0, len(CPU0)),
         (CPU0, len(CPU0) - 1))
MERGED = CPU0 + INFO + CPU0


def elfcorehdr(is_64, loads=LOADS, notes=NOTES, **identity):
    """1 MiB of the old kernel's: the header, and notes at odd places."""
    image, table, at = bytearray(MIB), b"", 65536
    for body, size in notes:
        image[at:at + len(body)] = body
        table += phdr(is_64, PT_NOTE, BASE + at, size, BASE + at)
        at += len(body) + 404
    for offset, size in loads:
        table += load(is_64, DATA_AT + offset, offset, size)
    head = ehdr(is_64, len(loads) + len(notes), **identity) + table
    image[:len(head)] = head
    return bytes(image)


def up(size):
    return -(-size // PAGE) * PAGE


def expected(is_64):
    """What /proc/vmcore is to contain: header, one PT_NOTE, whole pages of each PT_LOAD."""
    begin = up(len(ehdr(is_64, 0)) + (1 + len(LOADS)) * len(phdr(is_64, 0, 0, 0)))
    head = ehdr(is_64, 1 + len(LOADS)) + phdr(is_64, PT_NOTE, begin, len(MERGED), flags=0)
    body = MERGED.ljust(up(len(MERGED)), b"\0")
    for offset, size in LOADS:
        start, end = offset // PAGE * PAGE, up(offset + size)
        head += load(is_64, begin + len(body) + offset - start, offset, size)
        body += DATA[start:end]
    return head.ljust(begin, b"\0") + body


def capture_guest(story, tree, header, disks=(), append="", files=()):
    """A kernel that believes to be a capture kernel."""
    (story.folder / "header").write_bytes(header)
    (story.folder / "data").write_bytes(DATA)
    return story.guest(disks, f"memmap=64M$0x{BASE:x} elfcorehdr=0x{BASE:x} {append}", {"/bin/vmcore_reader": reader(), **dict(files)},
                       linux=tree.bzimage, memory="400M", cpus=1, cpu=CPU,
                       devices=[f"loader,file={story.folder}/header,addr={BASE:#x},force-raw=on",
                                f"loader,file={story.folder}/data,addr={DATA_AT:#x},force-raw=on"])


@case("x86_64-linux-ours_vmcore_layout_elf64", name="ours", is_64=True)
@case("x86_64-linux-ours_vmcore_layout_elf32", name="ours", is_64=False)
@case("x86_64-linux-upstream_vmcore_layout_elf64", name="upstream", is_64=True)
@case("x86_64-linux-upstream_vmcore_layout_elf32", name="upstream", is_64=False)
def layout(story, name, is_64):
    """Every byte of the file is known, and read() and mmap() agree on them; the same of upstream's."""
    disk = story.disk("virtio", size_mb=32, raw=True)
    with capture_guest(story, Tree(name), elfcorehdr(is_64), [disk]) as guest:
        guest.boot()
        guest.check("vmcore_reader check /proc/vmcore 3", 120)
        guest.check("dd if=/proc/vmcore of=/dev/vda bs=64k && sync")
        size = int(guest.check("stat -c %s /proc/vmcore"))
    want = expected(is_64)
    assert size == len(want), f"{size} bytes, expected {len(want)}"
    disk.extract(0, size, story.folder / "vmcore")
    got = (story.folder / "vmcore").read_bytes()
    wrong = [at for at in range(0, size, PAGE) if got[at:at + PAGE] != want[at:at + PAGE]]
    assert not wrong, f"{len(wrong)} pages differ, the first at {wrong[0]:#x}"


@case("x86_64-linux-ours_vmcore_no_magic", header=elfcorehdr(True, magic=b"\x7fELG"), words="no ELF core header")
@case("x86_64-linux-ours_vmcore_other_machine", header=elfcorehdr(True, machine=3), words="no ELF core header")
@case("x86_64-linux-ours_vmcore_endless_load", header=elfcorehdr(True, loads=((0, (1 << 64) - 1),)), words="segment of .* damaged")
@case("x86_64-linux-ours_vmcore_endless_note", header=elfcorehdr(True, notes=((CPU0, 1 << 40),)), words="notes at .* damaged")
def damaged(story, header, words):
    """A header that makes no sense: no file, a line that says why, and the system runs."""
    with capture_guest(story, Tree("ours"), header) as guest:
        guest.boot()
        guest.refuse("cat /proc/vmcore", "No such file")
        said = guest.check("dmesg")
    assert re.search(f"vmcore: .*{words}", said) and "vmcore: no /proc/vmcore: error" in said, said[-1500:]
    assert not re.search("BUG:|WARNING:|Oops", said), said


@case("x86_64-linux-ours_vmcore_no_notes", header=elfcorehdr(True, notes=()))
@case("x86_64-linux-ours_vmcore_no_loads", header=elfcorehdr(True, loads=()))
def sparse(story, header):
    """Little is better than nothing."""
    with capture_guest(story, Tree("ours"), header) as guest:
        guest.boot()
        guest.check("vmcore_reader sum /proc/vmcore")


@case("x86_64-linux-ours_vmcore_device_dump_off", soak=True)
def device_dump_off(story):
    """novmcoredd keeps device dumps out; so does a kernel that has no dump to add them to."""
    tree = Tree("ours")
    with capture_guest(story, tree, elfcorehdr(True), append="novmcoredd", files={"/probe.ko": probe(story, tree)}) as guest:
        guest.boot()
        guest.refuse("insmod /probe.ko dump=5000", "Invalid argument")
        assert "novmcoredd" in guest.check("dmesg")
        assert int(guest.check("stat -c %s /proc/vmcore")) == len(expected(True))
    with story.guest((), "", {"/probe.ko": story.folder / "probe/vmcore_probe.ko"}, linux=tree.bzimage) as guest:
        guest.boot()
        guest.refuse("insmod /probe.ko dump=5000", "No such device")
        guest.check("insmod /probe.ko hole_mb=16 && rmmod vmcore_probe")


# --- a real crash -----------------------------------------------------------------------------------


class Captured:
    """Commands for the shell of a capture kernel whose initramfs has reader and probe."""

    def __init__(self, guest):
        self.guest = guest

    def check(self, command, timeout=200):
        return self.guest.check(command, timeout)

    def page(self, number, count=1):
        text = self.check(f"dd if=/proc/vmcore bs={PAGE} skip={number} count={count} 2>/dev/null | base64")
        return base64.b64decode(text)

    def segments(self):
        """[(type, offset, pa, size)]"""
        head = self.page(0)
        count, = struct.unpack_from("<H", head, 56)
        return [(kind, offset, pa, size) for kind, _, offset, _, pa, size, _, _ in
                struct.iter_unpack("<IIQQQQQQ", head[64:64 + 56 * count])]


def crash_into(story, tree, guest):
    """Panics, and waits for the capture kernel's shell."""
    guest.boot()
    guest.check("/sbin/kexec -p -c /capture/bzImage --initrd=/capture/initrd "
                "--command-line='console=ttyS0 no_timer_check nr_cpus=1 reset_devices'")
    mark = guest.shell.mark()
    guest.panic(cpu=1)
    guest.shell.expect(r"^@exit 0\n", 120, mark)
    return Captured(guest)


@case("x86_64-linux-ours_vmcore_drivers")
@case("x86_64-linux-ours_vmcore_drivers_ovmf", soak=True, firmware="ovmf", memory="768M")
@case("x86_64-linux-ours_vmcore_drivers_4_levels", soak=True, cpu="qemu64")
@case("x86_64-linux-ours_vmcore_drivers_5g", soak=True, memory="5G")
def drivers(story, memory="512M", cpu=CPU, **options):
    """Drivers deny pages and add dumps, before and while somebody reads: each reader sees sane content."""
    tree = Tree("ours")
    inner = initrd(story.folder / "capture", {"/bin/vmcore_reader": reader(), "/probe.ko": probe(story, tree)})
    files = {"/capture/bzImage": tree.bzimage, "/capture/initrd": inner}
    with story.guest((), "crashkernel=160M", files, linux=tree.bzimage, memory=memory, cpu=cpu, timeout=600, **options) as guest:
        core = crash_into(story, tree, guest)
        core.check("vmcore_reader check /proc/vmcore 7")
        whole = core.check("vmcore_reader sum /proc/vmcore")

        # The kernel's text: no page of it is zero.
        _, offset, pa, size = next(s for s in core.segments() if s[0] == PT_LOAD)
        hole_mb = (pa >> 20) + 1
        first = (offset + (hole_mb << 20) - pa) // PAGE
        pages = [core.page(first + i) for i in range(8)]
        assert all(any(p) for p in pages), "the test's pages are zero already"
        core.check(f"insmod /probe.ko hole_mb={hole_mb}")
        want = [bytes(PAGE) if i % 4 == 2 else p for i, p in enumerate(pages)]
        assert [core.page(first + i) for i in range(8)] == want, "the denied pages, and no others, are to be zero"
        core.check("vmcore_reader check /proc/vmcore 9")
        core.check("rmmod vmcore_probe")
        assert core.check("vmcore_reader sum /proc/vmcore") == whole, "what was denied did not come back"

        before = core.segments()
        core.check("insmod /probe.ko dump=70000")
        added = up(64 + 70000)
        data = core.page(1, added // PAGE)
        name_size, desc_size, kind, name, dump = struct.unpack_from("<III8s44s", data)
        assert (name_size, kind, name.rstrip(b"\0"), dump.rstrip(b"\0")) == (8, NT_VMCOREDD, b"LINUX", b"vmcore_probe")
        assert desc_size == added - 20 and data[64:70064] == bytes(i * 7 % 256 for i in range(70000))
        assert core.segments() == [(k, o + (added if k == PT_LOAD else 0), p, s + (added if k == PT_NOTE else 0))
                                   for k, o, p, s in before], "the other headers did not follow"
        core.check("vmcore_reader check /proc/vmcore 11")
        core.check("makedumpfile --dump-dmesg /proc/vmcore /tmp/dmesg && grep 'sysrq triggered crash' /tmp/dmesg")
        core.check("makedumpfile -l -d 31 /proc/vmcore /tmp/dump && rm /tmp/dump")

        # The content changes under the readers, so they can't compare; none of them may fail.
        core.check("rmmod vmcore_probe; for how in 'random /proc/vmcore 1' 'mmap /proc/vmcore 1048576' 'read /proc/vmcore 50000'; do "
                   "(for i in 1 2 3; do vmcore_reader $how || touch /tmp/failed; done) & done; "
                   f"for i in 1 2 3 4 5 6 7 8; do insmod /probe.ko hole_mb={hole_mb - 1} dump=5000; rmmod vmcore_probe; done; "
                   "wait; [ ! -e /tmp/failed ]")
        core.check("vmcore_reader check /proc/vmcore 13")
        said = core.check("dmesg")
    assert "vmcore: a driver registered a callback after /proc/vmcore was opened" in said, said[-1500:]
    assert not re.search("BUG:|WARNING:|Oops", said), said
