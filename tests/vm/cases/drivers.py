# SPDX-License-Identifier: GPL-2.0
"""The dump kernel's drivers alone: tests/drivers/kernel.c runs a script, the host looks at the disk."""
import array
import re
import threading
import time

from .. import cache
from ..qemu import Guest
from ..runner import case

MIB = 1 << 20
DISK = 64 * MIB
EIO, ENXIO, EFAULT, ENODEV, EINVAL, EROFS, EOPNOTSUPP, ETIMEDOUT = 5, 6, 14, 19, 22, 30, 95, 110
_building = threading.Lock()


class Drive:
    """A sparse raw image as a -drive d<index>; options: what else QEMU shall know of it."""

    def __init__(self, story, index=0, options="", node=None):
        self.path = story.folder / f"d{index}.raw"
        with open(self.path, "wb") as image:
            image.truncate(DISK)
        source = node.format(path=self.path) if node else f"driver=raw,file.driver=file,file.filename={self.path}"
        self._argv = ["-drive", f"if=none,id=d{index},cache=unsafe,{source}{options}"]

    def arguments(self, place):
        return self._argv

    def has_pattern(self, offset, count, seed):
        """True when these bytes are what the test kernel writes there."""
        with open(self.path, "rb") as image:
            image.seek(offset)
            words = array.array("Q", image.read(count))
        return words == array.array("Q", ((seed << 48) ^ at for at in range(offset, offset + count, 8)))

    def is_zero(self, offset, count):
        with open(self.path, "rb") as image:
            image.seek(offset)
            return not any(image.read(count))


def machine(story, script, drives=(), devices=(), machine="q35", **options):
    with _building:
        cache.run("make", "-s", "build/tests-drivers.elf", cwd=cache.REPO)
    return Guest(story.folder / "guest", cache.BUILD / "tests-drivers.elf", None, f"script {script}", drives,
                 memory="128M", cpus=1, machine=machine, devices=devices, **options)


def run(story, script, *arguments, **options):
    """The lines that the script printed, once it has come to its end."""
    with machine(story, script, *arguments, **options) as guest:
        guest.console.expect("end of script\n", 150)
        text = guest.console.text()
    return text.split("driver test kernel\n")[1].split("end of script")[0].splitlines()


def expect(lines, *wanted):
    """Each wanted pattern matches one line, in this order, with no lines left over."""
    assert len(lines) == len(wanted) and all(re.fullmatch(w, line) for w, line in zip(wanted, lines)), \
        f"wanted {wanted}, the kernel said {lines}"


def wait_until(true, seconds=10):
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, f"not so after {seconds} s"
        time.sleep(0.1)


def read_write(story, config, devices, block, max_bytes=512 << 10, machine="q35", bus="root"):
    """Opens, writes two stretches with a full queue, reads back, refuses what is out of bounds."""
    drive = Drive(story)
    lines = run(story, f"{config} block={block} blocks={DISK // block} open limits write=8388608:20971520:3 "
                f"write=4096:1048576:2 flush read=8388608:20971520:3 read=8388608:4096:4 close",
                [drive], devices, machine)
    expect(lines, f"dev found bus {bus}", f"open size {DISK} block {block} max {max_bytes}",
           "limits -22 -22 -22 -22 -22 0", "write 0 wrong 0 deep full", "write 0 wrong 0 deep full", "flush 0",
           "read 0 wrong 0 deep full", "read 0 wrong 512 deep full")
    assert drive.has_pattern(8 * MIB, 20 * MIB, 3) and drive.has_pattern(4096, MIB, 2), "the disk has other data"
    assert drive.is_zero(0, 4096) and drive.is_zero(MIB + 4096, 7 * MIB - 4096) and \
        drive.is_zero(28 * MIB, DISK - 28 * MIB), "something else was written"


NVME = "dev=nvme unit=1 serial=LB"
VIRTIO = "dev=virtio serial=LB"
FAILING = ",rerror=report,werror=report"
AHCI = "dev=ahci unit=2 serial=LB"
SCSI = f"dev=scsi unit={3 << 16 | 2} serial=LB"
SCSI_HOST = "virtio-scsi-pci,id=s"
SCSI_DISK = "scsi-hd,drive=d0,serial=LB,bus=s.0,scsi-id=3,lun=2"
DISKS = {"nvme": (NVME, ["nvme,drive=d0,serial=LB"]), "virtio": (VIRTIO, ["virtio-blk-pci,drive=d0,serial=LB"]),
         "ahci": (AHCI, ["ide-hd,drive=d0,serial=LB,bus=ide.2"]),	# q35's own controller
         "scsi": (SCSI, [SCSI_HOST, SCSI_DISK])}


# --- NVMe ----------------------------------------------------------------------------

@case("drivers-nvme-512")
def nvme(story):
    read_write(story, NVME, ["nvme,drive=d0,serial=LB"], 512)


@case("drivers-nvme-4096")
def nvme_4096(story):
    read_write(story, NVME, ["nvme,drive=d0,serial=LB,logical_block_size=4096,physical_block_size=4096"], 4096)


@case("drivers-nvme-pc")
def nvme_pc(story):
    read_write(story, NVME, ["nvme,drive=d0,serial=LB"], 512, machine="pc")


@case("drivers-nvme-mdts1", mdts=1, max_bytes=8192)
@case("drivers-nvme-mdts7", mdts=7, max_bytes=524288)
@case("drivers-nvme-mdts0", mdts=0, max_bytes=524288)
def nvme_mdts(story, mdts, max_bytes):
    read_write(story, NVME, [f"nvme,drive=d0,serial=LB,mdts={mdts}"], 512, max_bytes)


@case("drivers-nvme-one_queue")
def nvme_one_queue(story):
    read_write(story, NVME, ["nvme,drive=d0,serial=LB,max_ioqpairs=1,msix_qsize=1"], 512)


@case("drivers-nvme-root_port")
def nvme_root_port(story):
    read_write(story, NVME, ["pcie-root-port,id=p,slot=1", "nvme,drive=d0,serial=LB,bus=p"], 512, bus="behind")


@case("drivers-nvme-switch")
def nvme_switch(story):
    read_write(story, NVME, ["pcie-root-port,id=p,slot=1", "x3130-upstream,id=u,bus=p",
                             "xio3130-downstream,id=s,bus=u,chassis=2", "nvme,drive=d0,serial=LB,bus=s"], 512,
               bus="behind")


@case("drivers-nvme-two_namespaces")
def nvme_two_namespaces(story):
    """The second namespace has other blocks and an EUI64; the first stays as it is."""
    drives = [Drive(story, 0), Drive(story, 1)]
    lines = run(story, f"dev=nvme unit=2 serial=LB block=4096 blocks={DISK // 4096} eui64=0102030405060708 open "
                "write=0:4194304:5 flush close", drives,
                ["nvme,id=n,serial=LB", "nvme-ns,drive=d0,bus=n,nsid=1",
                 "nvme-ns,drive=d1,bus=n,nsid=2,logical_block_size=4096,physical_block_size=4096,"
                 "eui64=0x0102030405060708"])
    expect(lines, "dev found bus root", f"open size {DISK} block 4096 max 524288", "write 0 wrong 0 deep full", "flush 0")
    assert drives[1].has_pattern(0, 4 * MIB, 5) and drives[0].is_zero(0, DISK)


@case("drivers-nvme-reopen")
def nvme_reopen(story):
    """A controller that is live, with other queues, is taken over; quiesce alone does no harm."""
    lines = run(story, f"{NVME} block=512 blocks={DISK // 512} open write=0:8388608:1 open read=0:8388608:1 quiesce "
                "quiesce stop open read=0:8388608:1 close open read=0:8388608:1", [Drive(story)],
                ["nvme,drive=d0,serial=LB"])
    opened, done = f"open size {DISK} .*", " 0 wrong 0 deep full"
    expect(lines, "dev.*", opened, "write" + done, opened, "read" + done, "quiesce 0", "quiesce 0", "stop 2 again 0",
           opened, "read" + done, opened, "read" + done)


@case("drivers-nvme-wrong_serial", armed="serial=LC", error=ENXIO)
@case("drivers-nvme-wrong_size", armed="serial=LB blocks=17", error=ENXIO)
@case("drivers-nvme-wrong_block", armed=f"serial=LB block=4096 blocks={DISK // 4096}", error=ENXIO)
@case("drivers-nvme-wrong_namespace", armed="unit=2", error=ENXIO)
@case("drivers-nvme-wrong_unit", armed="unit=1000", error=ENXIO)
@case("drivers-nvme-wrong_eui64", armed="eui64=0102030405060709", error=ENXIO)
def nvme_other(story, armed, error):
    """Not the disk we were armed for: nothing is opened, so nothing can be written."""
    lines = run(story, f"dev=nvme unit=1 block=512 blocks={DISK // 512} {armed} open write=0:4096:1", [Drive(story)],
                ["nvme,id=n,serial=LB", "nvme-ns,drive=d0,bus=n,nsid=1,eui64=0x0102030405060708"])
    assert f"open -{error}" in lines and "unknown step write=0:4096:1" in lines, lines


@case("drivers-nvme-metadata")
def nvme_metadata(story):
    lines = run(story, f"{NVME} block=512 blocks={DISK // 512} open", [Drive(story)],
                ["nvme,id=n,serial=LB", "nvme-ns,drive=d0,bus=n,ms=8"])
    expect(lines, "dev.*", "nvme .*: blocks carry 8 bytes of metadata: not supported", f"open -{EOPNOTSUPP}")


@case("drivers-nvme-gone", kind="nvme", says="nvme 00:1e.0: no device 1b36:0010 there")
@case("drivers-ahci-gone", kind="ahci", says="ahci 00:1e.0: no device 1b36:0010 there")
@case("drivers-scsi-gone", kind="scsi", says="virtio-scsi 00:1e.0: no device 1b36:0010 there")
@case("drivers-virtio-gone", kind="virtio", says="virtio-blk 00:1e.0: no device 1b36:0010 there")
def gone(story, kind, says):
    lines = run(story, f"dev={kind}:7 quiesce open", [Drive(story)], DISKS[kind][1])
    expect(lines, "dev missing bus root", says, f"quiesce -{ENODEV}", says, f"open -{ENODEV}")


@case("drivers-nvme-bad_buffer")
def nvme_bad_buffer(story):
    """The device can't read its own registers as data: -EFAULT, and the next request works."""
    lines = run(story, f"{NVME} block=512 blocks={DISK // 512} open buffer=1:4096:w buffer=1:4096:r write=0:1048576:1",
                [Drive(story)], ["nvme,drive=d0,serial=LB"])
    expect(lines, "dev.*", "open size.*", f"buffer -{EFAULT}", f"buffer -{EFAULT}", "write 0 wrong 0 deep full")


# --- virtio-blk ------------------------------------------------------------------------

@case("drivers-virtio-transitional", options="", machine="pc")
@case("drivers-virtio-modern", options=",disable-legacy=on")
@case("drivers-virtio-queues", options=",num-queues=4")
@case("drivers-virtio-small_queue", options=",queue-size=4,seg-max-adjust=off")
@case("drivers-virtio-large_queue", options=",queue-size=1024")
@case("drivers-virtio-packed", options=",packed=on")
@case("drivers-virtio-platform", options=",disable-legacy=on,iommu_platform=on")
@case("drivers-virtio-write_through", options=",write-cache=off")
def virtio(story, options, machine="q35"):
    read_write(story, VIRTIO, [f"virtio-blk-pci,drive=d0,serial=LB{options}"], 512, machine=machine)


@case("drivers-virtio-4096")
def virtio_4096(story):
    read_write(story, VIRTIO, ["virtio-blk-pci,drive=d0,serial=LB,logical_block_size=4096,physical_block_size=4096"], 4096)


@case("drivers-virtio-root_port")
def virtio_root_port(story):
    read_write(story, VIRTIO, ["pcie-root-port,id=p,slot=1", "virtio-blk-pci,drive=d0,serial=LB,bus=p"], 512, bus="behind")


@case("drivers-virtio-pci_bridge", machine="pc")
@case("drivers-virtio-pcie_pci_bridge", machine="q35")
def virtio_bridge(story, machine):
    bridge = "pci-bridge,id=b,chassis_nr=1" if machine == "pc" else "pcie-pci-bridge,id=b"
    read_write(story, VIRTIO, [bridge, "virtio-blk-pci,drive=d0,serial=LB,bus=b,addr=3"], 512, machine=machine, bus="behind")


@case("drivers-virtio-reopen")
def virtio_reopen(story):
    lines = run(story, f"{VIRTIO} block=512 blocks={DISK // 512} open write=0:8388608:1 open read=0:8388608:1 quiesce "
                "quiesce stop open read=0:8388608:1 close open read=0:8388608:1", [Drive(story)],
                ["virtio-blk-pci,drive=d0,serial=LB"])
    opened, done = f"open size {DISK} .*", " 0 wrong 0 deep full"
    expect(lines, "dev.*", opened, "write" + done, opened, "read" + done, "quiesce 0", "quiesce 0", "stop 2 again 0",
           opened, "read" + done, opened, "read" + done)


@case("drivers-virtio-wrong_serial", armed="serial=LC")
@case("drivers-virtio-wrong_size", armed="serial=LB blocks=17")
@case("drivers-virtio-wrong_block", armed=f"serial=LB block=4096 blocks={DISK // 4096}")
def virtio_other(story, armed):
    lines = run(story, f"dev=virtio block=512 blocks={DISK // 512} {armed} open write=0:4096:1", [Drive(story)],
                ["virtio-blk-pci,drive=d0,serial=LB"])
    assert f"open -{ENXIO}" in lines and "unknown step write=0:4096:1" in lines, lines


@case("drivers-virtio-legacy")
def virtio_legacy(story):
    lines = run(story, f"{VIRTIO} quiesce open", [Drive(story)], ["virtio-blk-pci,drive=d0,serial=LB,disable-modern=on"], "pc")
    says = "virtio-blk .*: only the legacy interface, which is not supported"
    expect(lines, "dev.*", says, f"quiesce -{EOPNOTSUPP}", says, f"open -{EOPNOTSUPP}")


@case("drivers-virtio-read_only")
def virtio_read_only(story):
    lines = run(story, f"{VIRTIO} block=512 blocks={DISK // 512} open", [Drive(story, 0, ",readonly=on")],
                ["virtio-blk-pci,drive=d0,serial=LB"])
    expect(lines, "dev.*", "virtio-blk .*: read-only disk", f"open -{EROFS}")


@case("drivers-virtio-bad_buffer")
def virtio_bad_buffer(story):
    """A buffer at a hole breaks QEMU's device for good; it is reported at once and nothing hangs."""
    lines = run(story, f"{VIRTIO} block=512 blocks={DISK // 512} open buffer=0xa0000000:65536:w buffer=0x2000000:4096:w",
                [Drive(story)], ["virtio-blk-pci,drive=d0,serial=LB"])
    expect(lines, "dev.*", "open size.*", r"virtio-blk .*: the device gave up \(needs reset\): stopped",
           f"buffer -{EIO}", f"buffer -{ENODEV}")


# --- AHCI ------------------------------------------------------------------------------

@case("drivers-ahci-512", options="")
@case("drivers-ahci-wwn", options=",wwn=0x5000c50012345678", config=" eui64=5000c50012345678")
@case("drivers-ahci-moved", options="", bus="ide.4")
def ahci(story, options, config="", bus="ide.2"):
    """q35's controller; a disk that hangs at another port than when armed is found by its serial number."""
    read_write(story, AHCI + config, [f"ide-hd,drive=d0,serial=LB,bus={bus}{options}"], 512)


@case("drivers-ahci-pc")
def ahci_pc(story):
    read_write(story, AHCI, ["ahci,id=a", "ide-hd,drive=d0,serial=LB,bus=a.2"], 512, machine="pc")


@case("drivers-ahci-root_port")
def ahci_root_port(story):
    read_write(story, "dev=ahci:1 unit=0 serial=LB", ["pcie-root-port,id=p,slot=1", "ahci,id=a,bus=p",
                                                      "ide-hd,drive=d0,serial=LB,bus=a.0"], 512, bus="behind")


@case("drivers-ahci-right_one", unit=1)
@case("drivers-ahci-right_one_elsewhere", unit=5)
def ahci_right_one(story, unit):
    """Four disks of the same size and a CD drive at one controller: only the one with the serial number is written."""
    drives = [Drive(story, i) for i in range(4)]
    lines = run(story, f"dev=ahci unit={unit} serial=LB1 block=512 blocks={DISK // 512} open write=0:4194304:5 flush close",
                drives, ["ide-cd,bus=ide.0"] + [f"ide-hd,drive=d{i},serial=LB{i},bus=ide.{i + 1}" for i in (0, 2, 3)] +
                ["ide-hd,drive=d1,serial=LB1,bus=ide.5"])
    assert lines[-3:] == [f"open size {DISK} block 512 max 524288", "write 0 wrong 0 deep full", "flush 0"], lines
    assert drives[1].has_pattern(0, 4 * MIB, 5) and all(drives[i].is_zero(0, DISK) for i in (0, 2, 3))


@case("drivers-ahci-reopen")
def ahci_reopen(story):
    lines = run(story, f"{AHCI} block=512 blocks={DISK // 512} open write=0:8388608:1 open read=0:8388608:1 quiesce "
                "quiesce stop open read=0:8388608:1 close open read=0:8388608:1", [Drive(story)], DISKS["ahci"][1])
    opened, done = f"open size {DISK} .*", " 0 wrong 0 deep full"
    expect(lines, "dev.*", opened, "write" + done, opened, "read" + done, "quiesce 0", "quiesce 0", "stop 1 again 0",
           opened, "read" + done, opened, "read" + done)


@case("drivers-ahci-wrong_serial", armed="serial=LC")
@case("drivers-ahci-wrong_size", armed="serial=LB blocks=17")
@case("drivers-ahci-wrong_block", armed=f"serial=LB block=4096 blocks={DISK // 4096}")
@case("drivers-ahci-wrong_wwn", armed="eui64=5000c50012345679")
def ahci_other(story, armed):
    lines = run(story, f"dev=ahci unit=2 block=512 blocks={DISK // 512} {armed} open write=0:4096:1", [Drive(story)],
                ["ide-hd,drive=d0,serial=LB,bus=ide.2,wwn=0x5000c50012345678"])
    assert f"open -{ENXIO}" in lines and "unknown step write=0:4096:1" in lines, lines


@case("drivers-ahci-no_disk", devices=(), says=(r"ahci 00:1f.2: no disk at any port", f"open -{ENODEV}"))
@case("drivers-ahci-atapi", devices=("ide-cd,bus=ide.2",), says=("ahci 00:1f.2: port 2: not a disk", f"open -{EOPNOTSUPP}"))
def ahci_no_disk(story, devices, says):
    lines = run(story, f"{AHCI} block=512 blocks={DISK // 512} open", (), devices)
    expect(lines, "dev.*", *says)


# --- virtio-scsi -----------------------------------------------------------------------

@case("drivers-scsi-512")
@case("drivers-scsi-modern", host=",disable-legacy=on")
@case("drivers-scsi-queues", host=",num_queues=4")
@case("drivers-scsi-small_queue", host=",virtqueue_size=4,seg_max_adjust=off")
@case("drivers-scsi-max_sectors", host=",max_sectors=96", max_bytes=49152)
@case("drivers-scsi-max_io", disk=",max_io_size=65536", max_bytes=65536)
@case("drivers-scsi-4096", disk=",logical_block_size=4096,physical_block_size=4096", block=4096)
@case("drivers-scsi-wwn", disk=",wwn=0x5000c50012345678", config=" eui64=5000c50012345678")
@case("drivers-scsi-pc", machine="pc")
def scsi(story, host="", disk="", config="", block=512, **options):
    read_write(story, SCSI + config, [SCSI_HOST + host, SCSI_DISK + disk], block, **options)


@case("drivers-scsi-root_port")
def scsi_root_port(story):
    read_write(story, SCSI, ["pcie-root-port,id=p,slot=1", SCSI_HOST + ",bus=p", SCSI_DISK], 512, bus="behind")


@case("drivers-scsi-large_lun")
def scsi_large_lun(story):
    read_write(story, f"dev=scsi unit={200 << 16 | 5000} serial=LB",
               [SCSI_HOST, "scsi-hd,drive=d0,serial=LB,bus=s.0,scsi-id=200,lun=5000"], 512)


@case("drivers-scsi-right_one")
def scsi_right_one(story):
    """Four disks alike, two at one target: only the one that was armed is written."""
    drives = [Drive(story, i) for i in range(4)]
    places = ((0, 0), (3, 0), (3, 1), (4, 2))
    lines = run(story, f"dev=scsi unit={3 << 16 | 1} serial=LB2 block=512 blocks={DISK // 512} open write=0:4194304:5 flush close",
                drives, [SCSI_HOST] + [f"scsi-hd,drive=d{i},serial=LB{i},bus=s.0,scsi-id={target},lun={lun}"
                                       for i, (target, lun) in enumerate(places)])
    expect(lines, "dev.*", f"open size {DISK} block 512 max 524288", "write 0 wrong 0 deep full", "flush 0")
    assert drives[2].has_pattern(0, 4 * MIB, 5) and all(drives[i].is_zero(0, DISK) for i in (0, 1, 3))


@case("drivers-scsi-wrong_serial", armed="serial=LC")
@case("drivers-scsi-wrong_size", armed="serial=LB blocks=17")
@case("drivers-scsi-wrong_block", armed=f"serial=LB block=4096 blocks={DISK // 4096}")
@case("drivers-scsi-wrong_wwn", armed="eui64=5000c50012345679")
@case("drivers-scsi-wrong_id", armed="nguid=0102030405060708090a0b0c0d0e0f10")
def scsi_other(story, armed):
    lines = run(story, f"dev=scsi unit={3 << 16 | 2} block=512 blocks={DISK // 512} {armed} open write=0:4096:1", [Drive(story)],
                [SCSI_HOST, SCSI_DISK + ",wwn=0x5000c50012345678"])
    assert f"open -{ENXIO}" in lines and "unknown step write=0:4096:1" in lines, lines


@case("drivers-scsi-no_target", unit=2 << 16 | 2, says="no disk at target 2, LUN 2", error=ENODEV)
@case("drivers-scsi-no_lun", unit=3 << 16 | 1, says="no disk at target 3, LUN 1", error=ENODEV)
@case("drivers-scsi-cd", unit=4 << 16, says="no disk at target 4, LUN 0", error=ENODEV)
@case("drivers-scsi-read_only", unit=3 << 16 | 2, says="read-only disk", error=EROFS, options=",readonly=on")
def scsi_no_disk(story, unit, says, error, options=""):
    lines = run(story, f"dev=scsi unit={unit} block=512 blocks={DISK // 512} open", [Drive(story, 0, options)],
                [SCSI_HOST, SCSI_DISK, "scsi-cd,bus=s.0,scsi-id=4"])
    expect(lines, "dev.*", f"virtio-scsi .*: {says}", f"open -{error}")


@case("drivers-scsi-legacy")
def scsi_legacy(story):
    lines = run(story, f"{SCSI} quiesce open", [Drive(story)], [SCSI_HOST + ",disable-modern=on", SCSI_DISK], "pc")
    says = "virtio-scsi .*: only the legacy interface, which is not supported"
    expect(lines, "dev.*", says, f"quiesce -{EOPNOTSUPP}", says, f"open -{EOPNOTSUPP}")


@case("drivers-scsi-reopen")
def scsi_reopen(story):
    lines = run(story, f"{SCSI} block=512 blocks={DISK // 512} open write=0:8388608:1 open read=0:8388608:1 quiesce "
                "quiesce stop open read=0:8388608:1 close open read=0:8388608:1", [Drive(story)], DISKS["scsi"][1])
    opened, done = f"open size {DISK} .*", " 0 wrong 0 deep full"
    expect(lines, "dev.*", opened, "write" + done, opened, "read" + done, "quiesce 0", "quiesce 0", "stop 2 again 0",
           opened, "read" + done, opened, "read" + done)


@case("drivers-scsi-bad_buffer")
def scsi_bad_buffer(story):
    """As with virtio-blk: a buffer at a hole breaks the device for good, and nothing hangs."""
    lines = run(story, f"{SCSI} block=512 blocks={DISK // 512} open buffer=0xa0000000:65536:w buffer=0x2000000:4096:w",
                [Drive(story)], DISKS["scsi"][1])
    expect(lines, "dev.*", "open size.*", r"virtio-scsi .*: the device gave up \(needs reset\): stopped",
           f"buffer -{EIO}", f"buffer -{ENODEV}")


# --- taken over with I/O in flight ------------------------------------------------------------

@case("drivers-nvme-in_flight", kind="nvme")
@case("drivers-virtio-in_flight", kind="virtio")
@case("drivers-scsi-in_flight", kind="scsi")
@case("drivers-ahci-in_flight", kind="ahci")
def in_flight(story, kind):
    """The dead kernel's writes are on their way while the device is reset: it works, nothing of theirs comes late."""
    config, devices = DISKS[kind]
    drive = Drive(story, 0, ",throttling.bps-write=20000000")
    lines = run(story, f"{config} block=512 blocks={DISK // 512} open abandon=33554432:7 stop quiesce open "
                "write=33554432:4194304:9 read=33554432:4194304:9 close", [drive], devices)
    expect(lines, "dev.*", "open size.*", "abandoned 32", "stop .* again 0", "quiesce 0", "open size.*",
           "write 0 wrong 0 deep full", "read 0 wrong 0 deep full")
    assert drive.has_pattern(32 * MIB, 4 * MIB, 9), "a write of before the reset came after it"


# --- disks that fail -----------------------------------------------------------------------

@case("drivers-nvme-io_error", kind="nvme")
@case("drivers-virtio-io_error", kind="virtio")
def io_error(story, kind):
    """One bad write among many: the first error is seen, the queue is empty after it, the next read works."""
    config, devices = DISKS[kind]
    node = ("driver=raw,file.driver=blkdebug,file.image.driver=file,file.image.filename={path},"
            "file.inject-error.0.event=write_aio,file.inject-error.0.errno=5,file.inject-error.0.once=on,"
            "file.inject-error.0.sector=8192")
    lines = run(story, f"{config} block=512 blocks={DISK // 512} open write=0:16777216:1 read=8388608:1048576:9 "
                "write=0:16777216:1", [Drive(story, 0, FAILING if kind in ("virtio", "scsi") else "", node)], devices)
    expect(lines, "dev.*", "open size.*", f"write -{EIO} wrong 0 deep full", "read 0 wrong .*", "write 0 wrong 0 deep full")


@case("drivers-ahci-io_error_once", kind="ahci", once="on", wanted=0)
@case("drivers-scsi-io_error_once", kind="scsi", once="on", wanted=0)
@case("drivers-ahci-io_error", kind="ahci", once="off", wanted=EIO)
@case("drivers-scsi-io_error", kind="scsi", once="off", wanted=EIO)
def io_error_tried_again(story, kind, once, wanted):
    """What failed is tried again: a command that goes on failing is lost, the others are not."""
    config, devices = DISKS[kind]
    drive = Drive(story, 0, FAILING, "driver=raw,file.driver=blkdebug,file.image.driver=file,file.image.filename={path},"
                  f"file.inject-error.0.event=write_aio,file.inject-error.0.errno=5,file.inject-error.0.once={once},"
                  "file.inject-error.0.sector=8192")
    lines = run(story, f"{config} block=512 blocks={DISK // 512} open write=0:16777216:1 read=8388608:1048576:9 "
                "write=8388608:16777216:2 flush", [drive], devices)
    expect(lines, "dev.*", "open size.*", f"write -?{wanted} wrong 0 deep full", "read 0 wrong .*", "write 0 wrong 0 deep full",
           "flush 0")
    assert drive.has_pattern(8 * MIB, 16 * MIB, 2) and drive.has_pattern(0, 4 * MIB, 1)
    assert wanted or drive.has_pattern(0, 8 * MIB, 1)


@case("drivers-nvme-timeout", kind="nvme", words="nvme .*: no answer to a command for 30 s: stopped")
@case("drivers-ahci-timeout", soak=True, kind="ahci", words="ahci .*: no answer to a command for 30 s: stopped")
@case("drivers-scsi-timeout", soak=True, kind="scsi", words="virtio-scsi .*: no answer to a command for 30 s: stopped")
@case("drivers-virtio-timeout", soak=True, kind="virtio", words="virtio-blk .*: no answer to a request for 30 s: stopped")
def timeout(story, kind, words):
    """A disk that stops answering: everything in flight fails after 30 s, the next request at once."""
    config, devices = DISKS[kind]
    lines = run(story, f"{config} block=512 blocks={DISK // 512} open write=0:4194304:1 write=0:4096:1 flush close",
                [Drive(story, 0, ",throttling.bps-write=1000")], devices)
    expect(lines, "dev.*", "open size.*", words, f"write -{ETIMEDOUT} wrong 0 deep full", f"write -{ENODEV} wrong .*",
           f"flush -{ENODEV}")


# --- the rest ---------------------------------------------------------------------------------

@case("drivers-vtd")
def vtd(story):
    """Translation that is on with an empty table stops the disk; off again, it works after a reset."""
    lines = run(story, f"vtd {NVME} block=512 blocks={DISK // 512} open vtd open read=0:4096:0", [Drive(story)],
                ["nvme,drive=d0,serial=LB", "intel-iommu"][::-1])
    expect(lines, "vtd before 0 during 1 absent 0", "vtd stop 0 after 0 root kept absent -19", "dev.*", "open size.*",
           "vtd before 0 during 1 absent 0", "nvme .*: fatal controller status, or gone: stopped", f"vtd read -{EIO}",
           "vtd stop 0 after 0 root kept absent -19", "open size.*", "read 0 .*")


@case("drivers-stop_bus_masters")
def stop_bus_masters(story):
    """Every endpoint, also behind two levels of bridges, loses bus mastering; the count says so."""
    lines = run(story, f"{NVME} block=512 blocks={DISK // 512} open stop dev=virtio serial=LC block=512 "
                f"blocks={DISK // 512} open stop", [Drive(story, 0), Drive(story, 1)],
                ["pcie-root-port,id=p,slot=1", "x3130-upstream,id=u,bus=p", "xio3130-downstream,id=s,bus=u,chassis=2",
                 "nvme,drive=d0,serial=LB,bus=s", "pcie-pci-bridge,id=b", "virtio-blk-pci,drive=d1,serial=LC,bus=b,addr=1"])
    expect(lines, "dev found bus behind", "open size.*", "stop 3 again 0", "dev found bus behind", "open size.*",
           "stop 1 again 0")


@case("drivers-watchdog-kicked")
def watchdog(story):
    """Kicked, a watchdog of two seconds stays quiet for five; a bad step leaves the good ones in place."""
    lines = run(story, "watchdog kick=5", (), ["i6300esb"])
    expect(lines, "watchdog 0", "watchdog bad -22", "kicked")


@case("drivers-watchdog-nvme", kind="nvme")
@case("drivers-watchdog-virtio", soak=True, kind="virtio")
@case("drivers-watchdog-ahci", soak=True, kind="ahci")
@case("drivers-watchdog-scsi", soak=True, kind="scsi")
def watchdog_slow_disk(story, kind):
    """Nobody but the driver kicks while it waits five seconds for a disk."""
    config, devices = DISKS[kind]
    lines = run(story, f"{config} block=512 blocks={DISK // 512} open watchdog write=0:5242880:1",
                [Drive(story, 0, ",throttling.bps-write=1000000")], [*devices, "i6300esb"])
    expect(lines, "dev.*", "open.*", "watchdog 0", "watchdog bad -22", "write 0 wrong 0 deep full")


@case("drivers-watchdog-not_kicked")
def watchdog_bites(story):
    """The proof that the case before tests something."""
    with machine(story, "watchdog wait=20", (), ["i6300esb"]) as guest:
        guest.console.expect("watchdog bad -22\n", 30)
        guest.wait_end(60)
        assert "waited" not in guest.console.text()


@case("drivers-reset-acpi_io", words="acpi=1:0xcf9:6")
@case("drivers-reset-acpi_memory_idle", words="acpi=0:0xfed90000:6")	# these two do nothing: the next way is tried
@case("drivers-reset-acpi_pci_idle", words="acpi=2:0x1f00000000:6")
@case("drivers-reset-port", words="")
@case("drivers-reset-pc", words="", machine_type="pc")
def reset(story, words, machine_type="q35"):
    with machine(story, f"{words} reset", machine=machine_type, reboot=True) as guest:
        guest.console.expect("driver test kernel(.|\n)*driver test kernel", 30)


@case("drivers-poweroff")
def poweroff(story):
    with machine(story, "poweroff", reboot=True) as guest:
        guest.wait_end(30)
        assert guest.console.text().count("driver test kernel") == 1


@case("drivers-halt")
def halt(story):
    with machine(story, "halt", reboot=True) as guest:
        guest.console.expect("bye\n", 30)
        wait_until(lambda: "HLT=1" in guest.qmp("human-monitor-command", **{"command-line": "info registers"}))
        assert guest.console.text().count("driver test kernel") == 1
