# SPDX-License-Identifier: GPL-2.0
"""What goes wrong before a crash is refused with the reason; after it, nothing is lost or overwritten."""
import re

from .. import cache, target
from ..disk import MIB
from ..runner import case
from ..story import DUMPKERNEL, GUARDED, TARGET_PART


def not_loaded(guest):
    assert guest.check("cat /sys/kernel/kexec_crash_loaded").strip() == "0", "something is loaded"


@case("x86_64-nvme-refuse_no_region")
def refuse_no_region(story):
    disk = story.disk("nvme", partitions=GUARDED)
    with story.guest(append="") as guest:
        guest.boot()
        story.prepare(guest, disk.device(0, TARGET_PART))
        guest.refuse("kdumpctl start", "region", "crashkernel=")
        guest.refuse("kdumpctl status", "not operational")
        guest.refuse("kdumpctl showmem", "no memory is reserved", "crashkernel=")
        not_loaded(guest)
    story.untouched(disk, TARGET_PART)


@case("x86_64-nvme-need_is_exact_kexec_load", option="-c")
@case("x86_64-nvme-need_is_exact_kexec_file_load", option="-s")
def need_is_exact(story, option):
    """1M is enough for 4 GiB; what estimate says is enough, too; a page less is refused, with that number."""
    disk = story.disk("nvme", partitions=(16, 4160, 16), size_mb=4300)
    device = disk.device(0, TARGET_PART)
    with story.guest(memory="4G", timeout=400) as guest:
        guest.boot()
        story.prepare(guest, device)
        guest.check(f"kdumpctl {option} start && kdumpctl stop")
        need = int(re.search(r"Needed crashkernel: +(\d+) KiB", guest.check(f"kdumpctl {option} estimate"))[1])
        assert need <= 1024, f"estimate says {need} KiB"
        guest.check(f"echo {need << 10} > /sys/kernel/kexec_crash_size")
        guest.check(f"kdumpctl {option} start")
        guest.check("kdumpctl stop")
        guest.check(f"echo {(need - 4) << 10} > /sys/kernel/kexec_crash_size")
        guest.refuse(f"kdumpctl {option} start", f"{need} KiB|{need}K")
        not_loaded(guest)
    story.untouched(disk, TARGET_PART)


@case("x86_64-nvme-need_is_enough_kexec_load", option="-c")
@case("x86_64-nvme-need_is_enough_kexec_file_load", soak=True, option="-s")
def need_is_enough(story, option):
    """4 GiB are dumped from a region of exactly the size that estimate says, which is below 1 MiB."""
    disk = story.disk("nvme", partitions=(16, 4160, 16), size_mb=4300)
    with story.guest(memory="4G", timeout=400) as guest:
        guest.boot()
        story.prepare(guest, disk.device(0, TARGET_PART))
        need = int(re.search(r"Needed crashkernel: +(\d+) KiB", guest.check(f"kdumpctl {option} estimate"))[1])
        guest.check(f"echo {need << 10} > /sys/kernel/kexec_crash_size")
        guest.check(f"kdumpctl {option} start")
        guest.panic()
        guest.wait_end()
    story.dumped(disk, TARGET_PART, memory_mb=4096)


@case("x86_64-nvme-refuse_image_and_config")
def refuse_image_and_config(story):
    disk = story.disk("nvme", partitions=GUARDED)
    device = disk.device(0, TARGET_PART)
    users = {"/etc/passwd": b"root:x:0:0::/root:/bin/sh\nuser:x:1000:1000::/:/bin/sh\n"}
    with story.guest(files=users) as guest:
        guest.boot()
        story.prepare(guest, device)
        guest.refuse("su user -c 'kdumpctl start'", "root")
        guest.refuse("su user -c 'kexec -p -c /dev/null'", "root|permitted")
        guest.check(f"cp {DUMPKERNEL} /tmp/bad && truncate -s 9000 /tmp/bad")
        guest.refuse("kdumpctl --image /tmp/bad start", "/tmp/bad|image")
        guest.check(f"cp {DUMPKERNEL} /tmp/bad && printf X | dd of=/tmp/bad bs=1 seek=12345 conv=notrunc")
        guest.refuse("kdumpctl --image /tmp/bad start", "damaged")
        guest.refuse("kdumpctl --image /root/stuck.ko start", "image")
        guest.refuse("kdumpctl --image /nowhere start", "/nowhere|No such file")
        for line, word in (("rawx /dev/null", "rawx.*unknown"), ("final_action explode", "explode"), ("path /a /b", "word"),
                           ("nfs host:/export", "nfs"), ("path crash", "absolute")):
            guest.check(f"printf 'raw {device}\\n{line}\\n' > /tmp/conf")
            guest.refuse("kdumpctl --conf /tmp/conf start", "/tmp/conf:2", word)
        guest.refuse("kdumpctl --conf /nowhere start", "/nowhere", "No such file")
        not_loaded(guest)
        guest.check("kdumpctl start && kdumpctl status && kdumpctl stop")
        guest.refuse("kdumpctl status", "not operational")
    story.untouched(disk, TARGET_PART)


@case("x86_64-nvme-refuse_target")
def refuse_target(story):
    """start arms only what is there, a target, and large enough."""
    disk = story.disk("nvme", partitions=(600, 100))
    big, small = (disk.device(0, part) for part in (1, 2))
    with story.guest() as guest:
        guest.boot()

        def conf(device):
            guest.check(f"echo 'raw {device}' > /etc/kdump.conf")
        conf(big)
        guest.refuse("kdumpctl start", "mkdump")
        conf("/dev/nowhere")
        guest.refuse("kdumpctl start", "/dev/nowhere")
        guest.refuse("kdumpctl mkdump /dev/nowhere", "/dev/nowhere")
        guest.refuse("kdumpctl mkdump /dev/null", "block device")
        guest.check(f"kdumpctl mkdump {big} && kdumpctl mkdump {small}")
        conf(small)
        guest.refuse("kdumpctl start", "MiB", "small|large|needs")
        guest.check(f"dd if=/dev/zero of={big} bs=4096 count=1 conv=notrunc oflag=direct")
        conf(big)
        guest.refuse("kdumpctl start", "mkdump")
        not_loaded(guest)
    story.untouched(disk, None)


@case("x86_64-nvme-refuse_lockdown")
def refuse_lockdown(story):
    disk = story.disk("nvme", partitions=GUARDED)
    with story.guest() as guest:
        guest.boot()
        story.prepare(guest, disk.device(0, TARGET_PART))
        guest.check("echo integrity > /sys/kernel/security/lockdown")
        for option in ("-c", "-s", ""):
            guest.refuse(f"kdumpctl {option} start", "locked down", "sbsign|signed")
        not_loaded(guest)
    story.untouched(disk, TARGET_PART)


# --- after the crash ---------------------------------------------------------------------


def fails(story, code, damage, kind="nvme", after=None, disk=None, **options):
    """Arms, damages, panics: the dump kernel says LB-<code>, resets, and the payload was not touched."""
    disk = disk or story.disk(kind, partitions=GUARDED)
    device = disk.device(0, TARGET_PART if disk.partitions else None)
    with story.guest(**options) as guest:
        guest.boot()
        story.arm(guest, device, "kexec_load")
        damage(guest, disk, device)
        guest.panic()
        guest.console.expect(rf"LB-({code}):", 60)
        guest.wait_end(60)
    partition = TARGET_PART if disk.partitions else None
    if after:
        after(disk)
    else:
        found = target.Target(disk, disk.range(partition)[0])
        assert found.state in (target.ARMED, target.FAILED), f"{found}"
        assert not any(disk.read(disk.range(partition)[0] + target.PAYLOAD, 8 * MIB)), "the payload was written"
    story.untouched(disk, partition)


def loaded(guest):
    """(address, bytes) of the whole crash region; stops the guest."""
    first, last = re.search(r"([0-9a-f]+)-([0-9a-f]+) : Crash kernel", guest.check("cat /proc/iomem")).groups()
    start, size = int(first, 16), int(last, 16) + 1 - int(first, 16)
    guest.qmp("stop")
    path = guest.folder / "region"
    guest.save_memory(start, size, path)
    return start, path.read_bytes()


def flip(guest, find, offset):
    """Flips a bit of the loaded piece that find(region's bytes) locates."""
    start, data = loaded(guest)
    at = find(data) + offset
    gdb = guest.gdb()
    gdb.write(start + at, bytes([data[at] ^ 0x10]))
    gdb.close()


def page_with(magic):
    def find(data):
        for at in range(0, len(data), 4096):
            if data.startswith(magic, at):
                return at
        raise AssertionError(f"no page of the crash region begins with {magic!r}")
    return find


def image_start(data):
    kernel = (cache.BUILD / "boot/dumpkernel").read_bytes()
    protected = kernel[(kernel[0x1f1] + 1) * 512:]
    at = data.find(protected[0x200:0x240])
    assert at >= 0x200, "the image is not in the crash region"
    return at - 0x200


def last_words(data):
    """What the dump kernel says last: damage in what runs before it has checked itself can't be told."""
    return data.index(b"dump complete, %s")


@case("x86_64-nvme-damaged_config", code="106|108", find=page_with(b"LIFBOCFG"), offset=0x40)
@case("x86_64-nvme-damaged_elfcorehdr", soak=True, code="104|108", find=page_with(b"\x7fELF\2\1"), offset=0x100)
@case("x86_64-nvme-damaged_image", code="107|108", find=last_words, offset=0)
def damaged(story, code, find, offset):
    """A wild write of the dying kernel hits what was loaded."""
    fails(story, code, lambda guest, disk, device: flip(guest, find, offset))


@case("x86_64-nvme-stale_generation")
def stale_generation(story):
    """The header that lies on the target is an older one than that which was armed."""
    def put_old_header_back(guest, disk, device):
        guest.check(f"dd if={device} of=/tmp/header bs=4096 count=1")
        guest.check(f"kdumpctl stop && kdumpctl mkdump {device} && kdumpctl start -c")
        guest.check(f"dd if=/tmp/header of={device} bs=4096 count=1 oflag=direct conv=notrunc")
    fails(story, "208", put_old_header_back)


@case("x86_64-nvme-header_gone", kind="nvme")
@case("x86_64-virtio-header_gone", kind="virtio")
@case("x86_64-ahci-header_gone", kind="ahci")
@case("x86_64-scsi-header_gone", kind="scsi")
def header_gone(story, kind):
    def overwrite(guest, disk, device):
        guest.check(f"mke2fs -F {device} >/dev/null 2>&1; dd if=/dev/zero of={device} bs=4096 count=1 oflag=direct conv=notrunc; sync")

    def after(disk):
        assert disk.read(disk.range(TARGET_PART)[0], 16) == bytes(16), "something was written over the other's data"
    fails(story, "206|207", overwrite, kind, after)


@case("x86_64-nvme-stamp_in_the_middle")
def stamp_in_the_middle(story):
    """Something else has begun to use a part of the target behind an intact header."""
    chunk = 5

    def overwrite(guest, disk, device):
        guest.check(f"yes lost | tr -d '\\n' | dd of={device} bs=4096 count=16 seek={chunk * target.CHUNK // 4096} oflag=direct iflag=fullblock conv=notrunc")

    def after(disk):
        start, _ = disk.range(TARGET_PART)
        found = target.Target(disk, start)
        assert (found.state, found.first_error) == (target.FAILED, 209), f"{found}"
        assert found.stage1(target.DMESG), "stage 1 is lost"
        foreign = disk.read(start + chunk * target.CHUNK, target.CHUNK)
        assert foreign[:65536] == b"lost" * 16384 and not any(foreign[65536:]), "another's chunk was written"
    fails(story, "209", overwrite, after=after)


HOTPLUG = "pcie-root-port,id=port0,chassis=1,slot=1"


@case("x86_64-nvme-target_gone", other=None, code="201")
@case("x86_64-nvme-target_swapped", other="other", code="203")
def target_gone(story, other, code):
    """Somebody pulls the disk, and perhaps puts in another one of the same size."""
    disk = story.disk("nvme", size_mb=1400, bus="port0")

    def pull(guest, _, device):
        guest.qmp("device_del", id="disk0")
        guest.qmp.wait_event("DEVICE_DELETED", 30)
        if other:
            guest.qmp("device_add", driver="nvme", id="new", drive="spare", serial="OTHER", bus="port0")
            guest.check("while [ ! -e /dev/nvme0n1 ]; do sleep 0.1; done", 30)
    spare = story.folder / "spare.raw"
    cache.run("truncate", "-s", "1400M", spare)
    fails(story, code, pull, disk=disk, devices=[HOTPLUG], drives=[f"if=none,id=spare,file={spare},format=raw"])
    assert not any(spare.read_bytes()), "the other disk was written"
