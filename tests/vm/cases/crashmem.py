# SPDX-License-Identifier: GPL-2.0
"""A crash region at run time: crashmem.ko on stock kernels that were booted without crashkernel=."""
import re
import shutil

from .. import cache, peer
from ..runner import case
from ..story import GUARDED, TARGET_PART, kernel
from ..vmcore import Vmcore, panic_backtrace
from . import linuxmode
from .debian import live

SIZE = "/sys/module/crashmem/parameters/size"
KERNEL_SIZE = "/sys/kernel/kexec_crash_size"


def guest(story, series="", append="", **options):
    return story.guest(series=series, append=append, files={"/crashmem.ko": kernel(series).crashmem}, **options)


def try_insmod(guest, words="", address=None):
    """(exit code, the module's last word) of loading it with the address that the kernel shows, or this one."""
    address = address or "0x" + guest.check("grep ' crashk_res$' /proc/kallsyms").split()[0]
    code, output = guest.run(f"insmod /crashmem.ko crashk_res={address} {words}", 60)
    return code, output + guest.check("dmesg | grep crashmem: | tail -1")


def insmod(guest, words=""):
    code, said = try_insmod(guest, words)
    assert code == 0, said


def refused(guest, words, why, address=None):
    """insmod fails, says why, and leaves no module."""
    code, said = try_insmod(guest, words, address)
    assert code and re.search(why, said), f"insmod {words}: exit {code}, {said}"
    assert "crashmem" not in guest.check("cat /proc/modules")


def region(guest):
    found = re.search(r"^ *([0-9a-f]+)-([0-9a-f]+) : Crash kernel", guest.check("cat /proc/iomem"), re.M)
    return (int(found[1], 16), int(found[2], 16) + 1) if found else None


def memory(guest):
    """(MemTotal, free memory) in KiB, /proc/iomem.  Free: with what lies in the CPUs' lists, which MemFree lacks."""
    said = guest.check("sync; echo 3 > /proc/sys/vm/drop_caches; grep MemTotal /proc/meminfo; cat /proc/zoneinfo")
    pages = sum(map(int, re.findall(r"(?:pages free|^ +count:) +(\d+)", said, re.M)))
    return int(re.search(r"MemTotal: +(\d+)", said)[1]), pages * 4, guest.check("cat /proc/iomem")


def sound(guest):
    complaints = re.findall(r".*(?:WARNING:|Oops|Bad page|BUG:|nonexistent resource).*", guest.check("dmesg"))
    assert not complaints, complaints


@case("x86_64-crashmem-dump")
@case("x86_64-crashmem-dump_6.12", series="6.12")
@case("x86_64-crashmem-dump_512m", soak=True, memory="512M")
@case("x86_64-crashmem-dump_6g", soak=True, memory="6G")
@case("x86_64-crashmem-dump_ovmf", soak=True, firmware="ovmf")
@case("x86_64-crashmem-dump_ovmf_6g_6.12", soak=True, firmware="ovmf", memory="6G", series="6.12")
@case("x86_64-crashmem-dump_file_load", soak=True, loader="kexec_file_load")
def dump(story, series="", loader="kexec_load", memory="1G", **options):
    """No crashkernel=: the module gives a region, kdumpctl arms, the dump is complete."""
    disk = story.disk("nvme", partitions=GUARDED)
    with guest(story, series, memory=memory, **options) as running:
        running.boot()
        insmod(running, "size=1M")
        start, end = region(running)
        assert end - start == 1 << 20 and end <= 1 << 32, f"region {start:#x}-{end:#x}"
        story.arm(running, disk.device(0, TARGET_PART), loader)
        running.panic()
        running.panic_time()
        running.wait_end()
    story.dumped(disk, TARGET_PART, memory_mb={"512M": 512, "1G": 1024, "6G": 6144}[memory])


@case("x86_64-crashmem-cycles", count=30)
@case("x86_64-crashmem-cycles_6.12", soak=True, count=30, series="6.12")
@case("x86_64-crashmem-cycles_1000", soak=True, count=1000)
def cycles(story, count, series=""):
    """Taken and given back again and again, in many sizes: memory, /proc/iomem and the module are as before."""
    with guest(story, series, append="page_owner=on") as running:
        running.boot()
        insmod(running)
        assert running.check(f"cat {SIZE}").strip() == "0"
        running.check(f"for mb in 16 160 64; do echo ${{mb}}M > {SIZE}; echo 0 > {KERNEL_SIZE}; echo 0 > {SIZE}; done", 60)
        total, free, iomem = memory(running)
        running.check(f"i=0; while [ $i -lt {count} ]; do i=$((i + 1)); for mb in 1 48 $((i % 7 * 16 + 16)); do "
                      f"echo ${{mb}}M > {SIZE} || exit 1; [ $(cat {KERNEL_SIZE}) = $((mb << 20)) ] || exit 2; "
                      f"echo 0 > {KERNEL_SIZE} || exit 3; echo 0 > {SIZE} || exit 4; done; done", 60 + count)
        after_total, after_free, after_iomem = memory(running)
        assert after_total == total and after_iomem == iomem, f"MemTotal {total} -> {after_total}\n{after_iomem}"
        assert abs(after_free - free) < 1024, f"MemFree {free} -> {after_free} KiB"
        if count >= 1000:
            running.check("mount -t debugfs none /sys/kernel/debug")
            assert running.check("grep -c crash_range /sys/kernel/debug/page_owner || true", 300).strip() == "0", "pages are left"
        running.check("rmmod crashmem")
        sound(running)


@case("x86_64-crashmem-refusals")
def refusals(story):
    """Whatever is wrong has a clear answer, and breaks nothing."""
    with guest(story) as running:
        running.boot()
        _, _, iomem = memory(running)
        refused(running, "size=1M", "is missing", "0")
        refused(running, "size=1M", "not crashk_res", "0x1000")
        refused(running, "size=1M", "not crashk_res", "0x" + running.check("grep ' iomem_resource$' /proc/kallsyms").split()[0])
        refused(running, "size=lots", "invalid for parameter|Invalid")
        refused(running, "size=1T", "could be freed")
        refused(running, "size=64M limit=0x2000000", "could be freed")
        refused(running, "size=16M node=3", "could be freed")
        assert memory(running)[2] == iomem
        insmod(running, "size=33000000")
        start, end = region(running)
        assert end - start == 33001472 and start % (16 << 20) == 0, f"{start:#x}-{end:#x}"	# whole pages
        assert running.check(f"cat {SIZE}").strip() == "33001472"
        running.refuse(f"echo 1M > {SIZE}", "File exists")
        running.refuse(f"echo 0 > {SIZE}", "busy")
        running.refuse("rmmod crashmem", "unavailable|busy|wait")
        code, _ = try_insmod(running, "size=1M")
        assert code, "loaded twice"
        running.refuse(f"echo 64M > {KERNEL_SIZE}", "Invalid")
        running.check(f"echo {16 << 20} > {KERNEL_SIZE}")
        assert region(running) == (start, start + (16 << 20)) and running.check(f"cat {SIZE}").strip() == str(16 << 20)
        running.check(f"echo 0 > {KERNEL_SIZE}; echo 0 > {SIZE}; rmmod crashmem")
        assert memory(running)[2] == iomem
        sound(running)


@case("x86_64-crashmem-refuse_boot_region", append="crashkernel=16M")
def refuse_boot_region(story, append):
    """What crashkernel= has reserved stays as it is."""
    with guest(story, append=append) as running:
        running.boot()
        before = region(running)
        refused(running, "size=16M", "there is a crash region already")
        assert region(running) == before


# --- kdumpctl ---------------------------------------------------------------------------------


def installed(story, series="", files=(), module=None):
    """The module (this one, or as `make modules` builds it) in /lib/modules, known to depmod, beside these files."""
    k, root = kernel(series), story.folder / "system"
    base = root / f"lib/modules/{k.release}"
    (base / "updates").mkdir(parents=True)
    shutil.copy(module or k.crashmem, base / "updates/crashmem.ko")
    for path, source in dict(files).items():
        if path.startswith("/lib/modules/") and "/modules." not in path:
            (root / path[1:]).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, root / path[1:])
    for name in ("modules.builtin", "modules.builtin.modinfo", "modules.order"):
        shutil.copy(k.folder / f"lib/modules/{k.release}/{name}", base)
    cache.run("depmod", "-b", root, k.release)
    return {**dict(files), **{f"/{file.relative_to(root)}": file for file in root.rglob("*") if file.is_file()}}


@case("x86_64-crashmem-start")
@case("x86_64-crashmem-start_6.12", soak=True, series="6.12")
def start(story, series=""):
    """kdumpctl start takes what it needs and no more; stop gives all of it back; the dump is complete."""
    disk = story.disk("nvme", partitions=GUARDED)
    device = disk.device(0, TARGET_PART)
    with story.guest(series=series, append="", files=installed(story, series)) as running:
        running.boot()
        story.prepare(running, device)
        total, _, iomem = memory(running)
        assert "start takes 1024 KiB at run time" in running.check("kdumpctl preflight"), running.check("kdumpctl preflight")
        assert "start takes" in running.check("kdumpctl estimate")
        running.refuse("kdumpctl showmem", "no memory", "kdumpctl start")
        assert memory(running)[2] == iomem, "only start takes memory"
        assert "1024 KiB crash region" in running.check("kdumpctl start")
        assert "at run time" in running.check("kdumpctl showmem") and "operational" in running.check("kdumpctl status")
        running.check("kdumpctl stop")
        assert memory(running)[0] == total and memory(running)[2] == iomem and "crashmem" not in running.check("cat /proc/modules")
        # As much as is asked for, and larger when that changes.
        running.check("echo 'reserve 24M' >> /etc/kdump.conf; kdumpctl start")
        start, end = region(running)
        assert end - start == 24 << 20
        running.check("sed -i s/24M/40M/ /etc/kdump.conf; kdumpctl restart")
        start, end = region(running)
        assert end - start == 40 << 20
        # What a start that fails has taken goes back.
        running.check(f"kdumpctl stop; sed -i 's/^reserve.*/reserve auto/; s|^raw.*|raw {disk.device(0, 3)}|' /etc/kdump.conf")
        running.refuse("kdumpctl start", "not operational")
        assert memory(running)[0] == total and region(running) is None
        running.check(f"sed -i 's|^raw.*|raw {device}|' /etc/kdump.conf; kdumpctl start")
        running.panic()
        running.panic_time()
        running.wait_end()
    story.dumped(disk, TARGET_PART)


@case("x86_64-crashmem-start_refused")
def start_refused(story):
    """What keeps a region from being taken is told with the way out."""
    disk = story.disk("nvme", partitions=GUARDED)
    device = disk.device(0, TARGET_PART)
    with story.guest(append="", files=installed(story)) as running:
        running.boot()
        story.prepare(running, device, "reserve boot\\n")
        running.refuse("kdumpctl start", "'reserve boot'", "crashkernel=1M")
        running.check("sed -i 's/^reserve.*/reserve 2000G/' /etc/kdump.conf")
        running.refuse("kdumpctl start", "could be freed", "reserve SIZE")
        running.check("sed -i 's/^reserve.*/reserve auto/' /etc/kdump.conf; echo 2 > /proc/sys/kernel/kptr_restrict")
        running.refuse("kdumpctl start", "kptr_restrict=1")
        running.check("echo 0 > /proc/sys/kernel/kptr_restrict; echo integrity > /sys/kernel/security/lockdown")
        running.refuse("kdumpctl start", "does not trust the module", "mokutil", "crashkernel=")
        assert region(running) is None
        sound(running)
    with story.guest(append="") as running:
        running.boot()
        story.prepare(running, device)
        running.refuse("kdumpctl start", "crashmem", "is not installed for kernel", "crashkernel=1M")


@case("x86_64-crashmem-linuxmode")
def linux_mode(story):
    """Linux mode in a region of run time; another region makes no other initramfs."""
    disk = linuxmode.mkfs(story, story.disk("nvme", size_mb=800, partitions=linuxmode.LAYOUT[:2]), "ext4", 2)
    files = installed(story, files=linuxmode.system())
    with story.guest(append="", files=files, memory="768M") as running:
        running.boot()
        linuxmode.prepare(running, "ext4", disk.device(0, 2))
        assert "linux mode" in running.check("kdumpctl start")
        first = running.check("ls /var/lib/lifeboat")
        running.check("kdumpctl stop; kdumpctl start")
        assert running.check("ls /var/lib/lifeboat") == first, "another region made another initramfs"
        linuxmode.crash(running)
    with story.guest(append="", files=files, memory="768M") as running:
        running.boot()
        linuxmode.prepare(running, "ext4", disk.device(0, 2))
        linuxmode.found(running)


@case("x86_64-crashmem-stock", soak=True)
def stock(story):
    """Stock kexec-tools loads Debian's kernel into 160 MiB taken at run time; makedumpfile and crash read what it saves."""
    disk = story.disk("nvme", partitions=GUARDED)
    files = {**peer.layer(peer.copy_command(disk.device(0, TARGET_PART))), "/crashmem.ko": kernel().crashmem}
    with story.guest(append="", files=files) as running:
        running.boot()
        insmod(running, "size=160M")
        peer.arm(running)
        running.panic(cpu=1)
        running.console.expect("capture: done", 120)
        running.wait_end()
    start, end = disk.range(TARGET_PART)
    disk.extract(start, end - start, story.folder / "stock")
    core = Vmcore(story.folder / "stock")
    filtered = core.refiltered()
    assert "sysrq_handle_crash" in panic_backtrace(core.crash(kernel().vmlinux, "bt", path=filtered))


@case("x86_64-crashmem-estimate_apply")
def estimate_apply(story):
    """An oversized region of the boot shrinks to what is needed; what is armed is armed in it again, and dumps."""
    disk = story.disk("nvme", partitions=GUARDED)
    with story.guest(append="crashkernel=256M") as running:
        running.boot()
        story.arm(running, disk.device(0, TARGET_PART))
        total, start = memory(running)[0], region(running)[0]
        said = running.check("kdumpctl estimate --apply")
        assert "261120 KiB of memory came back" in said and "1024 KiB crash region" in said, said
        assert region(running) == (start, start + (1 << 20)) and memory(running)[0] == total + 261120
        assert "nothing to give back" in running.check("kdumpctl estimate --apply")
        assert "operational" in running.check("kdumpctl status")
        running.panic()
        running.panic_time()
        running.wait_end()
    story.dumped(disk, TARGET_PART)


# --- pressure -----------------------------------------------------------------------------------

# Each fills memory before the region is taken; all that is left over is said in MiB.
PRESSURE = {
    "page_cache": "dd if=/dev/zero of=/data/file bs=1M count=1200 2>/dev/null; cat /data/file >/dev/null",
    "tmpfs": "mount -t tmpfs -o size=90% none /mnt; dd if=/dev/zero of=/mnt/file bs=1M count=620 2>/dev/null",
    "hugepages": "echo 280 > /proc/sys/vm/nr_hugepages",
    # Inodes and dentries can't move; every file has some.
    "unmovable": "mkdir /data/d; i=0; while [ $i -lt 30000 ]; do i=$((i + 1)); : > /data/d/$i; done; ls -l /data/d | tail -1",
}


@case("x86_64-crashmem-pressure_tmpfs", what="tmpfs")
@case("x86_64-crashmem-pressure_page_cache", soak=True, what="page_cache")
@case("x86_64-crashmem-pressure_hugepages", soak=True, what="hugepages")
@case("x86_64-crashmem-pressure_unmovable", soak=True, what="unmovable")
def pressure(story, what):
    """Memory is full of things: the region is had within seconds, or refused; the contents stay what they were."""
    disk = linuxmode.mkfs(story, story.disk("nvme", size_mb=1600), "ext4", None)
    with guest(story, append="", memory="1G") as running:
        running.boot()
        insmod(running)
        running.check(f"mkdir -p /data; mount {disk.device(0)} /data; {PRESSURE[what]}", 120)
        sums = running.check("sync; find /data /mnt -name file -exec md5sum {} +")
        for mb in (16, 1, 160):
            code, said = running.run(f"echo {mb}M > {SIZE}", 90)
            got = region(running)
            assert (got is None) == (code != 0), f"{mb} MiB: exit {code} {said}, region {got}"
            assert not code or re.search("allocate memory", said), said
            assert mb == 160 or not code, f"{mb} MiB were refused: {said}"
            running.check(f"echo 0 > {KERNEL_SIZE}; echo 0 > {SIZE}")
        assert running.check("find /data /mnt -name file -exec md5sum {} +") == sums
        sound(running)


@case("x86_64-crashmem-numa", soak=True)
def numa(story):
    """Two nodes: from the one that is asked for."""
    with guest(story, append="", memory="1G", nodes=2) as running:
        running.boot()
        insmod(running)
        limits = [[int(x, 16) for x in m] for m in re.findall(r"Initmem setup node \d \[mem (0x[0-9a-f]+)-(0x[0-9a-f]+)\]", running.check("dmesg"))]
        assert len(limits) == 2, running.check("dmesg | grep -i node")
        for node in (0, 1, 0):
            running.check(f"echo {node} > {SIZE.replace('size', 'node')}; echo 32M > {SIZE}")
            start, end = region(running)
            low, high = limits[node]
            assert low <= start and end - 1 <= high, (node, hex(start), limits)
            running.check(f"echo 0 > {KERNEL_SIZE}; echo 0 > {SIZE}")
        sound(running)


def dkms_build(story):
    """The module as DKMS builds it from what `make install` leaves in /usr/src."""
    k, tree = kernel(), story.folder / "dkms"
    tree.mkdir()
    cache.run("make", "-s", "install-dkms", f"DESTDIR={story.folder}/stage", cwd=cache.REPO)
    source = next((story.folder / "stage/usr/src").iterdir())
    name, version = source.name.rsplit("-", 1)
    for action in ("add", "build"):
        cache.run("dkms", action, "-m", name, "-v", version, "-k", k.release, "--kernelsourcedir", k.headers,
                  "--sourcetree", source.parent, "--dkmstree", tree)
    return next(tree.glob(f"*/*/{k.release}/*/module/crashmem.ko*"))


@case("x86_64-crashmem-debian12", soak=True)
def debian12(story):
    """Debian with the module from DKMS and no crashkernel=: kdump.service takes a region at each boot, a dump is collected."""
    told, _, _, core = live(story, region="", more=installed(story, module=dkms_build(story)))
    before, after = "\n".join(told).split("second boot")
    for part in (before, after):
        assert "KiB of memory are the crash region now" in part and "operational" in part, part
    vmcore = Vmcore(core)
    vmcore.check(2, 512)
    assert "sysrq_handle_crash" in panic_backtrace(vmcore.crash(kernel().vmlinux, "bt"))
