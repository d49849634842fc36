# SPDX-License-Identifier: GPL-2.0
"""Which way the kernel goes, seen from outside by breakpoints: a panic shuts nothing down, kexec -e everything."""
import re

from ..runner import case
from ..story import GUARDED, TARGET_PART
from .linux import TOOLS, Tree, files, lkdtm

# Each of the two ways shows that the breakpoints of the other can be hit.
ORDERLY = ["device_shutdown", "machine_shutdown", "machine_kexec"]
PANIC = ["machine_crash_shutdown", "machine_kexec"]


def watched(guest):
    """{address: name}; the kernels run with nokaslr, so that an address means the same in the second one."""
    names = sorted({*ORDERLY, *PANIC})
    found = re.findall(rf"^(\w+) T ({'|'.join(names)})$", guest.check("cat /proc/kallsyms"), re.M)
    assert sorted(name for _, name in found) == names, found
    return {int(address, 16): name for address, name in found}


@case("x86_64-linux-ours_shape_panic", how=lambda guest: guest.panic(cpu=1), panic="sysrq triggered crash")
@case("x86_64-linux-ours_shape_oops", soak=True, how=lkdtm("EXCEPTION", 1), panic="NULL pointer")
def panic_way(story, how, panic):
    """A panic and an oops: the dump is complete, and neither machine_shutdown nor device_shutdown ran."""
    disk = story.disk("nvme", partitions=GUARDED)
    with story.guest(linux=Tree("ours").bzimage, append="crashkernel=1M nokaslr panic_on_oops=1") as guest:
        guest.boot()
        story.arm(guest, disk.device(0, TARGET_PART))
        names, gdb, hits = watched(guest), guest.gdb(), []
        gdb.run(names)
        how(guest)
        while address := gdb.next_hit(120):
            hits.append(names[address])
        guest.wait_end()
    assert hits == PANIC, hits
    story.dumped(disk, TARGET_PART, panic=panic)


@case("x86_64-linux-ours_shape_kexec_e")
def orderly_way(story):
    """kexec -e: devices first, then the machine, and the second kernel runs; no crash shutdown."""
    tree = Tree("ours")
    with story.guest(append="nokaslr", files=files(story, tree), linux=tree.bzimage) as guest:
        guest.boot()
        names = watched(guest)
        guest.check(f"{TOOLS['ours']} -l /second/bzImage --initrd=/second/initrd --append='console=ttyS0 no_timer_check nokaslr'")
        gdb, hits = guest.gdb(), []
        gdb.run(names)
        guest.send(f"{TOOLS['ours']} -e")
        while address := gdb.next_hit(120):	# until the second kernel powers off
            hits.append(names[address])
        guest.console.expect("second kernel: ", 1)
        guest.wait_end()
    assert hits == ORDERLY, hits
