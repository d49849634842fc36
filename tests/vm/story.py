# SPDX-License-Identifier: GPL-2.0
"""The words that a test is told in: disk, guest, arm, crash, read back."""
import fcntl
import functools
import itertools
import os
import shutil
import threading

from . import cache, initramfs, target, vmcore
from .disk import Disk
from .qemu import Guest

DUMPKERNEL = "/usr/local/lib/lifeboat/dumpkernel"
CONFIG = "/run/lifeboat/config"
TARGET_PART = 2		# of disk layout GUARDED
GUARDED = (16, 1232, 64)	# MiB: a guard that nobody writes, the target, room for other I/O
LOADERS = ("kexec_load", "kexec_file_load", "stock")
_once = threading.Lock()


class Skip(Exception):
    """This test can't run here; the text says why."""


@functools.lru_cache(None)
def kernel(series="", flavour=cache.CLOUD):
    return cache.Kernel(series, flavour)


@functools.lru_cache(None)
def _product_archive():
    return initramfs.cpio(initramfs.product())


def initrd(path, *layers, series="", flavour=cache.CLOUD):
    """An initramfs for this kernel, with the product and these layers on top."""
    with _once:
        product = _product_archive()
    with open(path, "wb") as out:
        out.write(initramfs.base(kernel(series, flavour)).read_bytes() + product)
        for layer in layers:
            out.write(initramfs.cpio(layer))
    return path


class Story:
    """What one test uses; everything it makes lies in its folder."""

    def __init__(self, name, seed=0):
        self.name, self.seed = name, seed
        self.folder = self._own_folder(cache.BUILD / "tests" / name)
        self.disks, self._guests = [], 0

    def _own_folder(self, path):
        """An empty folder that no other run of the same test uses; the lock goes with the Story."""
        for number in itertools.count():
            folder = path.with_name(path.name + (f"+{number}" if number else ""))
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(folder, os.O_RDONLY)
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(self._lock)
                continue
            for old in folder.iterdir():
                shutil.rmtree(old) if old.is_dir() else old.unlink()
            return folder

    def close(self, keep):
        """Lets go of the folder; keep: for somebody to look at, less what is large unless LIFEBOAT_KEEP is set."""
        if keep:
            for file in [p for p in self.folder.rglob("*") if p.is_file() and "LIFEBOAT_KEEP" not in os.environ]:
                if file.stat().st_blocks * 512 > 32 << 20:
                    file.unlink()
        else:
            shutil.rmtree(self.folder, ignore_errors=True)
        os.close(self._lock)

    def disk(self, kind="nvme", **options):
        disk = Disk(self.folder, f"LB{len(self.disks)}", kind, **options)
        self.disks.append(disk)
        return disk

    def guest(self, disks=(), append="crashkernel=1M", files=(), image=None, linux=None, series="", flavour=None, **options):
        """A guest with the product in its initramfs; files: a further layer; image: another one, or "none"; linux: a bzImage;
        series, flavour: of Debian's kernel."""
        # The cloud kernel has no driver for AHCI.
        flavour = flavour or ("amd64" if any(disk.kind == "ahci" for disk in disks or self.disks) else cache.CLOUD)
        if any(disk.kind == "scsi" for disk in disks or self.disks):
            options["devices"] = [*options.get("devices", ()), "virtio-scsi-pci,id=scsi"]
        self._guests += 1
        folder = self.folder / f"guest{self._guests}"
        folder.mkdir()
        if not image:
            image = initrd(folder / "initrd", *([files] if files else []), series=series, flavour=flavour)
        return Guest(folder, linux or kernel(series, flavour).vmlinuz, None if image == "none" else image, append, disks or self.disks, **options)

    # --- the product -------------------------------------------------------------------

    def prepare(self, guest, device, lines=""):
        """Writes /etc/kdump.conf for this target, which may still be on its way, and makes the target."""
        guest.check(f"until test -b {device}; do sleep 0.1; done", 20)
        guest.check(f"printf 'raw {device}\\n{lines}' > /etc/kdump.conf")
        guest.check(f"kdumpctl mkdump {device}")

    def arm(self, guest, device, loader="kexec_load", lines=""):
        """Makes a target of device and loads the dump kernel, one of three ways."""
        self.prepare(guest, device, lines)
        if loader == "stock":
            guest.check("kdumpctl start -s")
            guest.check("/sbin/kexec -s -p -u")
            guest.check(f"/sbin/kexec -s -p {DUMPKERNEL} --initrd={CONFIG} --command-line=console=ttyS0")
        else:
            guest.check("kdumpctl start " + {"kexec_load": "-c", "kexec_file_load": "-s"}[loader])
        assert guest.check("cat /sys/kernel/kexec_crash_loaded").strip() == "1", "nothing is loaded"

    def dumped(self, disk, partition=None, notes=2, memory_mb=1024, region_mb=1,
               panic="sysrq triggered crash", *also_written):
        """Checks the dump on a target from the outside; (Target, Vmcore).  notes: CPUs whose registers are known."""
        start, end = disk.range(partition)
        found = target.Target(disk, start)
        core = vmcore.Vmcore(found.extract(self.folder / "vmcore"))
        core.check(notes, memory_mb, region_mb)
        core.readelf()
        assert found.pages_bad == 0, f"bad pages: {found}"
        dmesg = b"".join(found.stage1(target.DMESG)).decode(errors="replace")
        assert panic in dmesg, f"stage 1 has no '{panic}': {dmesg[-300:]!r}"
        assert panic in core.dmesg(), f"the vmcore's log has no '{panic}'"
        assert len(found.stage1(target.CPU_NOTE)) == notes, "stage 1 lacks CPU notes"
        self.untouched(disk, partition, *also_written)
        return found, core

    def untouched(self, disk=None, partition=None, *more):
        """Nothing but this target (and these ranges) was written on any disk."""
        for other in self.disks:
            other.assert_written_within(*([other.range(partition), *more] if other is disk else []))
