# SPDX-License-Identifier: GPL-2.0
"""A real Debian 12 goes through a whole life: nobody types anything."""
import re

from .. import cache, debian, target
from ..disk import Disk
from ..runner import case
from ..story import kernel
from ..vmcore import Vmcore, panic_backtrace

PREPARE = b"""[Unit]
Before=kdump.service kdump-collect.service
DefaultDependencies=no
After=local-fs.target systemd-udev-settle.service
Wants=systemd-udev-settle.service
[Service]
Type=oneshot
ExecStart=/usr/local/bin/story.sh prepare
"""
TELL = b"""[Unit]
After=kdump.service kdump-collect.service
[Service]
Type=simple
ExecStart=/usr/local/bin/story.sh tell
"""


def live(story, memory_mb=512, raw=False, at_panic=lambda guest, disk: None, conf="raw /dev/nvme1n1", prepare="kdumpctl mkdump /dev/nvme1n1",
         region="crashkernel=1M", more=()):
    """Boots, panics, dumps, reboots, collects, powers off; (told lines, guest, target's disk, path of vmcore).

    at_panic is called a second before the panic.  conf: target lines; prepare: the command that makes the target; more: files.
    """
    script = (debian.cache.REPO / "tests/vm/guest/story.sh").read_bytes()
    files = {**debian.installed(),
             "/etc/kdump.conf": f"{conf}\npath /var/crash\n".encode(),
             "/etc/story-prepare": prepare.encode(),
             "/usr/local/bin/story.sh": (script, 0o755),
             "/etc/systemd/system/story-prepare.service": PREPARE,
             "/etc/systemd/system/story.service": TELL,
             "/etc/systemd/system/multi-user.target.wants/.keep": b"", **dict(more)}
    system = "/etc/systemd/system"
    units = sorted(name for name in files if name.endswith((".service", ".timer")) and "kdump" in name)
    links = [(f"{system}/multi-user.target.wants/{name.rsplit('/', 1)[1]}", name) for name in units]
    links += [(f"{system}/multi-user.target.wants/{name}", f"{system}/{name}") for name in ("story-prepare.service", "story.service")]
    root_image = debian.image(story.folder / "root.ext4", files, links)
    root = Disk(story.folder, "ROOT", base=root_image, raw=True)
    dump = story.disk("nvme", size_mb=memory_mb + 200, raw=raw)
    with story.guest([root, dump], append=f"root={debian.DEVICE} rw {region}", image="none", memory=f"{memory_mb}M",
                     reboot=True, timeout=420) as guest:
        guest.console.expect("story: panic", 150)
        at_panic(guest, dump)
        guest.console.expect("story: end", 200)
        guest.wait_end(60)
    told = re.findall(r"story: (.*)", guest.console.text())
    found = [line.split()[-1] for line in told if re.match(r"found 600 \d+ .*/vmcore$", line)]
    assert found, f"no vmcore in /var/crash: {told}"
    core = debian.read_file(root_image, found[0], story.folder / "vmcore")
    story.disks = [dump]
    return told, guest, dump, core


@case("x86_64-nvme-debian12_life")
def debian12_life(story):
    told, _, dump, core = live(story)
    text = "\n".join(told)
    before, after = text.split("second boot")
    assert "operational" in before, f"never operational: {before}"
    assert "kdump-check.timer is active" in before, before
    assert "operational" in after, f"not armed again after the dump: {after}"
    assert re.search(r"/var/crash/debian12-\d{4}-\d\d-\d\d-\d\d:\d\d:\d\d/vmcore$", after, re.M), after
    for name in ("vmcore-dmesg.txt", "kdump.log"):
        assert f"/{name}" in after, f"{name} is missing: {after}"
    vmcore = Vmcore(core)
    vmcore.check(2, 512)
    assert "sysrq_handle_crash" in panic_backtrace(vmcore.crash(kernel().vmlinux, "bt"))
    assert target.Target(dump, 0).state in (target.EMPTY, target.ARMED), "the target was not emptied"


@case("x86_64-nvme-debian12_one_disk", soak=True)
def debian12_one_disk(story):
    """Nothing but the root file system: the dump goes to a file on it, and becomes the vmcore without being copied."""
    path = "/lifeboat.dump"
    told, _, dump, core = live(story, conf=f"dumpfile {path}", prepare=f"kdumpctl mkdump --file {path}")
    before, after = "\n".join(told).split("second boot")
    assert f"a panic is dumped to {path}" in before and f"a panic is dumped to {path}" in after, f"{before}\n---\n{after}"
    vmcore = Vmcore(core)
    vmcore.check(2, 512)
    assert "sysrq_handle_crash" in panic_backtrace(vmcore.crash(kernel().vmlinux, "bt"))
    cache.run("e2fsck", "-f", "-n", story.folder / "root.ext4")
    story.untouched()
