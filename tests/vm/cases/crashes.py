# SPDX-License-Identifier: GPL-2.0
"""The ways in which a machine crashes, and the machines on which it does."""
from ..runner import case
from ..story import GUARDED, TARGET_PART


def crash(story, how, kind="nvme", loader="kexec_load", panic="sysrq triggered crash", block=512, bus="", prepare=None,
          memory_mb=1024, region_mb=1, cpus=2, notes=None, allowed=(), **options):
    """Boots, arms, lets how(guest) crash it, checks the dump; the shape of every story here."""
    disk = story.disk(kind, partitions=GUARDED if memory_mb <= 1024 else (16, memory_mb + 64, 64), block=block, bus=bus,
                      size_mb=memory_mb + 400)
    with story.guest(memory=f"{memory_mb}M", cpus=cpus, **options) as guest:
        guest.boot()
        if prepare:
            prepare(guest, disk)
        story.arm(guest, disk.device(0, TARGET_PART), loader)
        how(guest)
        guest.wait_end()
    return story.dumped(disk, TARGET_PART, notes or cpus, memory_mb, region_mb, panic, *(disk.range(p) for p in allowed))


def on_cpu(cpu):
    return lambda guest: guest.panic(cpu)


@case("x86_64-nvme-panic_cpu0", kind="nvme")
@case("x86_64-virtio-panic_cpu0", soak=True, kind="virtio")
def panic_cpu0(story, kind):
    crash(story, on_cpu(0), kind)


@case("x86_64-nvme-panic_cpu1", kind="nvme")
@case("x86_64-virtio-panic_cpu1", kind="virtio")
def panic_cpu1(story, kind):
    crash(story, on_cpu(1), kind)


@case("x86_64-nvme-panic_hardirq")
def panic_hardirq(story):
    def press_sysrq_c(guest):
        guest.check("echo 1 > /proc/sys/kernel/sysrq")
        keys = [{"type": "qcode", "data": key} for key in ("alt", "sysrq", "c")]
        guest.qmp("send-key", keys=keys)
    _, core = crash(story, press_sysrq_c)
    assert "<IRQ>" in core.dmesg(), "the panic was not in an interrupt"


@case("x86_64-nvme-panic_nmi")
def panic_nmi(story):
    def inject(guest):
        guest.check("echo 1 > /proc/sys/kernel/unknown_nmi_panic")
        guest.qmp("inject-nmi")
    crash(story, inject, panic="NMI: Not continuing")


@case("x86_64-nvme-cpu_spins", nmi=0, notes=2, panic="CPU 1 is stuck")
@case("x86_64-nvme-cpu_spins_in_nmi", nmi=1, notes=1, panic="CPU 1 is stuck in an NMI")
def cpu_spins(story, nmi, notes, panic):
    """The other CPU does nothing any more; in an NMI not even answer the crash NMI, so its registers are unknown."""
    crash(story, lambda guest: guest.send(f"taskset -c 0 insmod /root/stuck.ko cpu=1 nmi={nmi}"), panic=panic, notes=notes)


@case("x86_64-nvme-boot_cpu_spins")
def boot_cpu_spins(story):
    """The CPU that must not be given INIT is the one that never answers."""
    crash(story, lambda guest: guest.send("taskset -c 1 insmod /root/stuck.ko cpu=0 nmi=1"), panic="CPU 0 is stuck", notes=1)


@case("x86_64-nvme-io_load", kind="nvme")
@case("x86_64-virtio-io_load", soak=True, kind="virtio")
def io_load(story, kind):
    """Writers keep the target's disk busy, on its last partition."""
    def start_writers(guest, disk):
        load = disk.device(0, 3)
        for writer in range(4):
            guest.check(f"(while :; do dd if=/dev/zero of={load} bs=1M count=16 seek={writer * 16} oflag=direct; done) >/dev/null 2>&1 &")
        guest.check("sleep 0.5")
    crash(story, on_cpu(1), kind, prepare=start_writers, allowed=[3])


@case("x86_64-nvme-vtd", soak=True, kind="nvme", bus="")
@case("x86_64-nvme-vtd_bridge", kind="nvme", bus="port0")
def vtd(story, kind, bus):
    def translating(guest, disk):
        assert "DMAR" in guest.check("dmesg"), "the IOMMU is not there"
        assert guest.check("ls /sys/kernel/iommu_groups").strip(), "the IOMMU is not on"
    crash(story, on_cpu(0), kind, bus=bus, prepare=translating,
          append="crashkernel=1M intel_iommu=on iommu=nopt",
          devices=["intel-iommu,intremap=off"] + (["pcie-root-port,id=port0,chassis=1"] if bus else []))


@case("x86_64-nvme-bridge", kind="nvme")
@case("x86_64-virtio-bridge", soak=True, kind="virtio")
def bridge(story, kind):
    """The target is two bridges away from the root bus."""
    crash(story, on_cpu(0), kind, bus="port1",
          devices=["pcie-root-port,id=port0,chassis=1", "x3130-upstream,id=up0,bus=port0", "xio3130-downstream,id=port1,bus=up0,chassis=2"])


@case("x86_64-nvme-qemu64")
def qemu64(story):
    """Four levels of page tables, no 1 GiB pages."""
    crash(story, on_cpu(0), cpu="qemu64")


@case("x86_64-nvme-cpus8")
def cpus8(story):
    crash(story, on_cpu(5), cpus=8)


@case("x86_64-nvme-memory_512m")
def memory_512m(story):
    crash(story, on_cpu(0), memory_mb=512)


@case("x86_64-nvme-memory_6g_region_high")
def memory_6g(story):
    """The crash region lies above 4 GiB and there is none below."""
    def is_high(guest, disk):
        start = int(guest.check("grep 'Crash kernel' /proc/iomem").split("-")[0], 16)
        assert start >= 4 << 30, f"the region is at {start:#x}"
    crash(story, on_cpu(0), memory_mb=6144, prepare=is_high, append="crashkernel=1M,high crashkernel=0,low")


@case("x86_64-nvme-block_4096", kind="nvme")
@case("x86_64-virtio-block_4096", soak=True, kind="virtio")
@case("x86_64-scsi-block_4096", soak=True, kind="scsi")
def block_4096(story, kind):
    crash(story, on_cpu(0), kind, block=4096)


@case("x86_64-nvme-whole_disk")
def whole_disk(story):
    disk, other = story.disk("nvme"), story.disk("virtio", size_mb=64)
    with story.guest() as guest:
        guest.boot()
        story.arm(guest, disk.device(0))
        guest.panic()
        guest.wait_end()
    story.dumped(disk)
    assert not other.written(), "the other disk was written"
