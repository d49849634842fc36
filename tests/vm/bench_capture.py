# SPDX-License-Identifier: GPL-2.0
"""Linux mode beside stock kdump: how small a region it needs, and how soon the filtered dump is in the file system."""
import statistics

from . import bench, cache, debian, peer
from .cases.capture_init import mkfs
from .cases.linuxmode import LAYOUT, MEMORY_MB, saves
from .disk import Disk
from .qemu import GuestError
from .story import Story, kernel

REGIONS_MB = (40, 96)		# the first is too small for either, the second is enough
SHELL = b"""[Service]
ExecStart=/usr/local/bin/shell.sh
"""
DEFAULT_REGION = "128M"		# of Debian's package
# Page cache of all programs, and as much again in a tmpfs.
FILL = "find /usr -xdev -type f -exec cat {} + >/dev/null; mount -t tmpfs tmpfs /mnt && cp -r /usr/lib/x86_64-linux-gnu /usr/bin /mnt"
TOLD = {"ours": "kdump-init: the dump is saved", "peer": r"kdump-tools.*: saved vmcore in"}
ARM = {"ours": "kdump-config unload; kdumpctl start", "peer": "true"}	# kdump-tools.service has armed


# --- the smallest region ---------------------------------------------------------------------------

def ext4_disk(story):
    return mkfs(story, story.disk("nvme", size_mb=800, partitions=LAYOUT[:2]), "ext4", 2)


def our_region_works(mib):
    story = Story(f"bench-linux-region-{mib}M")
    try:
        return saves(story, ext4_disk(story), mib)[0]
    finally:
        story.close(False)


def peer_region_works(mib):
    """Stock kexec, Debian's kernel and an initramfs of busybox and makedumpfile alone: smaller than what Debian makes."""
    story = Story(f"bench-linux-peer-region-{mib}M")
    try:
        disk = ext4_disk(story)
        command = peer.filter_into(disk.device(0, 2))
        with story.guest(append=f"crashkernel={mib}M", files=peer.layer(command, packed=True),
                         memory=f"{MEMORY_MB}M") as guest:
            guest.boot()
            peer.arm(guest)
            guest.panic()
            guest.console.expect("capture: saved", 90)
        return True
    except GuestError:
        return False
    finally:
        story.close(False)


# --- a systemd guest from the panic to the dump ----------------------------------------------------------

def debian_root(story, more=()):
    """A Debian with kdump-tools, as its first boot leaves it, and Lifeboat and these files beside it."""
    unit = "/etc/systemd/system/shell.service"
    files = {**debian.installed(), unit: SHELL,
             "/usr/local/bin/shell.sh": ((cache.REPO / "tests/vm/guest/shell.sh").read_bytes(), 0o755),
             "/etc/systemd/system/multi-user.target.wants/.keep": b"", **dict(more)}
    image = debian.image(story.folder / "root.ext4", files, [("/etc/systemd/system/multi-user.target.wants/shell.service", unit)],
                         debian.with_kdump_tools(kernel()))
    with debian_guest(story, Disk(story.folder, "ROOT", base=image, raw=True)) as guest:
        guest.boot(600)		# kdump-tools makes its initramfs
        guest.check("grep -q 1 /sys/kernel/kexec_crash_loaded", 120)
        guest.send("systemctl poweroff")
        guest.wait_end(120)
    return image


def debian_guest(story, root):
    return story.guest([root], append=f"root={debian.DEVICE} rw crashkernel={DEFAULT_REGION}", image="none", timeout=900)


def saved_after(story, image, who):
    """Seconds from the panic's line on the console to the line that the dump is saved."""
    with debian_guest(story, Disk(story.folder, "ROOT", base=image)) as guest:
        guest.boot(240)
        guest.check(f"until grep -q 1 /sys/kernel/kexec_crash_loaded; do sleep 1; done; {ARM[who]}", 120)
        guest.check(FILL, 120)
        guest.panic(cpu=1)
        guest.console.expect(TOLD[who] + ".*\n", 400)
        return guest.console.when(TOLD[who]) - guest.panic_time(1)


def finished_d31(runs):
    story = Story("bench-linux-finished")
    try:
        image, found = debian_root(story), {"ours": [], "peer": []}
        for number in range(max(1, runs // 3)):
            for who, times in found.items():
                one = Story(f"bench-linux-finished-{who}-{number}")
                try:
                    times.append(saved_after(one, image, who))
                finally:
                    one.close(False)
        return found
    finally:
        story.close(False)


def run(wanted, runs):
    """Prints the figures for whose name wanted() is true."""
    if wanted("linux_region_min"):
        bench.line("linux_region_min", bench.smallest(*REGIONS_MB, 1, our_region_works), bench.smallest(*REGIONS_MB, 1, peer_region_works),
                   "MiB", 0)
    if wanted("linux_finished_d31"):
        found = finished_d31(runs)
        bench.line("linux_finished_d31", statistics.median(found["ours"]), statistics.median(found["peer"]), "s", 2)
