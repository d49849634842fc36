# SPDX-License-Identifier: GPL-2.0
"""Linux mode from end to end: kdumpctl builds the capture initramfs and loads Debian's kernel, the guest panics,
the dump lies in the file system, the next boot learns from it."""
import json
import re

from .. import cache, initramfs, target
from ..runner import case
from ..story import kernel
from ..vmcore import Kdump, Vmcore, panic_backtrace
from .capture_init import mkfs
from .linux import Tree

INIT, SAVE = (f"/usr/local/lib/lifeboat/{name}" for name in ("kdump-init", "kdump-save"))
REGION_MB = 80
MEMORY_MB = 512
LAYOUT = (16, 700, 600)
MODULES = {cache.CLOUD: ("virtio_pci", "virtio_blk", "virtio_scsi", "sd_mod"),
           "amd64": ("virtio_pci", "virtio_blk", "nvme", "ahci", "sd_mod", "ext4", "crc32c_generic", "crc32c_intel", "crct10dif_generic",
                     "crct10dif_pclmul", "i6300esb")}
FS_MODULES = {"ext2": (), "ext3": (), "ext4": (), "xfs": ("xfs", "crc32c_intel"), "vfat": ("vfat", "nls_cp437", "nls_ascii")}
LVM_TOOLS = ("/usr/sbin/lvm", "/usr/sbin/mkfs.ext4")


def package(k, modules):
    """A kernel's package as far as it is of use here: kernel, configuration, these modules and all they need, all indexes."""
    base = k.folder / f"lib/modules/{k.release}"
    files = {f"/boot/vmlinuz-{k.release}": k.vmlinuz, f"/boot/config-{k.release}": k.folder / f"boot/config-{k.release}"}
    files.update({f"/lib/modules/{k.release}/{file.name}": file for file in base.glob("modules.*")})
    wanted, lines = list(modules), (base / "modules.dep").read_text().splitlines()
    needs = {re.search(r"([^/]+)\.ko[^:]*:", line)[1].replace("-", "_"): line.replace(":", "").split() for line in lines}
    for name in wanted:
        files.update({f"/lib/modules/{k.release}/{file}": base / file for file in needs.get(name, ())})	# less what is built in
    return files


def system(modules=(), programs=(), flavour=cache.CLOUD):
    """What an installed system has: kernel, its configuration and modules, kdump-init and kdump-save; these programs."""
    files = {**{name: cache.BUILD / "boot" / cache.Path(name).name for name in (INIT, SAVE)}, **package(kernel(flavour=flavour), [*MODULES[flavour], *modules])}
    files.update({program: cache.Path(program).resolve() for program in programs})
    files.update(initramfs.shared_libraries(programs))
    return files


def boot(story, modules=(), programs=(), region_mb=REGION_MB, flavour=cache.CLOUD, more=(), **options):
    """A guest whose system Linux mode finds complete."""
    options.setdefault("memory", f"{MEMORY_MB}M")
    return story.guest(append=f"crashkernel={region_mb}M", files={**system(modules, programs, flavour), **dict(more)},
                       flavour=flavour, **options)


def prepare(guest, fstype, device, lines=""):
    """Mounts the file system on /var/crash, as an installed system would have it, and writes the configuration."""
    if FS_MODULES[fstype]:
        guest.check(f"modprobe -a {' '.join(FS_MODULES[fstype])}")
    guest.check(f"mount -t {fstype} {device} /var/crash && printf '{lines}' > /etc/kdump.conf")


def seconds(guest, command):
    """How long a command takes, by the guest's clock."""
    said = guest.check(f"cat /proc/uptime; {command} >/dev/null && cat /proc/uptime").split("\n")
    return float(said[1].split()[0]) - float(said[0].split()[0])


def crash(guest, seconds=90):
    guest.panic()
    guest.console.expect("kdump-init: the dump is saved", seconds)
    guest.wait_end(60)


def found(guest, mark="sysrq triggered crash"):
    """In the next boot: one whole dump in /var/crash, and collect tells of it, once."""
    said = guest.check("kdumpctl collect")
    assert re.search(r"a dump was saved: /var/crash/\S+/vmcore, \d+ MiB; the capture kernel used \d+ of \d+ MiB", said), said
    assert "saved" not in guest.check("kdumpctl collect"), "told of twice"
    folder = re.search(r"saved: (\S+)/vmcore", said)[1]
    guest.check(f"grep -q '{mark}' {folder}/vmcore-dmesg.txt && test ! -e {folder}/vmcore-incomplete")
    guest.check(f"makedumpfile --dump-dmesg {folder}/vmcore /tmp/log >/dev/null && grep -q '{mark}' /tmp/log", 120)
    return folder


def in_file_system(story, disk, partition, whole=False, memory_mb=MEMORY_MB, region_mb=REGION_MB, vmlinux=None, symbols=True):
    """The vmcore in a file system that the capture kernel left, by its readers: kdump-save's default, or all of memory."""
    start, end = disk.range(partition)
    disk.extract(start, end - start, story.folder / "fs")
    cache.run("e2fsck", "-fn", story.folder / "fs")
    names = cache.run("debugfs", "-R", "ls -p /", story.folder / "fs").decode()
    folder = re.search(r"/(lifeboat-guest-[\d:-]+)/", names)[1]
    path = story.folder / "vmcore"
    cache.run("debugfs", "-R", f"dump /{folder}/vmcore {path}", story.folder / "fs")
    check_vmcore(path, whole, memory_mb, region_mb, vmlinux, symbols)


def check_vmcore(path, whole=False, memory_mb=MEMORY_MB, region_mb=REGION_MB, vmlinux=None, symbols=True):
    """symbols: whether those of its kernel are there."""
    cache.run(cache.BUILD / "bin/kdump-save", "--verify", path)
    core = Vmcore(path) if whole else Kdump(path)
    if whole:
        core.check(2, memory_mb, region_mb)
    assert "sysrq triggered crash" in core.dmesg()
    if symbols:
        assert "sysrq_handle_crash" in panic_backtrace(core.crash(vmlinux or kernel().vmlinux, "bt"))


@case("x86_64-linuxmode-nvme_ext4")
def nvme_ext4(story):
    """No target line, nothing prepared: the file system that holds /var/crash gets the dump; crash reads it."""
    disk = mkfs(story, story.disk("nvme", size_mb=800, partitions=LAYOUT[:2]), "ext4", 2)
    with boot(story) as guest:
        guest.boot()
        prepare(guest, "ext4", disk.device(0, 2))
        refused = guest.run("kdumpctl status")
        assert refused[0] == 3, refused
        said = guest.check("kdumpctl preflight")
        assert re.search(r"mode +linux: the target is a file system", said) and re.search(r"initramfs +made", said), said
        assert "what kdump-save leaves out is what this kernel says it is" in said, said
        assert not guest.run("test -e /var/lib/lifeboat")[1] and guest.run("test -e /var/lib/lifeboat")[0], "preflight wrote something"
        assert f"{disk.device(0, 2)} (linux mode" in guest.check("kdumpctl start")
        assert re.search(r"^target ext4 UUID=\S+ /$", guest.check("cat /run/lifeboat/plan"), re.M)
        assert re.search("linux mode: the target is a file system", guest.check("kdumpctl status"))
        guest.check("sleep 3")		# until nothing looks as if it were still being written
        load = "kexec -c -p /boot/vmlinuz-* --initrd=$(ls /var/lib/lifeboat/initramfs-*) --command-line=x"
        times = [(seconds(guest, "kdumpctl reload"), seconds(guest, load)) for _ in range(3)]
        start, alone = min(t[0] for t in times), min(t[1] for t in times)
        assert start < max(1, 8 * alone), f"a start with nothing to rebuild took {start:.2f} s, of which loading {alone:.2f} s"
        guest.check("kdumpctl reload")
        state = json.loads(guest.check("kdumpctl status --json"))
        assert state["mode"] == "linux" and state["operational"] and state["need_bytes"] <= REGION_MB << 20, state
        crash(guest)
    in_file_system(story, disk, 2)
    with boot(story) as guest:
        guest.boot()
        prepare(guest, "ext4", disk.device(0, 2))
        found_in = found(guest)
        content = state["content"]
        assert content in guest.check("cat /var/lib/lifeboat/last-capture"), "it is not known which initramfs it was"
        guest.check("kdumpctl start")
        assert content == json.loads(guest.check("kdumpctl status --json"))["content"], "the same system, another content"
        assert "as the last capture" in guest.check("kdumpctl estimate"), "nothing was learned"
        old = "/var/crash/lifeboat-guest-2020-01-01-00:00:00"
        guest.check(f"mkdir {old} && cp {found_in}/kdump.log {found_in}/vmcore {old} && echo keep 1 >> /etc/kdump.conf")
        listed = guest.check("kdumpctl list").splitlines()
        assert len(listed) == 2 and listed[0].startswith(old), listed
        assert re.fullmatch(rf"{found_in}/vmcore  \d+ MiB  sysrq triggered crash", listed[1]), listed
        assert f"removed the dump {old}: 1 are kept" in guest.check("kdumpctl collect")
        assert len(guest.check(f"kdumpctl list; test ! -e {old}").splitlines()) == 1


@case("x86_64-linuxmode-virtio_lvm")
def virtio_lvm(story):
    """A linear volume of two pieces; the initramfs is made again when what is in it changes, and only then."""
    disk = story.disk("virtio", size_mb=800, partitions=(16, 300, 400))
    one, two = disk.device(0, 2), disk.device(0, 3)
    no_udev = "--config 'activation/udev_sync=0 activation/udev_rules=0'"
    with boot(story, ("dm_mod",), LVM_TOOLS) as guest:
        guest.boot()
        guest.check("modprobe dm_mod")
        guest.check(f"lvm pvcreate {no_udev} -y {one} {two} && lvm vgcreate {no_udev} vg {one} {two}")
        guest.check(f"lvm lvcreate {no_udev} -y -n crash -l 100%FREE vg && mkfs.ext4 -q /dev/mapper/vg-crash", 120)
        prepare(guest, "ext4", "/dev/mapper/vg-crash", "path /var/crash/dumps\\n")
        guest.check("kdumpctl start")
        plan = guest.check("cat /run/lifeboat/plan")
        pieces = re.findall(r"^dm vg-crash \d+ \d+ UUID=(\S+) \d+$", plan, re.M)
        assert len(pieces) == 2 and pieces[0] != pieces[1], plan
        assert re.search(r"^target ext4 /dev/mapper/vg-crash /dumps$", plan, re.M), plan
        modules = re.findall(r"^module /lib/modules/(\S+)\.ko", plan, re.M)
        assert modules.index("virtio_ring") < modules.index("virtio_pci") < modules.index("virtio_blk"), plan
        assert "dm_mod" in modules, plan
        content = re.search(r"^content (\S+)$", plan, re.M)[1]
        for change, same in (("true", True), (f"touch {INIT}", True), (f"printf x >> {INIT}", False),
                             ("echo 'final_action poweroff' >> /etc/kdump.conf", False),
                             ("echo 'options virtio_blk queue_depth=64' > /etc/modprobe.d/x.conf", False)):
            guest.check(f"mkdir -p /etc/modprobe.d; {change}; kdumpctl reload")
            now = re.search(r"^content (\S+)$", guest.check("cat /run/lifeboat/plan"), re.M)[1]
            assert (now == content) == same, f"after `{change}`: {now}"
            content = now
        assert re.search(r"^module \S+virtio_blk.ko queue_depth=64$", guest.check("cat /run/lifeboat/plan"), re.M)
        guest.check("echo > /etc/kdump.conf; echo 'path /var/crash/dumps' > /etc/kdump.conf; kdumpctl reload")
        crash(guest)
    with boot(story, ("dm_mod",), LVM_TOOLS) as guest:
        guest.boot()
        guest.check(f"modprobe dm_mod; lvm vgchange {no_udev} -ay vg")
        prepare(guest, "ext4", "/dev/mapper/vg-crash", "path /var/crash/dumps\\n")
        said = guest.check("kdumpctl collect")
        assert re.search(r"a dump was saved: /var/crash/dumps/\S+/vmcore", said), said


@case("x86_64-linuxmode-refused")
def refused(story):
    """What would not end in a dump is refused with the reason, before it is too late."""
    disk = mkfs(story, story.disk("virtio", size_mb=800, partitions=LAYOUT[:2]), "ext4", 2)
    device = disk.device(0, 2)
    with boot(story, ("dm_mod", "loop"), region_mb=64) as guest:
        guest.boot()
        guest.check("modprobe -a loop")
        for lines, *words in (("", "gone after a crash", "not operational"),
                              ("mode linux\\nraw /dev/vda1\\n", "prepare it", "mkdump"),
                              (f"mode standalone\\next4 {device}\\n", "only Linux mode saves to it", "not operational"),
                              (f"xfs {device}\\n", "holds ext4, not xfs"),
                              ("ext4 UUID=none\\n", "ext4 UUID=none: there is no such device"),
                              ("ext4 /dev/null\\n", "not a block device"),
                              (f"ext4 {device}\\nxfs /dev/vdz\\n", "xfs /dev/vdz", "no such device"),
                              (f"ext4 {device}\\nextra_modules nosuch\\n", "nosuch is not among the modules"),
                              (f"ext4 {device}\\nkdump_pre /nowhere\\n", "kdump_pre", "no program /nowhere"),
                              (f"ext4 {device}\\ncore_collector none -d 31\\n", "core_collector", "no program none"),
                              (f"ext4 {device}\\ncore_collector kdump-save -l --eppic\\n", "core_collector: --eppic: kdump-save has no such option"),
                              (f"ext4 {device}\\nkernel {INIT}\\n", "not a bzImage"),
                              (f"ext4 {device}\\nforce_no_rebuild 1\\n", "no initramfs is kept", "rebuild"),
                              ("nfs host:/x\\n", "kdump.conf:1: nfs", "local disk")):
            guest.check(f"rm -rf /var/lib/lifeboat; printf '{lines}' > /etc/kdump.conf")
            guest.refuse("kdumpctl start", *words)
        # The kernel's package is gone, the kernel runs on.
        guest.check(f"echo 'ext4 {device}' > /etc/kdump.conf; mv /lib/modules /lib/away")
        guest.refuse("kdumpctl start", "virtio_\\w+ is a module here", "/lib/modules/\\S+ is gone", "install the kernel's package again")
        guest.check("mv /lib/away /lib/modules")
        guest.check(f"printf 'ext4 {device}\\nfailure_action shell\\n' > /etc/kdump.conf; mv /bin/busybox /bin/busybox.away")
        guest.refuse("/usr/local/sbin/kdumpctl start", "failure_action shell", "install busybox")
        guest.check("/bin/busybox.away mv /bin/busybox.away /bin/busybox")
        # A region in which the capture kernel would die: said now, not at the crash.
        guest.check(f"echo 'ext4 {device}' > /etc/kdump.conf && kdumpctl estimate > /tmp/estimate")
        need = int(re.search(r"Needed crashkernel: +(\d+) MiB", guest.check("cat /tmp/estimate"))[1])
        assert need > 64, need
        guest.refuse("kdumpctl start", "has 64 MiB", f"needs {need} MiB", f"crashkernel={need}M", "not operational")
        assert guest.check("cat /sys/kernel/kexec_crash_loaded").strip() == "0", "loaded all the same"


@case("x86_64-linuxmode-virtio_xfs", soak=True, fstype="xfs")
@case("x86_64-linuxmode-virtio_vfat", soak=True, fstype="vfat")
@case("x86_64-linuxmode-virtio_ext3", soak=True, fstype="ext3")
@case("x86_64-linuxmode-virtio_ext2", soak=True, fstype="ext2")
@case("x86_64-linuxmode-virtio_ext4_file_load", soak=True, fstype="ext4", loader="-s")
def file_systems(story, fstype, loader="-c"):
    """A target line with a tag; the file system is not mounted when the machine crashes."""
    disk = mkfs(story, story.disk("virtio", size_mb=800, partitions=LAYOUT[:2]), fstype, 2)
    with boot(story, FS_MODULES[fstype], region_mb=96) as guest:
        guest.boot()
        label = "CRASH" if fstype == "vfat" else "crash"
        guest.check(f"printf '{fstype} LABEL={label}\\npath /dumps\\n' > /etc/kdump.conf && kdumpctl start {loader}")
        assert ("kexec_file_load" if loader == "-s" else "kexec_load") in guest.check("kdumpctl status --json")
        crash(guest)
    with boot(story, FS_MODULES[fstype]) as guest:
        guest.boot()
        prepare(guest, fstype, disk.device(0, 2), f"{fstype} {disk.device(0, 2)}\\npath /dumps\\n")
        assert "/var/crash/dumps/" in found(guest)


@case("x86_64-linuxmode-kdump_save_fails", soak=True)
def kdump_save_fails(story):
    """It may write too little: a plain copy takes its place, and the next boot tells why."""
    disk = mkfs(story, story.disk("nvme", size_mb=800, partitions=LAYOUT[:2]), "ext4", 2)
    with boot(story) as guest:
        guest.boot()
        prepare(guest, "ext4", disk.device(0, 2), "core_collector kdump-save -l -d 31 -L 100000\\n")
        guest.check("kdumpctl start")
        crash(guest)
        for words in ("stopped at the limit of 100000 bytes", "exit status 1", "a plain copy of the vmcore is saved instead"):
            assert words in guest.console.text(), words
    in_file_system(story, disk, 2, whole=True)
    with boot(story) as guest:
        guest.boot()
        prepare(guest, "ext4", disk.device(0, 2))
        said = guest.check("kdumpctl collect")
        assert "a dump was saved" in said and re.search("kdump.log says: core_collector .*: exit status 1", said), said


@case("x86_64-linuxmode-remounted_read_only", soak=True)
def remounted_read_only(story):
    """As after an error of the file system: the capture kernel mounts it for writing all the same, and the dump is there."""
    disk = mkfs(story, story.disk("virtio", size_mb=800, partitions=LAYOUT[:2]), "ext4", 2)
    with boot(story) as guest:
        guest.boot()
        prepare(guest, "ext4", disk.device(0, 2))
        guest.check("kdumpctl start && mount -o remount,ro /var/crash && kdumpctl status && kdumpctl reload")
        crash(guest)
    with boot(story) as guest:
        guest.boot()
        prepare(guest, "ext4", disk.device(0, 2))
        found(guest)


@case("x86_64-linuxmode-fedora_directives", soak=True)
def fedora_directives(story):
    """core_collector, scripts of every kind with what they call, extra_bins: all of it is in the initramfs and works."""
    disk = mkfs(story, story.disk("nvme", size_mb=800, partitions=LAYOUT[:2]), "ext4", 2)
    lines = ("core_collector makedumpfile -l --message-level 7 -d 31\\nkdump_pre /etc/pre\\nkdump_post /etc/post\\n"
             "extra_bins mkfs.ext4\\ntime_limit 300\\nfinal_action poweroff\\nfailure_action dump_to_rootfs\\n")
    with boot(story, (), ("/usr/sbin/mkfs.ext4",), region_mb=128) as guest:
        guest.boot()
        prepare(guest, "ext4", disk.device(0, 2), lines)
        guest.refuse("kdumpctl start", "dump_to_rootfs", "gone after a crash")
        guest.check("sed -i s/dump_to_rootfs/halt/ /etc/kdump.conf")
        guest.refuse("kdumpctl start", "kdump_pre", "no program /etc/pre")
        guest.check("mkdir -p /etc/kdump/pre.d /etc/kdump/post.d")
        for name, text in (("pre", "echo pre ran; mkfs.ext4 -V"), ("post", "echo post got $1 | tr a-z A-Z"),
                           ("kdump/pre.d/20", "exit 3"), ("kdump/post.d/10", "echo post.d ran")):
            guest.check(f"printf '#!/bin/sh\\n{text}\\n' > /etc/{name}; chmod +x /etc/{name}")
        guest.check("echo not-executable > /etc/kdump/pre.d/readme")
        guest.check("kdumpctl start")
        plan = guest.check("cat /run/lifeboat/plan")
        for line in (r"core_collector /usr/bin/makedumpfile -l --message-level 7 -d 31", "pre /etc/pre\npre -/etc/kdump/pre.d/20",
                     "post -/etc/kdump/post.d/10\npost /etc/post", "time_limit 300", "final_action poweroff", "failure_action halt"):
            assert re.search(f"^{line}$", plan, re.M), f"'{line}' is not in {plan}"
        crash(guest)
        text = guest.console.text()
        for words in ("pre ran", "mke2fs 1", "20: exit status 3", "post.d ran", "POST GOT 0"):
            assert words in text, f"the console does not show '{words}'"
    with boot(story) as guest:
        guest.boot()
        prepare(guest, "ext4", disk.device(0, 2))
        folder = found(guest)
        assert int(guest.check(f"stat -c %s {folder}/vmcore")) < 200 << 20, "nothing was filtered"


@case("x86_64-linuxmode-ordered_raw", soak=True)
def ordered_raw(story):
    """A file system first, a raw target second: the file system is destroyed after start, the raw target has the dump."""
    disk = mkfs(story, story.disk("nvme", size_mb=1400, partitions=LAYOUT), "ext4", 2)
    raw = disk.device(0, 3)
    with boot(story, ("virtio_blk",)) as guest:
        guest.boot()
        guest.check(f"kdumpctl mkdump {raw}")
        guest.check(f"printf 'ext4 {disk.device(0, 2)}\\nraw {raw}\\n' > /etc/kdump.conf && kdumpctl start")
        assert re.search("linux mode: the first target is a file system", guest.check("kdumpctl status"))
        guest.check(f"dd if=/dev/zero of={disk.device(0, 2)} bs=1M count=4 conv=notrunc,fsync 2>/dev/null")
        assert "is gone" in guest.check("kdumpctl status")
        guest.panic()
        guest.console.expect("the dump is saved", 120)
        guest.wait_end(60)
    with boot(story, memory="2G") as guest:		# the dump is collected into memory
        guest.boot()
        guest.check(f"printf 'raw {raw}\\n' > /etc/kdump.conf && kdumpctl collect")
        guest.check("makedumpfile --dump-dmesg /var/crash/*/vmcore /tmp/log && grep -q 'sysrq triggered crash' /tmp/log", 120)
        guest.check("(cat /etc/kdump.conf; echo mode linux) > /etc/linux.conf")
        guest.refuse("kdumpctl --conf /etc/linux.conf start", "room for 598 MiB")
    with boot(story) as guest:		# the same target again, in the other mode; each takes over from the other
        guest.boot()
        guest.check(f"printf 'raw {raw}\\n' > /etc/kdump.conf")
        assert "standalone mode" in guest.check("kdumpctl start")
        guest.check("echo 'mode linux' >> /etc/kdump.conf")
        assert "linux mode" in guest.check("kdumpctl reload")
        guest.check("kdumpctl stop")
    assert target.Target(disk, disk.range(3)[0]).state == target.EMPTY, "stop left the target armed"


@case("x86_64-linuxmode-ahci_ext4", soak=True, kind="ahci", flavour="amd64", need=("libata", "ahci", "sd_mod", "jbd2", "ext4"))
@case("x86_64-linuxmode-scsi_ext4", soak=True, kind="scsi", flavour=cache.CLOUD, need=("virtio_scsi", "sd_mod"))
@case("x86_64-linuxmode-nvme_ext4_modules", soak=True, kind="nvme", flavour="amd64", need=("nvme_core", "nvme", "ext4"))
def other_disks(story, kind, flavour, need):
    """Drivers and file system are modules here; a hardware watchdog runs, and its driver goes along."""
    disk = mkfs(story, story.disk(kind, size_mb=800, partitions=LAYOUT[:2]), "ext4", 2)
    watchdog = flavour == "amd64"
    with boot(story, flavour=flavour, region_mb=128, devices=["i6300esb"] if watchdog else []) as guest:
        guest.boot()
        guest.check(f"until test -b {disk.device(0, 2)}; do sleep 0.1; done", 20)
        prepare(guest, "ext4", disk.device(0, 2))
        if watchdog:
            guest.check("modprobe i6300esb; (while echo; do sleep 2; done > /dev/watchdog &)")
        guest.check("kdumpctl start")
        plan = guest.check("cat /run/lifeboat/plan")
        order = [re.search(rf"^module /lib/modules/{name}\.ko", plan, re.M) for name in need]
        assert all(order) and sorted(order, key=lambda m: m.start()) == order, f"{need} are not in this order: {plan}"
        assert ("\nwatchdog yes\n" in plan and "/i6300esb.ko" in plan) == watchdog, plan
        crash(guest)
    with boot(story, flavour=flavour) as guest:
        guest.boot()
        guest.check(f"until test -b {disk.device(0, 2)}; do sleep 0.1; done", 20)
        prepare(guest, "ext4", disk.device(0, 2))
        found(guest)


@case("x86_64-linuxmode-kernel_6.12", soak=True)
def other_kernel(story):
    """Another kernel than the running one captures: Debian's 6.12, whose modules are packed."""
    k, disk = kernel("6.12"), mkfs(story, story.disk("virtio", size_mb=800, partitions=LAYOUT[:2]), "ext4", 2)
    with boot(story, region_mb=128, more=package(k, ("virtio_pci", "virtio_blk"))) as guest:
        guest.boot()
        prepare(guest, "ext4", disk.device(0, 2), f"kernel /boot/vmlinuz-{k.release}\\n")
        guest.check("kdumpctl start && grep virtio_blk.ko /run/lifeboat/plan")
        crash(guest)
        assert f"Linux version {k.release}" in guest.console.text()
    with boot(story) as guest:
        guest.boot()
        prepare(guest, "ext4", disk.device(0, 2))
        found(guest)


@case("x86_64-linuxmode-high_region", soak=True)
def high_region(story):
    """The region lies above 4 GiB; Linux takes some memory below for devices, which here need none."""
    disk = mkfs(story, story.disk("nvme", size_mb=800, partitions=LAYOUT[:2]), "ext4", 2)
    with story.guest(append="crashkernel=96M,high", files=system(), memory="6G", timeout=500) as guest:
        guest.boot()
        assert re.search(r"1[0-9a-f]{8}-1[0-9a-f]{8} : Crash kernel", guest.check("cat /proc/iomem")), "not above 4 GiB"
        prepare(guest, "ext4", disk.device(0, 2))
        assert "linux mode" in guest.check("kdumpctl start")
        crash(guest, 240)
    in_file_system(story, disk, 2)


@case("x86_64-linux-ours_linuxmode", soak=True)
def our_kernel(story):
    """Our own kernel captures; it has no modules and no file system, so a raw target it is."""
    disk = story.disk("virtio", size_mb=800, partitions=LAYOUT[:2])
    with boot(story, more={"/boot/ours": Tree("ours").bzimage}) as guest:
        guest.boot()
        guest.check(f"kdumpctl mkdump {disk.device(0, 2)}")
        guest.check(f"printf 'mode linux\\nkernel /boot/ours\\nraw {disk.device(0, 2)}\\n' > /etc/kdump.conf")
        assert "no modules" in guest.check("kdumpctl start 2>&1")
        crash(guest)
        assert guest.console.text().count("Linux version") == 2
    with boot(story, memory="2G") as guest:
        guest.boot()
        guest.check(f"echo 'raw {disk.device(0, 2)}' > /etc/kdump.conf && kdumpctl collect")
        guest.check("makedumpfile --dump-dmesg /var/crash/*/vmcore /tmp/log && grep -q 'sysrq triggered crash' /tmp/log", 120)


def saves(story, disk, region_mb):
    """Whether the capture kernel delivers from a region of this size, whatever kdumpctl thinks of it; and what it thinks."""
    with boot(story, region_mb=96) as guest:
        guest.boot()
        prepare(guest, "ext4", disk.device(0, 2))
        cmdline = re.search(r"command line: elfcorehdr=\S+ (.*)", guest.check("kdumpctl -d start 2>&1"))[1]
        need = int(re.search(r"Needed crashkernel: +(\d+) MiB", guest.check("kdumpctl estimate"))[1])
        guest.check(f"kdumpctl stop && echo {region_mb << 20} > /sys/kernel/kexec_crash_size && rm -rf /var/crash/*")
        guest.check(f"kexec -c -p /boot/vmlinuz-* --initrd=$(ls /var/lib/lifeboat/initramfs-*) --command-line='{cmdline}'")
        guest.panic()
        try:
            guest.console.expect("kdump-init: the dump is saved", 90)
        except AssertionError:
            return False, need
        return True, need


@case("x86_64-linuxmode-smallest_region", soak=True)
def smallest_region(story):
    """The smallest region that works, found by trying, against what estimate says: not less, and not much more."""
    disk = mkfs(story, story.disk("nvme", size_mb=800, partitions=LAYOUT[:2]), "ext4", 2)
    low, high = 52, 80		# the first fails, the second works
    need = None
    while high - low > 1:
        middle = (low + high) // 2
        works, need = saves(story, disk, middle)
        low, high = (low, middle) if works else (middle, high)
    (story.folder / "result").write_text(f"smallest {high} MiB, estimate {need} MiB\n")
    assert high <= need <= high + 4, f"the smallest region that works has {high} MiB, estimate says {need}"
