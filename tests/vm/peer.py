# SPDX-License-Identifier: GPL-2.0
"""Stock kdump in its best form, to compare with: Debian's kernel as capture kernel, stock
kexec-tools, and an initramfs of busybox alone that starts to copy as its first act."""
from pathlib import Path

from . import cache, initramfs
from .story import kernel

# Nothing that costs time: one CPU, silent console.
CMDLINE = "console=ttyS0 nr_cpus=1 reset_devices quiet no_timer_check panic=1"
INIT = """#!/bin/busybox sh
/bin/busybox mkdir -p /proc /dev /mnt
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t devtmpfs dev /dev
{command}
/bin/busybox sync
echo "capture: done" > /dev/console
/bin/busybox reboot -f
"""


MAKEDUMPFILE = "/usr/bin/makedumpfile"


def capture_image(*commands):
    """The capture kernel's initramfs; the commands run in busybox sh with /proc/vmcore there."""
    tools = initramfs.shared_libraries([MAKEDUMPFILE]) if MAKEDUMPFILE in "".join(commands) else {}
    if tools:
        tools[MAKEDUMPFILE] = Path(MAKEDUMPFILE)
    return initramfs.cpio({"/bin/busybox": Path("/bin/busybox"), **tools,
                           "/init": (INIT.format(command="\n".join(commands)).encode(), 0o755)})


def copy_command(device, how="dd"):
    """Copies the whole vmcore, raw, to a block device that /proc knows at once (NVMe is built in).

    how: "dd" is the fastest that we found (direct I/O, 4 MiB at a time); "cp" is what people do; "d31" leaves out what
    makedumpfile can, and compresses.
    """
    copy = {"dd": f"/bin/busybox dd if=/proc/vmcore of={device} bs=4M oflag=direct conv=sync 2>/dev/null",
            "cp": f"/bin/busybox cp /proc/vmcore {device}",
            "d31": f"/bin/busybox mkdir /tmp; {MAKEDUMPFILE} -f -l -d 31 --message-level 0 /proc/vmcore {device}"}[how]
    return f"while [ ! -e {device} ]; do :; done; {copy}"


def filter_into(device):
    """makedumpfile writes a filtered vmcore to the ext4 on a block device; the console is told."""
    return (f"/bin/busybox mkdir -p /tmp; while [ ! -e {device} ]; do :; done; /bin/busybox mount -t ext4 {device} /mnt && "
            f"{MAKEDUMPFILE} -l -d 31 /proc/vmcore /mnt/vmcore && /bin/busybox umount /mnt && echo 'capture: saved' >/dev/console")


def layer(*commands, packed=False):
    """What a guest needs to arm stock kdump: a further layer of its initramfs.

    packed: that of the capture kernel by gzip, which takes 5 MiB less to unpack than zstd.
    """
    image = capture_image(*commands)
    if packed:
        image = cache.run("gzip", "-9", "-c", input=image)
    return {"/root/capture": image, "/root/vmlinuz": kernel().vmlinuz}


def arm(guest, option="-c"):
    """Loads the capture kernel with stock kexec; option: -c kexec_load, -s kexec_file_load."""
    guest.check(f"/sbin/kexec -p {option} /root/vmlinuz --initrd=/root/capture --command-line='{CMDLINE}'")
