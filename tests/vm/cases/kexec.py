# SPDX-License-Identifier: GPL-2.0
"""Our kexec: Linux capture kernels by it, how much of the region it needs, what it refuses and how."""
import re

from ..runner import case
from ..story import DUMPKERNEL, initrd, kernel

LINUX = "console=ttyS0 no_timer_check nr_cpus=1 reset_devices"

# What the capture kernel does instead of taking commands.
AUTORUN = b"""#!/bin/sh
exec >/dev/console 2>&1
makedumpfile --dump-dmesg /proc/vmcore /tmp/dmesg >/dev/null 2>&1
grep -q 'sysrq triggered crash' /tmp/dmesg && echo "the old kernel's log is there"
dd if=/proc/vmcore of=/dev/null bs=1M 2>/dev/null && echo "vmcore holds $(stat -c %s /proc/vmcore) bytes"
poweroff -f
"""


@case("x86_64-none-linux_capture", option="-c")
@case("x86_64-none-linux_capture_file_load", soak=True, option="-s")
@case("x86_64-none-linux_capture_ovmf", option="-c", firmware="ovmf")
@case("x86_64-none-linux_capture_high", option="-c", region="192M,high", memory="6G", cpu="qemu64")
def linux_capture(story, option, region="192M", **options):
    """A stock kernel is the capture kernel: it gets boot_params, memory map, ACPI and a vmcore that reads."""
    inner = initrd(story.folder / "capture", {"/autorun": (AUTORUN, 0o755)})
    files = {"/capture/vmlinuz": kernel().vmlinuz, "/capture/initrd": inner}
    with story.guest(append=f"crashkernel={region}", files=files, **options) as guest:
        guest.boot()
        guest.check(f"kexec -p {option} /capture/vmlinuz --initrd=/capture/initrd --append='{LINUX}'")
        memory = int(guest.check("awk '/MemTotal/ { print $2 }' /proc/meminfo")) << 10
        guest.panic(cpu=1)
        guest.console.expect("the old kernel's log is there", 60)
        size = int(guest.console.expect(r"vmcore holds (\d+) bytes", 60)[1])
        guest.wait_end()
    assert size > memory, f"the vmcore has {size} bytes, the old kernel managed {memory}"


# Page by page smaller until it is refused; the refusal says what the last success had.
SHRINK = (
    "size=$((480 << 10)); echo $size > /sys/kernel/kexec_crash_size; "
    "while kexec -p {option} -i {image} --append=abc 2> /tmp/said; "
    "do fits=$size; kexec -p -u; size=$((size - 4096)); echo $size > /sys/kernel/kexec_crash_size; done; "
    "echo fits=$fits; cat /tmp/said")


@case("x86_64-none-region_fit", option="-c")
@case("x86_64-none-region_fit_file_load", soak=True, option="-s")
@case("x86_64-none-region_fit_qemu64_6g", soak=True, option="-c", memory="6G", cpu="qemu64", append="crashkernel=1M,high crashkernel=0,low")
@case("x86_64-none-region_fit_file_load_ovmf", soak=True, option="-s", memory="3G", firmware="ovmf")
def region_fit(story, option, **options):
    """What kexec says that an image needs is what the kernel takes: not a page more, not one less."""
    with story.guest(**options) as guest:
        guest.boot()
        said = guest.check(SHRINK.format(option=option, image=DUMPKERNEL))
    fits = re.search(r"fits=(\d+)", said)
    needs = re.search(r"it has (\d+) KiB, .*needs (\d+) KiB", said)
    assert fits and needs, said
    assert int(fits[1]) == int(needs[2]) << 10, f"fits {int(fits[1]) >> 10} KiB, but: {said}"
    assert int(needs[1]) + 4 == int(needs[2]), said


def refused(guest, command, *words):
    code, said = guest.run(command)
    assert code == 1, f"`{command}`: exit {code}: {said}"
    for word in words:
        assert word in said, f"`{command}` does not say '{word}': {said}"


@case("x86_64-none-kexec_refusals")
def refusals(story):
    """Each says what is wrong; the image that was loaded before stays loaded."""
    cut = kernel().vmlinuz.read_bytes()[:1 << 20]
    with story.guest(files={"/cut": cut, "/text": b"hello\n" * 1000, "/empty": b""}) as guest:
        guest.boot()
        guest.check(f"kexec -p -c -i {DUMPKERNEL}")
        refused(guest, "kexec -p /cut", "/cut", "truncated")
        refused(guest, "kexec -p /text", "not a bzImage")
        refused(guest, "kexec -p /nowhere", "/nowhere", "No such file")
        refused(guest, f"kexec -p -i {DUMPKERNEL} --initrd=/empty", "/empty", "empty")
        refused(guest, f"kexec -p {DUMPKERNEL}", "config block")
        refused(guest, f"kexec -p {DUMPKERNEL} --initrd=/text", "no config block")
        refused(guest, f"kexec -p -c -i {DUMPKERNEL} --append=$(seq -s. 1 1000)", "command line is too long")
        refused(guest, f"kexec -p -s -i {DUMPKERNEL} --append=$(seq -s. 1 1000)", "command line is too long")
        refused(guest, f"cp {DUMPKERNEL} /bad; printf x | dd of=/bad bs=1 seek=9000 conv=notrunc 2>/dev/null; kexec -p /bad", "damaged")
        refused(guest, f"kexec -p -l {DUMPKERNEL}", "do not go together")
        assert guest.run("kexec -S")[0] == 1, "a refused image unloaded the old one"
        guest.check("kexec -p -u && kexec -S")
        guest.check("echo 1 > /proc/sys/kernel/kexec_load_disabled")
        refused(guest, f"kexec -p -i {DUMPKERNEL}", "kexec_load_disabled")


@case("x86_64-none-kexec_no_region")
def no_region(story):
    with story.guest(append="quiet") as guest:
        guest.boot()
        refused(guest, f"kexec -p -i {DUMPKERNEL}", "no memory is set aside", "crashkernel=", "KiB")
        assert guest.run("kexec -S")[0] == 0, "something is loaded"


@case("x86_64-none-kexec_lockdown")
def lockdown(story):
    with story.guest(append="crashkernel=1M lockdown=integrity") as guest:
        guest.boot()
        refused(guest, f"kexec -p -c -i {DUMPKERNEL}", "locked down", "signed")
        refused(guest, f"kexec -p -s -i {DUMPKERNEL}", "locked down", "not signed")
        refused(guest, f"kexec -p -i {DUMPKERNEL}", "locked down", "not signed")
