# SPDX-License-Identifier: GPL-2.0
"""The dump kernel as a file: a bzImage for loaders, a PE image for signers."""
import struct
import subprocess

from ..cache import BUILD
from ..runner import case
from ..story import GUARDED, TARGET_PART

IMAGE = BUILD / "boot" / "dumpkernel"


@case("image-header")
def header(story):
    """What boot protocol 2.15 and the size limits promise."""
    data = IMAGE.read_bytes()
    setup_sects, = struct.unpack_from("<B", data, 0x1f1)
    boot_flag, = struct.unpack_from("<H", data, 0x1fe)
    magic, version = struct.unpack_from("<4sH", data, 0x202)
    version_at, = struct.unpack_from("<H", data, 0x20e)
    alignment, relocatable, min_alignment, xloadflags = struct.unpack_from("<IBBH", data, 0x230)
    init_size, handover, kernel_info = struct.unpack_from("<III", data, 0x260)
    loaded = data[(setup_sects + 1) * 512:]
    assert (boot_flag, magic, version) == (0xaa55, b"HdrS", 0x20f), "not boot protocol 2.15"
    assert data[version_at + 0x200:].startswith(b"lifeboat-dumpkernel "), "no version string"
    assert relocatable == 1 and alignment == 1 << min_alignment == 4096, "not relocatable to any page"
    assert xloadflags & 0x63 == 0x63, f"xloadflags {xloadflags:#x} lack 64-bit entry, above 4 GiB or 5 levels"
    assert loaded[kernel_info:kernel_info + 4] == b"LToP", "no kernel_info"
    assert len(loaded) <= init_size <= 256 << 10, f"init_size {init_size}"
    assert len(data) < 256 << 10, f"the image has {len(data)} bytes"


def _sign(folder):
    """The image signed with a key made for this test; (path, certificate)."""
    key, cert, signed = (folder / name for name in ("key.pem", "cert.pem", "signed"))
    subprocess.run(["openssl", "req", "-new", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=test/",
                    "-keyout", key, "-out", cert, "-days", "2"], check=True, capture_output=True)
    done = subprocess.run(["sbsign", "--key", key, "--cert", cert, "--output", signed, IMAGE],
                          check=True, capture_output=True, text=True)
    assert "warning" not in done.stderr, f"sbsign: {done.stderr.strip()}"
    return signed, cert


@case("image-signature")
def signature(story):
    """sbsign and sbverify accept it without a warning; a changed byte is noticed."""
    signed, cert = _sign(story.folder)
    verify = ["sbverify", "--cert", cert, signed]
    assert "OK" in subprocess.run(verify, check=True, capture_output=True, text=True).stdout
    data = bytearray(signed.read_bytes())
    data[0x3000] ^= 1
    signed.write_bytes(data)
    assert subprocess.run(verify, capture_output=True).returncode, "sbverify accepts a damaged image"


@case("x86_64-nvme-signed_image")
def signed_image(story):
    """A signature lies where bss will be: the image must run all the same."""
    disk = story.disk("nvme", partitions=GUARDED)
    signed, _ = _sign(story.folder)
    with story.guest(files={"/root/signed": signed}) as guest:
        guest.boot()
        story.prepare(guest, disk.device(0, TARGET_PART))
        guest.check("kdumpctl --image /root/signed start -s")
        guest.panic(cpu=1)
        guest.wait_end()
    story.dumped(disk, TARGET_PART)
