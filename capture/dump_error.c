// SPDX-License-Identifier: GPL-2.0
#include "capture/dump_error.h"

const char *dump_error_text(enum dump_error error)
{
	switch (error) {
	case DUMP_NO_BOOT_PARAMS:
		return "the loader passed no boot_params: load the dump kernel by kexec -p, not as an ELF file";
	case DUMP_BAD_BOOT_PARAMS:
		return "boot_params, command line or config block lie where they must not";
	case DUMP_NO_ELFCOREHDR:
		return "no elfcorehdr= on the command line";
	case DUMP_BAD_ELFCOREHDR:
		return "the elfcorehdr is damaged";
	case DUMP_NO_CONFIG:
		return "no config block: arm by kdumpctl start, or load /run/lifeboat/config as initrd";
	case DUMP_BAD_CONFIG:
		return "the config block is damaged or of another version";
	case DUMP_BAD_IMAGE_CRC:
		return "the dump kernel's image was damaged in memory";
	case DUMP_BAD_SUMS:
		return "what the loader left was damaged in memory";
	case DUMP_NO_MEMORY:
		return "the crash region is too small";
	case DUMP_TARGET_GONE:
		return "the target or its controller is not there";
	case DUMP_TARGET_TIMEOUT:
		return "the target does not answer";
	case DUMP_TARGET_OTHER_DISK:
		return "the disk is not the one that was armed";
	case DUMP_TARGET_UNSUPPORTED:
		return "the target has a format that we do not drive";
	case DUMP_TARGET_IO:
		return "the target failed to read or write";
	case DUMP_TARGET_NO_HEADER:
		return "the target has no header: something else is on it";
	case DUMP_TARGET_BAD_HEADER:
		return "the target's header is damaged";
	case DUMP_TARGET_STALE:
		return "the target was prepared or collected again after arming";
	case DUMP_TARGET_BAD_STAMP:
		return "a stamp does not match: something else writes to the target";
	case DUMP_TARGET_NOT_ARMED:
		return "the target is not armed, or holds a dump that was not collected";
	case DUMP_TARGET_TOO_SMALL:
		return "the target is too small";
	case DUMP_TARGET_BAD_SEAL:
		return "a seal does not match: a part of the dump file belongs to something else now";
	case DUMP_IOMMU:
		return "DMA translation can't be turned off";
	default:
		return error >= DUMP_EXCEPTION ? "exception in the dump kernel" : "unknown";
	}
}
