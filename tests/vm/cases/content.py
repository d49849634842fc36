# SPDX-License-Identifier: GPL-2.0
"""What is in a dump: every byte of memory, and the same answers as a stock dump gives."""
import re
import time

from .. import peer, target
from ..disk import Disk
from ..runner import case
from ..story import GUARDED, TARGET_PART, kernel
from ..vmcore import Vmcore, panic_backtrace


def wait_complete(disk, start, timeout=120):
    """Waits until a raw disk's target is complete, as seen by the host."""
    until = time.monotonic() + timeout
    while time.monotonic() < until:
        found = target.Target(disk, start)
        if found.state in (target.COMPLETE, target.FAILED):
            return found
        time.sleep(0.2)
    raise AssertionError(f"no complete dump in {timeout} s: {found}")


def differing(core, memory, offset, paddr, size):
    """Number of 4 KiB pages in which a PT_LOAD differs from a file of the same memory."""
    pages, step = 0, 1 << 20
    with open(core.path, "rb") as dump, open(memory, "rb") as truth:
        dump.seek(offset)
        for at in range(0, size, step):
            ours, real = dump.read(min(step, size - at)), truth.read(min(step, size - at))
            if ours != real:
                pages += sum(ours[p:p + 4096] != real[p:p + 4096] for p in range(0, len(real), 4096))
    return pages


@case("x86_64-nvme-bytes_kexec_load", kind="nvme", loader="kexec_load", firmware="bios")
@case("x86_64-virtio-bytes_kexec_file_load", soak=True, kind="virtio", loader="kexec_file_load", firmware="ovmf")
@case("x86_64-ahci-bytes_kexec_load", kind="ahci", loader="kexec_load", firmware="bios")
@case("x86_64-scsi-bytes_kexec_file_load", soak=True, kind="scsi", loader="kexec_file_load", firmware="ovmf")
def byte_for_byte(story, kind, loader, firmware):
    """The machine halts after the dump; its memory, seen from outside, is what the file holds."""
    disk = story.disk(kind, partitions=GUARDED, raw=True)
    start, _ = disk.range(TARGET_PART)
    with story.guest(firmware=firmware, memory="512M") as guest:
        guest.boot()
        story.arm(guest, disk.device(0, TARGET_PART), loader, lines="final_action halt\\n")
        guest.panic(cpu=1)
        guest.panic_time()
        found = wait_complete(disk, start)
        time.sleep(0.5)
        guest.qmp("stop")
        core = Vmcore(found.extract(story.folder / "vmcore"))
        core.check(2, 512)
        memory = story.folder / "memory"
        for offset, _, paddr, size, _ in core.loads:
            guest.save_memory(paddr, size, memory)
            pages = differing(core, memory, offset, paddr, size)
            assert not pages, f"{pages} pages of PT_LOAD {paddr:#x}, {size:#x} bytes, differ from memory"
    story.untouched(disk, TARGET_PART)


def stock_dump(story):
    """The vmcore that stock kdump makes of the same guest and crash."""
    disk = Disk(story.folder, "STOCK", "nvme", partitions=GUARDED)
    copy = peer.copy_command(disk.device(0, TARGET_PART))
    with story.guest([disk], append="crashkernel=128M", files=peer.layer(copy)) as guest:
        guest.boot()
        peer.arm(guest)
        guest.panic(cpu=1)
        guest.console.expect("capture: done", 120)
        guest.wait_end()
    start, end = disk.range(TARGET_PART)
    path = story.folder / "stock"
    disk.extract(start, end - start, path)
    size = max(offset + filesz for offset, _, _, filesz, _ in Vmcore(path).loads)
    with open(path, "r+b") as out:
        out.truncate(size)
    return Vmcore(path)


def our_dump(story):
    disk = story.disk("nvme", partitions=GUARDED)
    with story.guest([disk], append="crashkernel=128M", files=peer.layer("")) as guest:
        guest.boot()
        story.arm(guest, disk.device(0, TARGET_PART))
        guest.panic(cpu=1)
        guest.panic_time()
        guest.wait_end()
    return story.dumped(disk, TARGET_PART, region_mb=128)[1]


def answers(core, vmlinux, tasks_least=40):
    """What the outside readers say of a dump, less what no two boots share; tasks_least: how many a reader must find."""
    said = {}
    bt, sys, kmem, tasks, log, every = core.crash(vmlinux, "bt", "sys", "kmem -i", "list task_struct.tasks -h init_task", "log", "bt -a")
    said["crash bt"] = panic_backtrace(bt)
    said["crash TOTAL MEM"] = int(re.search(r"TOTAL MEM +(\d+)", kmem)[1])
    said["crash sys"] = re.findall(r"^ +(?:CPUS|RELEASE|MACHINE|PANIC): .*$", re.sub(r"\(check log.*|\(\d+ Mhz\)", "", sys), re.M)
    said["crash list"] = len(re.findall(r"^[0-9a-f]{16}$", tasks, re.M)) > tasks_least
    said["crash log"] = "sysrq triggered crash" in log
    said["crash bt -a"] = [len(re.findall(r"^PID:", every, re.M)), "crash_nmi_callback" in every]
    said["crash after makedumpfile -d 31"] = panic_backtrace(core.crash(vmlinux, "bt", path=core.refiltered()))
    gdb = core.gdb(vmlinux)
    # Where the other CPU was is chance: idle, or in a program. That its registers are there is not.
    said["gdb"] = [len(re.findall(r"^Thread \d", gdb, re.M)), "crash_setup_regs" in gdb, len(re.findall(r"^#0 ", gdb, re.M))]
    drgn = core.drgn(vmlinux)
    said["drgn"] = [re.findall(r"cpus.*|6\..*", drgn), int(re.search(r"tasks (\d+)", drgn)[1]) > tasks_least]
    info = core.vmcoreinfo
    said["vmcoreinfo keys"] = sorted(info)
    said["vmcoreinfo"] = {k: v for k, v in info.items() if k.startswith(("SIZE", "OFFSET", "NUMBER", "LENGTH", "OSRELEASE", "PAGE"))
                          and k not in ("NUMBER(phys_base)",)}
    said["dmesg"] = "sysrq triggered crash" in core.dmesg()
    return said


@case("x86_64-nvme-readers")
def readers(story):
    """readelf, makedumpfile, crash, gdb and drgn say the same of our dump and of stock kdump's."""
    vmlinux = kernel().vmlinux
    stock, ours = answers(stock_dump(story), vmlinux), answers(our_dump(story), vmlinux)
    for question, answer in stock.items():
        got = ours[question]
        assert answer, f"{question}: the stock dump does not answer it either"
        if question == "crash TOTAL MEM":
            assert abs(got - answer) < 64, f"{question}: {got} pages, stock {answer}"
        else:
            assert got == answer, f"{question}: {got}, stock says {answer}"
