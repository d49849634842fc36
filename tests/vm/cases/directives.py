# SPDX-License-Identifier: GPL-2.0
"""Directives of kdump.conf that no other case shows.  tests/vm/README.md has the list of all and of where they are seen."""
import re

from .. import cache
from ..runner import case
from .capture_init import mkfs
from .linuxmode import LAYOUT, boot, crash

DEVICE = "/dev/vda2"


def disk(story):
    return mkfs(story, story.disk("virtio", size_mb=800, partitions=LAYOUT[:2]), "ext4", 2)


@case("x86_64-linuxmode-directives", soak=True)
def directives(story):
    """What becomes of each, up to the shell that a person finds after a dump that failed."""
    disk(story)
    lines = ("ext4 LABEL=crash\\ndefault shell\\nfinal_action poweroff\\npanic_on_oops no\\nkexec_args -s\\nextra_modules loop\\n"
             "commandline_remove panic no_timer_check\\ncommandline_append nr_cpus=1 reset_devices no_timer_check our.word=42\\n"
             "kdump_emergency /etc/emergency\\n")
    busybox = {"/usr/bin/busybox": cache.Path("/bin/busybox")}
    with boot(story, ("loop",), region_mb=128, more=busybox, reboot=True) as guest:
        guest.boot()
        guest.check(f"printf '{lines}' > /etc/kdump.conf; printf '#!/bin/sh\\necho emergency $((6 * 7))\\n' > /etc/emergency; "
                    "chmod +x /etc/emergency; echo 0 > /proc/sys/kernel/panic_on_oops")
        assert "default is the obsolete name of failure_action" in guest.check("kdumpctl start")
        assert guest.check("cat /proc/sys/kernel/panic_on_oops").strip() == "0", "it was not left alone"
        assert "kexec_file_load" in guest.check("kdumpctl status --json")
        guest.check(f"dd if=/dev/zero of={DEVICE} bs=1M count=4 conv=notrunc,fsync 2>/dev/null")
        mark = guest.console.mark()
        guest.panic()
        cmdline = guest.console.expect(r"Kernel command line: (.*)\n", 60, mark)[1].split()
        assert "our.word=42" in cmdline and "panic=5" not in cmdline and "irqpoll" not in cmdline, cmdline
        for words in (r"[1-9]\d* modules loaded\n", "failure action: shell", "emergency: emergency 42", "a shell on the console"):
            mark = guest.console.expect(words, 60, mark).end()
        guest.console.send("echo loop-is-$(test -d /sys/module/loop && echo here)\n")
        guest.console.expect("^loop-is-here", 20, mark)
        guest.console.send("exit\n")
        guest.wait_end(30)		# with reboot=True only a poweroff ends QEMU


@case("x86_64-linuxmode-final_halt", soak=True, action="halt", last="System halted")
@case("x86_64-linuxmode-final_poweroff", soak=True, action="poweroff", last="Power down")
def final_action(story, action, last):
    disk(story)
    with boot(story) as guest:
        guest.boot()
        guest.check(f"printf 'ext4 LABEL=crash\\nfinal_action {action}\\n' > /etc/kdump.conf && kdumpctl start")
        guest.panic()
        mark = guest.console.expect("the dump is saved", 90).end()
        guest.console.expect(f"reboot: {last}", 30, mark)


@case("x86_64-linuxmode-rebuild", soak=True)
def rebuild(story):
    """When the initramfs is made: after a change; always; never, whatever has changed."""
    made = "stat -c '%i %n' /var/lib/lifeboat/initramfs-*"
    disk(story)
    with boot(story) as guest:
        guest.boot()
        guest.check("echo 'ext4 LABEL=crash' > /etc/kdump.conf && kdumpctl start")
        first = guest.check(made)
        guest.check("kdumpctl reload")
        assert guest.check(made) == first, "made again though nothing has changed"
        guest.check("echo 'force_rebuild 1' >> /etc/kdump.conf && kdumpctl reload")
        second = guest.check(made)
        assert second != first, "force_rebuild 1 did not make it again"
        guest.check("printf 'ext4 LABEL=crash\\ntime_limit 100\\nforce_no_rebuild 1\\n' > /etc/kdump.conf && kdumpctl reload")
        assert guest.check(made) == second, "force_no_rebuild 1 made one"
        assert re.search("force_no_rebuild keeps one that was made for another", guest.run("kdumpctl preflight")[1])
        guest.check("kdumpctl rebuild && kdumpctl reload")
        assert guest.check(made) != second, "rebuild made none"
        assert "force_no_rebuild" not in guest.check("kdumpctl preflight")
        crash(guest)
