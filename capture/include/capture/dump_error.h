/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stable codes of what can go wrong in the dump kernel.  They stand on the console
 * ("LB-209"), in the target's header, and in docs/formats.md with advice.  A number
 * is never given a second meaning.
 */
#ifndef CAPTURE_DUMP_ERROR_H
#define CAPTURE_DUMP_ERROR_H

enum dump_error {
	DUMP_OK = 0,

	/* Handover */
	DUMP_NO_BOOT_PARAMS = 101,
	DUMP_BAD_BOOT_PARAMS = 102,	/* e820, command line or initrd lie outside of what may be */
	DUMP_NO_ELFCOREHDR = 103,
	DUMP_BAD_ELFCOREHDR = 104,
	DUMP_NO_CONFIG = 105,
	DUMP_BAD_CONFIG = 106,
	DUMP_BAD_IMAGE_CRC = 107,
	DUMP_BAD_SUMS = 108,
	DUMP_NO_MEMORY = 109,

	/* Target */
	DUMP_TARGET_GONE = 201,		/* no such device, or not the one armed for */
	DUMP_TARGET_TIMEOUT = 202,
	DUMP_TARGET_OTHER_DISK = 203,	/* serial, size or block size differ */
	DUMP_TARGET_UNSUPPORTED = 204,
	DUMP_TARGET_IO = 205,
	DUMP_TARGET_NO_HEADER = 206,
	DUMP_TARGET_BAD_HEADER = 207,
	DUMP_TARGET_STALE = 208,	/* prepared again or collected since it was armed */
	DUMP_TARGET_BAD_STAMP = 209,
	DUMP_TARGET_NOT_ARMED = 210,	/* holds a dump, or was disarmed */
	DUMP_TARGET_TOO_SMALL = 211,
	DUMP_IOMMU = 212,
	DUMP_TARGET_BAD_SEAL = 213,	/* of a dump file: a block of it is another file's now */

	/* Processor: 300 + exception vector */
	DUMP_EXCEPTION = 300,
};

/* What it means, in a few words. */
const char *dump_error_text(enum dump_error error);

#endif
