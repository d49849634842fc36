# SPDX-License-Identifier: GPL-2.0
"""One kernel after another by kexec: which kernel, started by whose tool, told what; on which machine."""
import dataclasses
import itertools
import re
import tarfile

from ..runner import case
from ..story import initrd, kernel
from .boot import LINUX, TABLES, kexec
from .linux import Tree

TOOLS = {"ours": "/usr/local/sbin/kexec -c", "ours_file_load": "/usr/local/sbin/kexec -s", "stock": "/sbin/kexec -c"}
LONGEST = 2047		# COMMAND_LINE_SIZE of x86, less the zero
CELLS = {"bios_512m": {}, "ovmf_512m": {"firmware": "ovmf"}, "ovmf_6g": {"firmware": "ovmf", "memory": "6G"},
         "bios_6g": {"memory": "6G", "cpu": "qemu64"}}	# this one without 5-level paging


@dataclasses.dataclass(frozen=True)
class Hop:
    """A kernel ("6.1" and "6.12" are Debian's), the tool that starts it, words of its command line, and that line's length."""

    kernel: str
    tool: str
    words: str = ""
    length: int = 0

    def command_line(self, number):
        end = f" hop={number}"
        return f"{LINUX} quiet {self.words}".ljust(self.length - len(end), "x") + end


def image(name):
    """(bzImage, what its uname -r ends in)."""
    if name == "ours":
        return Tree("ours").bzimage, "-lifeboat"
    debian = kernel("" if name == "6.1" else name)
    return debian.vmlinuz, debian.release


def boot_disk(story, kernels):
    """An NVMe disk, which all these kernels can read, with a tar archive of them and their initrd."""
    path = story.folder / "boot.tar"
    with tarfile.open(path, "w") as tar:
        for name in kernels:
            tar.add(image(name)[0], name)
        tar.add(initrd(story.folder / "boot-initrd"), "initrd")
    story.disk("nvme", base=path)


def ram(guest):
    """[[start, end)] of all RAM but the first page, which Linux calls its own; neighbours are one."""
    found = []
    for start, last in re.findall(r"^([0-9a-f]+)-([0-9a-f]+) : System RAM", guest.check("cat /proc/iomem"), re.M):
        start, end = int(start, 16), int(last, 16) + 1
        if found and found[-1][1] == start:
            start = found.pop()[0]
        found.append((start, end))
    return found


def sound(guest):
    """The kernel has nothing to complain of."""
    complaints = re.findall(r".*(?:WARNING:|Oops|Bad page|BUG: (?!soft lockup)).*", guest.check("dmesg"))
    assert not complaints, complaints


def chain(story, first, hops, memory="512M", **options):
    """Every kernel is the right one, is told what it shall be, and finds the machine's memory, tables and CPUs."""
    boot_disk(story, {hop.kernel for hop in hops})
    with story.guest(append="quiet", linux=image(first)[0], memory=memory, timeout=200 + 40 * len(hops), **options) as guest:
        guest.boot()
        all_ram, all_tables = ram(guest), guest.check(TABLES)
        for number, hop in enumerate(hops):
            line, tool = hop.command_line(number), TOOLS[hop.tool]
            guest.check("while [ ! -e /dev/nvme0n1 ]; do sleep 0.1; done")
            guest.check(f"mkdir -p /boot && tar xf /dev/nvme0n1 -C /boot {hop.kernel} initrd")
            guest.check(f"{tool} -l /boot/{hop.kernel} --initrd=/boot/initrd --command-line='{line}'")
            kexec(guest, f"{tool.split()[0]} -e")
            assert guest.check("cat /proc/cmdline") == f"{line}\n", f"{hop} has another command line"
            assert guest.check("uname -r").strip().endswith(image(hop.kernel)[1]), f"{hop} is another kernel"
            assert ram(guest) == all_ram, f"{hop} has other memory: {ram(guest)}, not {all_ram}"
            assert guest.check(TABLES) == all_tables, f"{hop} finds {guest.check(TABLES)}, not {all_tables}"
            assert guest.check("nproc") == ("1\n" if hop.words == "nosmp" else "2\n"), f"{hop} has other CPUs"
            sound(guest)
    story.untouched()


def row(name, first, hops, soak=False, **machine):
    case(f"x86_64-linux-reboots_{name}", soak=soak, first=first, hops=hops, **machine)(chain)


def hops(kernels, *tools):
    return [Hop(name, tool) for name, tool in zip(kernels, itertools.cycle(tools))]


for cell, machine in CELLS.items():
    row(cell, "ours", hops(["ours"] * 4, "ours", "stock"), soak=cell != "bios_512m", **machine)
    row(f"{cell}_ours_20", "ours", hops(["ours"] * 20, "ours"), soak=True, **machine)
    row(f"{cell}_stock_20", "ours", hops(["ours"] * 20, "stock"), soak=True, **machine)
    row(f"{cell}_debian_20", "6.1", hops(["6.1"] * 20, "ours"), soak=True, **machine)
row("debian_file_load_20", "6.1", hops(["6.1"] * 20, "ours_file_load"), soak=True)
row("debian_stock_20", "6.1", hops(["6.1"] * 20, "stock"), soak=True)

# From 6.1: every kernel starts every other one.
KERNELS = ["6.12", "ours", "6.1", "ours", "6.12", "6.1"]
row("kernels_ovmf", "6.1", hops(KERNELS[:3], "ours", "stock"), firmware="ovmf")
row("kernels_ovmf_18", "6.1", hops(KERNELS * 3, "ours", "ours", "stock", "stock"), firmware="ovmf", soak=True)
row("kernels_18", "6.1", hops(KERNELS * 3, "ours", "ours", "stock", "stock"), memory="6G", soak=True)

# What a kernel is told that shall do without what the one before has left behind.
WORDS = [Hop("ours", "ours", "noapic"), Hop("ours", "stock", "noapic"), Hop("ours", "ours", "nosmp"), Hop("ours", "stock", "nosmp"),
         Hop("ours", "ours", length=LONGEST), Hop("ours", "stock", length=LONGEST - 1)]	# stock kexec-tools take no more
row("words", "ours", WORDS, soak=True)
row("words_ovmf", "ours", WORDS, firmware="ovmf", soak=True)
