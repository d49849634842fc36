/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The KDUMP format, version 6, as makedumpfile writes it for x86_64 and crash, drgn and
 * libkdumpfile read it (makedumpfile's IMPLEMENTATION file; crash's diskdump.c):
 *
 *	block 0			struct kdump_header
 *	block 1...		struct kdump_sub_header; notes and vmcoreinfo, where it says
 *	then			bitmap 1: which pages are RAM; bitmap 2: which are in the dump; a bit
 *				a page frame, LSB first, each rounded up to whole blocks
 *	then			struct kdump_page for each bit of bitmap 2, in their order
 *	anywhere		the pages' data
 */
#ifndef CAPTURE_KDUMP_FORMAT_H
#define CAPTURE_KDUMP_FORMAT_H

#include "capture/env.h"

#define KDUMP_SIGNATURE "KDUMP   "
#define KDUMP_VERSION 6
#define KDUMP_BLOCK_BYTES PAGE_BYTES

/* Flags of a page, and of the header's status. */
#define KDUMP_ZLIB 0x01u
#define KDUMP_LZO 0x02u
#define KDUMP_SNAPPY 0x04u
#define KDUMP_INCOMPLETE 0x08u	/* status only: a page without an offset was not written */
#define KDUMP_ZSTD 0x20u

#define KDUMP_UTSNAME_BYTES 65

struct kdump_header {
	char signature[8];
	u32 version;
	char sysname[KDUMP_UTSNAME_BYTES];	/* 12: struct new_utsname */
	char nodename[KDUMP_UTSNAME_BYTES];
	char release[KDUMP_UTSNAME_BYTES];
	char kernel_version[KDUMP_UTSNAME_BYTES];
	char machine[KDUMP_UTSNAME_BYTES];
	char domainname[KDUMP_UTSNAME_BYTES];
	u8 pad[6];
	u64 time_s;		/* 408: of the crash */
	u64 time_us;
	u32 status;		/* 424 */
	u32 block_bytes;
	u32 sub_header_blocks;	/* 432: sub header, notes and vmcoreinfo */
	u32 bitmap_blocks;	/* of both bitmaps */
	u32 max_mapnr;		/* 440: its low half; the sub header has it whole */
	u32 total_ram_blocks;
	u32 device_blocks;
	u32 written_blocks;
	u32 current_cpu;	/* 456 */
	u32 cpus;		/* never 0 */
};

_Static_assert(offsetof(struct kdump_header, time_s) == 408, "format");
_Static_assert(offsetof(struct kdump_header, status) == 424, "format");
_Static_assert(sizeof(struct kdump_header) == 464, "format");

struct kdump_sub_header {
	u64 phys_base;
	u32 dump_level;		/* 8 */
	u32 split;		/* 12: 1 in one file of several */
	u64 start_pfn;		/* 16: of these two, the low halves */
	u64 end_pfn;
	u64 vmcoreinfo_offset;	/* 32: in the file */
	u64 vmcoreinfo_bytes;
	u64 notes_offset;	/* 48 */
	u64 notes_bytes;
	u64 eraseinfo_offset;	/* 64 */
	u64 eraseinfo_bytes;
	u64 start_pfn_64;	/* 80: of a split dump */
	u64 end_pfn_64;
	u64 max_mapnr_64;	/* 96: behind the last page frame */
};

_Static_assert(offsetof(struct kdump_sub_header, vmcoreinfo_offset) == 32, "format");
_Static_assert(offsetof(struct kdump_sub_header, max_mapnr_64) == 96, "format");

struct kdump_page {
	u64 offset;		/* in the file; 0: not written */
	u32 bytes;
	u32 flags;		/* KDUMP_ZLIB...; 0: as it is */
	u64 page_flags;		/* 16: not used */
};

_Static_assert(sizeof(struct kdump_page) == 24, "format");

#endif
