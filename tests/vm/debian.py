# SPDX-License-Identifier: GPL-2.0
"""A real Debian 12 with systemd on an ext4 disk, made without mounts or loop devices:
mmdebstrap and `mke2fs -d` once (cached), then files added by debugfs to a copy."""
import inspect
import os
import re
import shutil
from pathlib import Path

from . import cache
from .story import Skip

PACKAGES = "systemd-sysv,udev,kmod,libblkid1,libkmod2,libelf1,libjson-c5,procps"
SIZE = "3G"
DEVICE = "/dev/nvme0n1"		# the root disk is the first NVMe disk: built in, no initramfs


def _make(path, packages=PACKAGES, folders=()):
    """folders: [(on the host, in the guest)]."""
    if os.geteuid():
        raise Skip("making the Debian image needs root, once (it is cached then)")
    cache.say("making a Debian 12 image (mmdebstrap), about a minute")
    root = path.parent / "root"
    cache.run("mmdebstrap", "--quiet", "--variant=minbase", f"--include={packages}", "--aptopt=Acquire::Languages \"none\"",
              "--dpkgopt=path-exclude=/usr/share/doc/*", "--dpkgopt=path-exclude=/usr/share/man/*",
              "--dpkgopt=path-exclude=/usr/share/locale/*", "bookworm", root)
    (root / "etc/fstab").write_text(f"{DEVICE} / ext4 defaults 0 1\n")
    (root / "etc/hostname").write_text("debian12\n")
    (root / "etc/machine-id").write_text("")
    for source, name in folders:
        shutil.copytree(source, root / name, symlinks=True, dirs_exist_ok=True)
    cache.run("mke2fs", "-q", "-t", "ext4", "-d", root, path, SIZE)
    shutil.rmtree(root)


def base():
    """The cached image: Debian 12, nothing of ours."""
    return cache.entry(f"debian12-{cache.content_hash(PACKAGES, SIZE, inspect.getsource(_make))}.ext4", _make, 4000)


def with_kdump_tools(kernel):
    """The cached image of what Debian's user has who installs kdump-tools: with it, and this kernel's package."""
    packages = f"{PACKAGES},kdump-tools,initramfs-tools,zstd"
    folders = [(kernel.folder / "boot", "boot"), (kernel.folder / "lib/modules", "usr/lib/modules")]
    return cache.entry(f"{kernel.name}/debian12-kdump-{cache.content_hash(packages, SIZE, inspect.getsource(_make))}.ext4",
                       lambda path: _make(path, packages, folders), 4000)


def installed():
    """{path in the guest: Path} of everything that `make install` puts on a machine."""
    stage = cache.BUILD / "stage"
    shutil.rmtree(stage, ignore_errors=True)
    cache.run("make", "-s", "install", f"DESTDIR={stage}", cwd=cache.REPO)
    return {f"/{p.relative_to(stage)}": p for p in stage.rglob("*") if p.is_symlink() or p.is_file()}


def image(path, files, links=(), of=None):
    """Copies the base, or another cached image, to path and adds files ({path: Path, bytes or (bytes, mode)}) and links [(path, to)]."""
    cache.run("cp", "--sparse=always", of or base(), path)
    work = Path(f"{path}.files")
    work.mkdir()
    script, made = [], set()
    every = {re.sub("^/(bin|sbin|lib)/", r"/usr/\1/", name): source for name, source in files.items()}	# links there; debugfs follows none
    for name, source in sorted(every.items()):
        for parent in reversed(list(Path(name).parents)[:-1]):
            if parent not in made:
                script.append(f"mkdir {parent}")	# fails where it is: harmless
                made.add(parent)
        if isinstance(source, Path) and source.is_symlink():
            script.append(f"symlink {name} {os.readlink(source)}")
            continue
        data, mode = source if isinstance(source, tuple) else \
            (source, 0o644) if isinstance(source, bytes) else (source.read_bytes(), source.stat().st_mode & 0o777)
        part = work / str(len(script))
        part.write_bytes(data)
        script += [f"rm {name}", f"write {part} {name}", f"set_inode_field {name} mode 0{0o100000 | mode:o}",
                   f"set_inode_field {name} uid 0", f"set_inode_field {name} gid 0"]
    for name, to in links:
        script.append(f"symlink {name} {to}")
    (work / "script").write_text("\n".join(script) + "\n")
    cache.run("debugfs", "-w", "-f", work / "script", path)
    shutil.rmtree(work)
    return path


def list_root(disk_image):
    """The root folder's listing of an ext2-4 image (a plain file)."""
    return cache.run("debugfs", "-R", "ls -p /", disk_image).decode()


def read_file(disk_image, name, out):
    """Copies a file out of an ext4 image (a plain file)."""
    cache.run("debugfs", "-R", f"dump {name} {out}", disk_image)
    if not Path(out).exists():
        raise AssertionError(f"{name} is not on the guest's disk")
    return Path(out)
