# SPDX-License-Identifier: GPL-2.0
"""Heavy writes at the panic, on the disk that gets the dump: the file system is sound after its journal was replayed, and
what was synced is there.  For dump files see dumpfile.py."""
from .. import filesystem
from ..runner import case
from ..story import TARGET_PART, kernel
from . import linuxmode
from .linuxmode import FS_MODULES, LAYOUT, MEMORY_MB, REGION_MB

FS_PART = 3
KEPT = "/var/crash/kept"


def boot(story):
    """A guest with what the file systems and Linux mode need."""
    return linuxmode.boot(story, FS_MODULES["xfs"], more=filesystem.guest_files(kernel()))


def write(guest):
    """Something that must stay, then the storm; the former's sum."""
    sum_ = guest.check(f"head -c 20000000 /dev/urandom > {KEPT} && sync && sha256sum {KEPT}")
    filesystem.write_heavily(guest, "/var/crash")
    return sum_


@case("x86_64-linuxmode-heavy_writes_ext4", soak=True, fstype="ext4", kind="virtio")
@case("x86_64-linuxmode-heavy_writes_xfs", soak=True, fstype="xfs", kind="nvme")
def linux_mode(story, fstype, kind):
    """The dump goes to the very file system that is written to."""
    disk = story.disk(kind, size_mb=800, partitions=LAYOUT[:2])
    filesystem.put(disk, 2, fstype)
    device = disk.device(0, 2)
    with boot(story) as guest:
        guest.boot()
        linuxmode.prepare(guest, fstype, device)
        guest.check("kdumpctl start")
        kept = write(guest)
        linuxmode.crash(guest, 150)
    filesystem.check(disk, 2, fstype)		# the capture kernel has replayed the journal
    with boot(story) as guest:
        guest.boot()
        linuxmode.prepare(guest, fstype, device)
        assert guest.check(f"sha256sum {KEPT}") == kept, "what was synced before the panic is not there any more"
        linuxmode.found(guest)
    story.untouched(disk, 2)


@case("x86_64-nvme-heavy_writes_ext4", soak=True, fstype="ext4", kind="nvme")
@case("x86_64-virtio-heavy_writes_xfs", soak=True, fstype="xfs", kind="virtio")
def raw(story, fstype, kind):
    """The dump goes to a partition beside the file system that is written to."""
    disk = story.disk(kind, partitions=LAYOUT)
    filesystem.put(disk, FS_PART, fstype)
    device = disk.device(0, FS_PART)
    with boot(story) as guest:
        guest.boot()
        guest.check(f"mount -t {fstype} {device} /var/crash && printf 'raw {disk.device(0, TARGET_PART)}\\nfallback no\\n' > /etc/kdump.conf")
        guest.check(f"kdumpctl mkdump {disk.device(0, TARGET_PART)} && kdumpctl start")
        kept = write(guest)
        guest.panic()
        guest.console.expect("dump complete", 120)
        guest.wait_end()
    story.dumped(disk, TARGET_PART, 2, MEMORY_MB, REGION_MB, "sysrq triggered crash", disk.range(FS_PART))
    with boot(story) as guest:
        guest.boot()
        guest.check(f"mount -t {fstype} {device} /var/crash")		# which replays the journal
        assert guest.check(f"sha256sum {KEPT}") == kept, "what was synced before the panic is not there any more"
        guest.check("umount /var/crash; sync")
    filesystem.check(disk, FS_PART, fstype)
