/* SPDX-License-Identifier: GPL-2.0 */
/* Addresses and sizes of the dump kernel's image, for C, assembly and the linker script. */
#ifndef VMLINUX_LDS_LAYOUT_H
#define VMLINUX_LDS_LAYOUT_H

/* File: setup part (boot sector, setup header, PE header), then what is loaded. */
#define LAYOUT_SETUP_BYTES 0x1000	/* setup_sects = 7 */
#define LAYOUT_ENTRY64 0x200		/* 64-bit entry, from the start of the loaded part */
#define LAYOUT_ALIGN 0x1000		/* of the load address */

#define LAYOUT_IMAGE_BYTES 0x40000	/* the most of the file: 256 KiB */
#define LAYOUT_ZSTD_IMAGE_BYTES 0xa0000	/* of the one with zstd: 640 KiB */
#define LAYOUT_BSS_BYTES 0x20000	/* the most of bss */

/* Segment selectors, as the 64-bit boot protocol names them. */
#define LAYOUT_SEL_CODE 0x10
#define LAYOUT_SEL_DATA 0x18
#define LAYOUT_SEL_TSS 0x20

#define LAYOUT_STACK_BYTES 0x4000
#define LAYOUT_TRAP_STACK_BYTES 0x1000

/*
 * Memory that the dump kernel takes from the crash region beside its image: page
 * tables, queues, buffers, the log.  kdumpctl adds it when it computes the need.
 */
#define LAYOUT_WORK_BYTES 0x38000	/* fixed part */
#define LAYOUT_SEALS_BYTES 0x20000	/* a dump file's blocks are read before they are written, in such steps */
#define LAYOUT_DISK_BYTES 0x18000	/* queues, buffers and page tables of each disk after the first */
#define LAYOUT_CHAIN_BYTES 0x18000	/* page tables for a fallback kernel, of its pieces and to start it with */
#define LAYOUT_LZO_BYTES 0x8000		/* what a codec takes for each CPU */
#define LAYOUT_ZLIB_BYTES 0x34000
#define LAYOUT_ZSTD_BYTES 0x15000
#define LAYOUT_CPU_BYTES 0x5000		/* of each further CPU: what is known of it, stacks */
#define LAYOUT_CPU_START_BYTES 0x2000	/* below 640 KiB, to start them; as much to put back what was there */
#define LAYOUT_JOBS_PER_CPU 2
#define LAYOUT_RANGES_BYTES 0x2000	/* of memory, to be filtered: 512 */
#define LAYOUT_MAX_POOL_BYTES 0x4000000	/* more of the region than this is left alone */

#endif
