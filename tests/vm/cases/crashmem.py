# SPDX-License-Identifier: GPL-2.0
"""A crash region at run time: crashmem.ko on stock kernels that were booted without crashkernel=."""
import re

from ..runner import case
from ..story import GUARDED, TARGET_PART, kernel

SIZE = "/sys/module/crashmem/parameters/size"
KERNEL_SIZE = "/sys/kernel/kexec_crash_size"


def guest(story, series="", append="", **options):
    return story.guest(series=series, append=append, files={"/crashmem.ko": kernel(series).crashmem}, **options)


def try_insmod(guest, words="", address=None):
    """(exit code, the module's last word) of loading it with the address that the kernel shows, or this one."""
    address = address or "0x" + guest.check("grep ' crashk_res$' /proc/kallsyms").split()[0]
    code, output = guest.run(f"insmod /crashmem.ko crashk_res={address} {words}", 60)
    return code, output + guest.check("dmesg | grep crashmem: | tail -1")


def insmod(guest, words=""):
    code, said = try_insmod(guest, words)
    assert code == 0, said


def refused(guest, words, why, address=None):
    """insmod fails, says why, and leaves no module."""
    code, said = try_insmod(guest, words, address)
    assert code and re.search(why, said), f"insmod {words}: exit {code}, {said}"
    assert "crashmem" not in guest.check("cat /proc/modules")


def region(guest):
    found = re.search(r"^ *([0-9a-f]+)-([0-9a-f]+) : Crash kernel", guest.check("cat /proc/iomem"), re.M)
    return (int(found[1], 16), int(found[2], 16) + 1) if found else None


def memory(guest):
    """(MemTotal, MemFree) in KiB, /proc/iomem."""
    said = guest.check("sync; echo 3 > /proc/sys/vm/drop_caches; cat /proc/meminfo")
    return *(int(re.search(rf"{name}: +(\d+)", said)[1]) for name in ("MemTotal", "MemFree")), guest.check("cat /proc/iomem")


def sound(guest):
    complaints = re.findall(r".*(?:WARNING:|Oops|Bad page|BUG:|nonexistent resource).*", guest.check("dmesg"))
    assert not complaints, complaints


@case("x86_64-crashmem-dump")
@case("x86_64-crashmem-dump_6.12", series="6.12")
@case("x86_64-crashmem-dump_512m", soak=True, memory="512M")
@case("x86_64-crashmem-dump_6g", soak=True, memory="6G")
@case("x86_64-crashmem-dump_ovmf", soak=True, firmware="ovmf")
@case("x86_64-crashmem-dump_ovmf_6g_6.12", soak=True, firmware="ovmf", memory="6G", series="6.12")
@case("x86_64-crashmem-dump_file_load", soak=True, loader="kexec_file_load")
def dump(story, series="", loader="kexec_load", memory="1G", **options):
    """No crashkernel=: the module gives a region, kdumpctl arms, the dump is complete."""
    disk = story.disk("nvme", partitions=GUARDED)
    with guest(story, series, memory=memory, **options) as running:
        running.boot()
        insmod(running, "size=1M")
        start, end = region(running)
        assert end - start == 1 << 20 and end <= 1 << 32, f"region {start:#x}-{end:#x}"
        story.arm(running, disk.device(0, TARGET_PART), loader)
        running.panic()
        running.panic_time()
        running.wait_end()
    story.dumped(disk, TARGET_PART, memory_mb={"512M": 512, "1G": 1024, "6G": 6144}[memory])


@case("x86_64-crashmem-cycles", count=30)
@case("x86_64-crashmem-cycles_6.12", soak=True, count=30, series="6.12")
@case("x86_64-crashmem-cycles_1000", soak=True, count=1000)
def cycles(story, count, series=""):
    """Taken and given back again and again, in many sizes: memory, /proc/iomem and the module are as before."""
    with guest(story, series, append="page_owner=on") as running:
        running.boot()
        insmod(running)
        assert running.check(f"cat {SIZE}").strip() == "0"
        running.check(f"for mb in 16 160 64; do echo ${{mb}}M > {SIZE}; echo 0 > {KERNEL_SIZE}; echo 0 > {SIZE}; done", 60)
        total, free, iomem = memory(running)
        running.check(f"i=0; while [ $i -lt {count} ]; do i=$((i + 1)); for mb in 1 48 $((i % 7 * 16 + 16)); do "
                      f"echo ${{mb}}M > {SIZE} || exit 1; [ $(cat {KERNEL_SIZE}) = $((mb << 20)) ] || exit 2; "
                      f"echo 0 > {KERNEL_SIZE} || exit 3; echo 0 > {SIZE} || exit 4; done; done", 60 + count)
        after_total, after_free, after_iomem = memory(running)
        assert after_total == total and after_iomem == iomem, f"MemTotal {total} -> {after_total}\n{after_iomem}"
        assert abs(after_free - free) < 1024, f"MemFree {free} -> {after_free} KiB"
        running.check("rmmod crashmem")
        sound(running)


@case("x86_64-crashmem-refusals")
def refusals(story):
    """Whatever is wrong has a clear answer, and breaks nothing."""
    with guest(story) as running:
        running.boot()
        _, _, iomem = memory(running)
        refused(running, "size=1M", "is missing", "0")
        refused(running, "size=1M", "not crashk_res", "0x1000")
        refused(running, "size=1M", "not crashk_res", "0x" + running.check("grep ' iomem_resource$' /proc/kallsyms").split()[0])
        refused(running, "size=lots", "invalid for parameter|Invalid")
        refused(running, "size=1T", "could be freed")
        refused(running, "size=64M limit=0x2000000", "could be freed")
        refused(running, "size=16M node=3", "could be freed")
        assert memory(running)[2] == iomem
        insmod(running, "size=33000000")
        start, end = region(running)
        assert end - start == 33001472 and start % (16 << 20) == 0, f"{start:#x}-{end:#x}"	# whole pages
        assert running.check(f"cat {SIZE}").strip() == "33001472"
        running.refuse(f"echo 1M > {SIZE}", "File exists")
        running.refuse(f"echo 0 > {SIZE}", "busy")
        running.refuse("rmmod crashmem", "unavailable|busy|wait")
        code, _ = try_insmod(running, "size=1M")
        assert code, "loaded twice"
        running.refuse(f"echo 64M > {KERNEL_SIZE}", "Invalid")
        running.check(f"echo {16 << 20} > {KERNEL_SIZE}")
        assert region(running) == (start, start + (16 << 20)) and running.check(f"cat {SIZE}").strip() == str(16 << 20)
        running.check(f"echo 0 > {KERNEL_SIZE}; echo 0 > {SIZE}; rmmod crashmem")
        assert memory(running)[2] == iomem
        sound(running)


@case("x86_64-crashmem-refuse_boot_region", append="crashkernel=16M")
def refuse_boot_region(story, append):
    """What crashkernel= has reserved stays as it is."""
    with guest(story, append=append) as running:
        running.boot()
        before = region(running)
        refused(running, "size=16M", "there is a crash region already")
        assert region(running) == before
