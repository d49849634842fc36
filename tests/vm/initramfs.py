# SPDX-License-Identifier: GPL-2.0
"""Initial RAM file systems, made of layers.

The kernel unpacks concatenated cpio archives in order, so the part that is large and
rarely changes (busybox, stock tools, modules) is cached, and the product and a test's
own files are small archives behind it.
"""
import os
import re
import stat
import subprocess
from pathlib import Path

from . import cache

STOCK_TOOLS = ("/sbin/kexec", "/usr/bin/makedumpfile")
MODULES = {"cloud-amd64": ("virtio_pci", "virtio_blk", "virtio_scsi", "sd_mod"),
           "amd64": ("virtio_pci", "virtio_blk", "nvme", "ahci", "sd_mod", "crc32c_generic", "ext4")}


def cpio(files):
    """An archive in the kernel's "newc" format (initramfs buffer format document).

    files: {path in the guest: Path on the host, bytes, or (bytes, mode)}.
    """
    out, seen = [], set()

    def add(name, mode, data):
        fields = (len(seen), mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)
        head = b"070701" + b"".join(b"%08X" % f for f in fields) + name.encode() + b"\0"
        out.append(head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4))
        seen.add(name)

    for name, source in sorted(files.items()):
        name = name.lstrip("/")
        for parent in reversed(list(Path(name).parents)[:-1]):
            if str(parent) not in seen:
                add(str(parent), stat.S_IFDIR | 0o755, b"")
        if isinstance(source, Path) and source.is_symlink():
            add(name, stat.S_IFLNK | 0o777, os.readlink(source).encode())
        elif isinstance(source, Path):
            add(name, stat.S_IFREG | (source.stat().st_mode & 0o777), source.read_bytes())
        else:
            data, mode = source if isinstance(source, tuple) else (source, 0o644)
            add(name, stat.S_IFREG | mode, data)
    add("TRAILER!!!", 0, b"")
    return b"".join(out)


def shared_libraries(binaries):
    """{path: Path} of every library that the binaries load."""
    found = {}
    for binary in binaries:
        text = subprocess.run(["ldd", str(binary)], capture_output=True, text=True).stdout
        for path in re.findall(r"(/\S+) \(0x", text):
            found[path] = Path(path).resolve()
    return found


def base(kernel):
    """The cached layer: busybox, init, stock kexec and makedumpfile, modules."""
    files = {"/bin/busybox": Path("/bin/busybox"),
             "/init": ((cache.REPO / "tests/vm/guest/init").read_bytes(), 0o755)}
    files.update({tool: Path(tool).resolve() for tool in STOCK_TOOLS})
    files.update(shared_libraries(STOCK_TOOLS))
    for place, module in enumerate(kernel.modules(MODULES[kernel.flavour])):
        files[f"/modules/{place:02}-{module.name}"] = module
    if kernel.flavour == cache.CLOUD and not kernel.series:
        files["/root/stuck.ko"] = kernel.stuck_module
    archive = cpio(files)
    return cache.entry(f"{kernel.name}/base-{cache.content_hash(archive)}.cpio", lambda path: path.write_bytes(archive))


def product():
    """{path: Path} of what was built, at its installed place, with the libraries it needs."""
    files = {f"/usr/local/sbin/{p.name}": p for p in sorted((cache.BUILD / "bin").glob("*"))}
    libraries = shared_libraries(files.values())
    images = {f"/usr/local/lib/lifeboat/{p.name}": p for p in (cache.BUILD / "boot").glob("dumpkernel*")}
    return {**files, **libraries, **images}
