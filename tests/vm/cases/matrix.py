# SPDX-License-Identifier: GPL-2.0
"""Firmware x target x loader, in full."""
from ..runner import case
from ..story import GUARDED, LOADERS, TARGET_PART


def dump(story, firmware, kind, loader):
    disk = story.disk(kind, partitions=GUARDED)
    with story.guest(firmware=firmware) as guest:
        guest.boot()
        story.arm(guest, disk.device(0, TARGET_PART), loader)
        guest.panic()
        guest.panic_time()
        guest.wait_end()
    story.dumped(disk, TARGET_PART)


for _firmware in ("bios", "ovmf"):
    for _kind in ("nvme", "virtio", "ahci", "scsi"):
        for _loader in LOADERS:
            # What differs between kinds of disks does not depend on who loads, or on the firmware.
            _soak = _kind in ("ahci", "scsi") and (_firmware, _loader) not in (("bios", "kexec_load"), ("ovmf", "kexec_file_load"))
            case(f"x86_64-{_kind}-{_firmware}_{_loader}", soak=_soak, firmware=_firmware, kind=_kind, loader=_loader)(dump)
