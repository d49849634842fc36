# SPDX-License-Identifier: GPL-2.0
"""Both in one region: the dump kernel first; when it can't dump it starts the Linux kernel that waits beside it."""
import json
import re

from .. import cache, target
from ..runner import case
from ..story import TARGET_PART, kernel
from .capture_init import mkfs
from .faults import HOTPLUG, flip, image_start, loaded, page_with
from .linux import Tree
from .linuxmode import MEMORY_MB, boot, in_file_system, prepare, system

REGION_MB = 128
FS_PART = 3
LAYOUT = (16, 700, 600)		# a guard, the dump kernel's target, a file system for its fallback
ZSTD = b"\x28\xb5\x2f\xfd"	# RFC 8878, 3.1.1: how the initramfs begins
CHUNK = 5			# of the target: one in the middle
STARTING = "no dump; starting the fallback kernel"


def arm(guest, raw, fs, lines=""):
    """Both modes armed: the raw target, and the file system that holds /var/crash."""
    prepare(guest, "ext4", fs, f"raw {raw}\\n{lines}")
    guest.check(f"kdumpctl mkdump {raw}")
    said = guest.check("kdumpctl start")
    assert "standalone mode" in said and re.search(r"should that fail, Linux mode saves to ext4 UUID=\S+", said), said


def overwrite_chunk(guest, device):
    guest.check(f"dd if=/dev/urandom of={device} bs=4096 count=16 seek={CHUNK * target.CHUNK // 4096} oflag=direct conv=notrunc")


def saved(guest, code, panic=True):
    """The dump kernel says why it can't, Linux saves."""
    if panic:
        guest.panic(cpu=1)
    guest.console.expect(rf"LB-({code}):", 120)
    guest.console.expect(STARTING, 120)
    guest.console.expect("kdump-init: the dump is saved", 240)
    guest.wait_end(120)


@case("x86_64-chain-stamp_mismatch")
def stamp_mismatch(story):
    """Something else has begun to use the target: nothing of it is overwritten, and there is a dump all the same."""
    disk = mkfs(story, story.disk("nvme", partitions=LAYOUT), "ext4", FS_PART)
    raw, fs = disk.device(0, TARGET_PART), disk.device(0, FS_PART)
    with boot(story, region_mb=REGION_MB, timeout=500) as guest:
        guest.boot()
        arm(guest, raw, fs)
        said = guest.check("kdumpctl status")
        assert re.search(r"operational: .*standalone mode", said) and re.search(r"then Linux mode to ext4 UUID=", said), said
        assert re.search(r"With Linux mode as its fallback: \d+ MiB", guest.check("kdumpctl estimate"))
        assert re.search(r"ok +fallback +Linux mode to ext4 UUID=\S+, \d+ MiB needed for both", guest.check("kdumpctl preflight"))
        overwrite_chunk(guest, raw)
        saved(guest, 209)
    failed = target.Target(disk, disk.range(TARGET_PART)[0])
    assert (failed.state, failed.first_error) == (target.FAILED, 209), f"{failed}"
    assert "LB-209" in failed.log and failed.stage1(target.DMESG), "the dump kernel's own record is lost"
    in_file_system(story, disk, FS_PART)
    with boot(story, region_mb=REGION_MB) as guest:
        guest.boot()
        prepare(guest, "ext4", fs, f"raw {raw}\\n")
        said = guest.run("kdumpctl collect")[1]		# fails: the target belongs to somebody else now
        assert "LB-209" in said and "it is left as it is" in said, said
        assert re.search(r"a dump was saved: /var/crash/\S+/vmcore", said), said
        advice = re.search(rf"fail until it is prepared again; .*, run 'kdumpctl (mkdump {raw} --force=dump)'", said)[1]
        guest.refuse("kdumpctl start", "fail until it is prepared again", "not armed: something else has written to the target")
        guest.check(f"kdumpctl {advice} && kdumpctl start")


@case("x86_64-chain-disk_gone", soak=True)
def disk_gone(story):
    """The target's disk was pulled; the dump lands on another one."""
    raw, other = story.disk("nvme", size_mb=700, bus="port0"), mkfs(story, story.disk("virtio", size_mb=700, partitions=(16, 600)), "ext4", 2)
    with boot(story, region_mb=REGION_MB, devices=[HOTPLUG], timeout=500) as guest:
        guest.boot()
        arm(guest, raw.device(0), other.device(0, 2))
        guest.qmp("device_del", id="disk0")
        guest.qmp.wait_event("DEVICE_DELETED", 30)
        saved(guest, 201)
    in_file_system(story, other, 2)


@case("x86_64-chain-controller_dead", soak=True)
def controller_dead(story):
    """The controller is there and never becomes ready: nothing reaches its registers any more."""
    raw, other = story.disk("nvme", size_mb=700, bus="port0"), mkfs(story, story.disk("virtio", size_mb=700, partitions=(16, 600)), "ext4", 2)
    with boot(story, region_mb=REGION_MB, devices=[HOTPLUG], timeout=500) as guest:
        guest.boot()
        arm(guest, raw.device(0), other.device(0, 2))
        # PCI-to-PCI Bridge 1.2, 3.2.5.8: a memory base above the limit closes the bridge's window.
        guest.send("printf '\\360\\377\\0\\0' | dd of=$(readlink -f /sys/class/nvme/nvme0/device/..)/config bs=4 seek=8 conv=notrunc; "
                   "echo c > /proc/sysrq-trigger")
        saved(guest, 202, panic=False)
    in_file_system(story, other, 2)


@case("x86_64-chain-disk_hangs", soak=True, flavour="amd64", region_mb=160)
@case("x86_64-chain-disk_hangs_built_in", soak=True, flavour=cache.CLOUD, region_mb=REGION_MB,
      lines="commandline_append irqpoll nr_cpus=1 reset_devices panic=10 novmcoredd initcall_blacklist=nvme_init\\n")
def disk_hangs(story, flavour, region_mb, lines=""):
    """From the middle of the dump on the target's disk takes commands and does not answer.  Linux must not touch it: its driver
    is a module that is not loaded for a target elsewhere, or is built in and kept from starting."""
    raw, other = story.disk("nvme", size_mb=700), mkfs(story, story.disk("virtio", size_mb=700, partitions=(16, 600)), "ext4", 2)
    with boot(story, region_mb=region_mb, flavour=flavour, timeout=500) as guest:
        guest.boot()
        arm(guest, raw.device(0), other.device(0, 2), lines)
        guest.panic(cpu=1)
        guest.console.expect("stage 1: ", 120)
        guest.qmp("block_set_io_throttle", id="disk0", bps=1, bps_rd=0, bps_wr=0, iops=0, iops_rd=0, iops_wr=0)
        saved(guest, 202, panic=False)
    in_file_system(story, other, 2, symbols=flavour == cache.CLOUD)


@case("x86_64-chain-write_error", soak=True)
def write_error(story):
    """The target's disk can't write a block in the middle of the dump."""
    raw = story.disk("nvme", size_mb=700, raw=True, bad_block=5 * target.CHUNK + (1 << 20))
    other = mkfs(story, story.disk("virtio", size_mb=700, partitions=(16, 600)), "ext4", 2)
    with boot(story, region_mb=REGION_MB, timeout=500) as guest:
        guest.boot()
        arm(guest, raw.device(0), other.device(0, 2))
        saved(guest, 205)
    failed = target.Target(raw, 0)
    assert (failed.state, failed.first_error) == (target.FAILED, 205) and failed.stage1(target.DMESG), f"{failed}"
    in_file_system(story, other, 2)


def symbol(name):
    """Its place in the dump kernel's image."""
    names = dict(line.split()[::-2] for line in cache.run("nm", cache.BUILD / "dumpkernel/dumpkernel.elf").decode().splitlines()
                 if len(line.split()) == 3)
    return int(names[name], 16) - int(names["_image"], 16)


@case("x86_64-chain-exception", soak=True)
def exception(story):
    """The dump kernel itself breaks, before it has looked at the disk: an instruction that is none."""
    disk = mkfs(story, story.disk("nvme", partitions=LAYOUT), "ext4", FS_PART)
    with boot(story, region_mb=REGION_MB, timeout=500) as guest:
        guest.boot()
        arm(guest, disk.device(0, TARGET_PART), disk.device(0, FS_PART))
        start, region = loaded(guest)
        address = start + image_start(region) + symbol("smp_stop_others")
        gdb = guest.gdb()
        guest.panic(cpu=1)
        gdb.stop_at(address, 120)
        gdb.write(address, b"\x0f\x0b")	# ud2
        gdb.close()
        saved(guest, 306, panic=False)
    assert target.Target(disk, disk.range(TARGET_PART)[0]).state == target.ARMED
    in_file_system(story, disk, FS_PART)


@case("x86_64-chain-not_needed")
def not_needed(story):
    """The dump kernel has dumped: Linux is not started.  What takes no fallback says so."""
    disk = mkfs(story, story.disk("nvme", partitions=LAYOUT), "ext4", FS_PART)
    raw, fs = disk.device(0, TARGET_PART), disk.device(0, FS_PART)
    with boot(story, region_mb=REGION_MB, timeout=500) as guest:
        guest.boot()
        prepare(guest, "ext4", fs, f"raw {raw}\\nfallback no\\n")
        guest.check(f"kdumpctl mkdump {raw} && kdumpctl start")
        assert "no fallback to Linux mode: the configuration says so" in guest.check("kdumpctl status")
        guest.check("kdumpctl stop && kdumpctl -s start")
        assert "no fallback to Linux mode" in guest.check("kdumpctl status")
        guest.check(f"kdumpctl stop && printf 'raw {raw}\\n' > /etc/kdump.conf && kdumpctl start")
        state = json.loads(guest.check("kdumpctl status --json"))
        assert state["fallback"].startswith("ext4 ") and state["need_bytes"] <= REGION_MB << 20, state
        guest.check("umount /var/crash")
        mark = guest.console.mark()
        guest.panic()
        guest.console.expect("dump complete", 120)
        guest.wait_end()
        assert "Linux version" not in guest.console.text(mark) and STARTING not in guest.console.text(mark)
    story.dumped(disk, TARGET_PART, 2, MEMORY_MB, REGION_MB, "sysrq triggered crash", disk.range(FS_PART))


@case("x86_64-chain-damaged")
def damaged(story):
    """A wild write hit the fallback's initramfs: it is not started, the failure action follows."""
    disk = mkfs(story, story.disk("nvme", partitions=LAYOUT), "ext4", FS_PART)
    raw, fs = disk.device(0, TARGET_PART), disk.device(0, FS_PART)
    with boot(story, region_mb=REGION_MB, timeout=500) as guest:
        guest.boot()
        arm(guest, raw, fs)
        overwrite_chunk(guest, raw)
        flip(guest, page_with(ZSTD), 0x1234)
        guest.qmp("cont")
        mark = guest.console.mark()
        guest.panic()
        guest.console.expect(r"LB-209:", 120)
        guest.console.expect(r"the fallback kernel's piece at [0-9a-f]+ is damaged", 60)
        guest.console.expect("no dump; rebooting", 60)
        guest.wait_end(60)
        assert STARTING not in guest.console.text(mark)
    assert target.Target(disk, disk.range(TARGET_PART)[0]).first_error == 209


@case("x86_64-linux-ours_chain", soak=True, damage=False)
@case("x86_64-linux-ours_chain_damaged", soak=True, damage=True)
def our_kernel(story, damage):
    """On our own kernel, whose checksum reads both parts of the image.  It has no file system: Debian's kernel saves."""
    tree, disk = Tree("ours"), mkfs(story, story.disk("nvme", partitions=LAYOUT), "ext4", FS_PART)
    raw, fs = disk.device(0, TARGET_PART), disk.device(0, FS_PART)
    with boot(story, region_mb=REGION_MB, linux=tree.bzimage, timeout=500) as guest:
        guest.boot()
        guest.check(f"printf 'raw {raw}\\next4 {fs}\\npath /\\nkernel /boot/vmlinuz-{kernel().release}\\n' > /etc/kdump.conf")
        guest.check(f"kdumpctl mkdump {raw}")
        said = guest.check("kdumpctl start")
        assert "standalone mode" in said and re.search(r"should that fail, Linux mode saves to ext4 UUID=\S+", said), said
        if not damage:
            overwrite_chunk(guest, raw)
            saved(guest, 209)
        else:
            flip(guest, page_with(ZSTD), 0x1234)
            guest.qmp("cont")
            guest.panic(cpu=1)
            guest.console.expect("the first crash image has been overwritten, it is not started", 60)
            guest.wait_end(60)
    if damage:
        assert target.Target(disk, disk.range(TARGET_PART)[0]).state == target.ARMED
    else:
        in_file_system(story, disk, FS_PART, vmlinux=tree.vmlinux)


@case("x86_64-chain-high_region", soak=True)
def high_region(story):
    """The region lies above 4 GiB, and so do all pieces of the fallback."""
    memory_mb, low_mb = 3072, 256		# Linux takes the latter below 4 GiB, for devices
    disk = mkfs(story, story.disk("nvme", size_mb=3900, partitions=(16, 3200, 600)), "ext4", FS_PART)
    raw, fs = disk.device(0, TARGET_PART), disk.device(0, FS_PART)
    with story.guest(append=f"crashkernel={REGION_MB}M,high", files=system(), memory=f"{memory_mb}M", timeout=500) as guest:
        guest.boot()
        assert re.search(r"1[0-9a-f]{8}-1[0-9a-f]{8} : Crash kernel", guest.check("cat /proc/iomem")), "not above 4 GiB"
        arm(guest, raw, fs, "core_collector cp\\n")
        overwrite_chunk(guest, raw)
        saved(guest, 209)
    in_file_system(story, disk, FS_PART, True, memory_mb, REGION_MB + low_mb)
