# SPDX-License-Identifier: GPL-2.0
"""kdumpctl: what it says while armed, what it collects after a crash, what it does not destroy."""
import hashlib
import re

from .. import target
from ..runner import case
from ..story import DUMPKERNEL, GUARDED, TARGET_PART


@case("x86_64-nvme-status_looks_again")
def status_looks_again(story):
    """Whatever changes behind kdumpctl's back: status says it, reload mends it."""
    disk = story.disk("nvme", partitions=GUARDED)
    device = disk.device(0, TARGET_PART)
    with story.guest() as guest:
        guest.boot()
        guest.refuse("kdumpctl status", "not started")
        story.prepare(guest, device)
        guest.check("kdumpctl preflight")
        guest.check(f"/sbin/kexec -s -p {DUMPKERNEL}")
        guest.refuse("kdumpctl status", "not by Lifeboat")
        guest.refuse("kdumpctl start", "another tool", "--force")
        guest.check("kdumpctl stop && kdumpctl start --force && kdumpctl status")
        changes = (("echo 0 > /sys/devices/system/cpu/cpu1/online", "CPUs or memory"),
                   ("echo 1 > /sys/devices/system/cpu/cpu1/online", "CPUs or memory"),
                   ("echo x >> /run/lifeboat/config", "was changed"),
                   ("/sbin/kexec -p -u", "unloaded by something else"))
        for change, word in changes:
            guest.check(change)
            code, said = guest.run("kdumpctl status")
            assert code == 3 and re.search(word, said), f"after `{change}` status says, exit {code}: {said}"
            guest.check("kdumpctl reload && kdumpctl status --json | grep -q '\"operational\":true'")
        guest.refuse("kdumpctl --image /nowhere reload", "/nowhere", "nothing changed")
        guest.refuse(f"kdumpctl mkdump {device}", "armed")
        guest.check(f"printf x | dd of={device} bs=1 seek=300 conv=notrunc,fsync 2>/dev/null")
        guest.refuse("kdumpctl status", "checksum of its target header")
        guest.refuse("kdumpctl reload", "checksum", "mkdump", "not operational")
        guest.check(f"kdumpctl stop && kdumpctl mkdump {device} && kdumpctl start")
        assert guest.check("cat /proc/sys/kernel/panic_on_oops").strip() == "1", "an oops would not be dumped"
        guest.panic()
        guest.wait_end()
    story.dumped(disk, TARGET_PART)


@case("x86_64-virtio-collect_interrupted")
def collect_interrupted(story):
    """A full file system and a killed collect lose nothing; the copy is the dump, byte for byte."""
    disk = story.disk("virtio", size_mb=600)
    with story.guest(memory="512M") as guest:
        guest.boot()
        story.arm(guest, disk.device(0))
        guest.panic()
        guest.wait_end()
    found = target.Target(disk, 0)
    want = hashlib.md5(found.extract(story.folder / "vmcore").read_bytes()).hexdigest()
    with story.guest(memory="2G") as guest:
        guest.boot()
        guest.check("mkdir /small && mount -t tmpfs -o size=100m small /small")
        guest.check("printf 'raw /dev/vda\\npath /small\\n' > /etc/kdump.conf")
        guest.refuse("kdumpctl start", "MiB free", "not armed")
        guest.check("grep -q 'sysrq triggered crash' /small/*/vmcore-dmesg.txt")
        guest.refuse("kdumpctl mkdump /dev/vda", "not collected", "--force=dump")
        guest.check("echo 'raw /dev/vda' > /etc/kdump.conf")
        guest.check("for delay in 0.02 0.1 0.3; do kdumpctl collect & sleep $delay; kill -9 $! && wait $!; done; true")
        guest.check("test ! -e /var/crash/*/vmcore || test $(stat -c %s /var/crash/*/vmcore) -gt 400000000")
        guest.check("kdumpctl collect")
        listing = guest.check("ls -l /var/crash/*/")
        assert "incomplete" not in listing and re.search(r"-rw-------.* vmcore\n", listing), listing
        assert guest.check("md5sum /var/crash/*/vmcore").split()[0] == want, "the copy differs from the dump"
        folders = guest.check("ls /var/crash").split()
        assert len(folders) == 1 and re.fullmatch(r"lifeboat-guest-\d{4}-\d\d-\d\d-\d\d:\d\d:\d\d", folders[0]), folders
        assert "collected" not in guest.check("kdumpctl collect"), "collected twice"
        guest.refuse("kdumpctl start", "room for")
    after = target.Target(disk, 0)
    assert after.state == target.EMPTY and after.generation == found.generation + 1, after
    for offset in after.stamp_offsets():
        assert after.stamp_is_whole(offset), f"the stamp at {offset:#x} is not of the new generation"


@case("x86_64-nvme-mkdump_in_use")
def mkdump_in_use(story):
    """What is mounted, swapped to or partitioned is never a target, whatever is forced."""
    disk = story.disk("nvme", partitions=(64, 64, 64), size_mb=256)
    first, second = disk.device(0, 1), disk.device(0, 2)
    with story.guest() as guest:
        guest.boot()
        guest.check(f"mke2fs {first} >/dev/null 2>&1 && mount {first} /mnt && mkswap {second} && swapon {second}")
        guest.refuse(f"kdumpctl mkdump {first} --force=ext2", "mounted on /mnt")
        guest.refuse(f"kdumpctl mkdump {second} --force=swap", "swap")
        guest.refuse(f"kdumpctl mkdump {disk.device(0)} --force=dos", "mounted on /mnt")
        guest.check(f"umount /mnt && swapoff {second}")
        guest.refuse(f"kdumpctl mkdump {first}", "ext2", "--force=ext2")
        guest.refuse(f"kdumpctl mkdump {first} --force", "name")
        guest.refuse(f"kdumpctl mkdump {first} --force=ext4", "ext2")
        guest.refuse(f"kdumpctl mkdump {disk.device(0)}", "dos")
        guest.check(f"mount {first} /mnt && umount /mnt")
        guest.check(f"kdumpctl mkdump {first} --force=ext2")
        guest.refuse(f"mount {first} /mnt")
        guest.check(f"kdumpctl mkdump {disk.device(0)} --force=dos")
        assert guest.run(f"test -e {first}")[0], "the partitions are still there"
