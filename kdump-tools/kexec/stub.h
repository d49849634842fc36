/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The entry stub: one page between the old kernel's jump, which arrives with all
 * registers zero and no valid GDT, and an image that wants the Linux 64-bit or 32-bit
 * boot protocol.  Shared by stub.S and stub_32.S (code) and stub.c (data of the page).
 *
 *	0x000	GDT, GDTR, RSP
 *	0x040	code; its first byte is the entry point
 *	0x1f0	RSI (ESI), jump target
 *	0x200	struct handover_sums, or zeros
 *	0x300	struct handover_chain, or zeros
 *	0x1000	top of the stack, which grows down
 */
#ifndef KEXEC_STUB_H
#define KEXEC_STUB_H

#define STUB_GDT 0x00		/* null, unused, code, data */
#define STUB_GDT_LIMIT 31
#define STUB_GDTR 0x20		/* u16 limit, u64 base */
#define STUB_STACK 0x30		/* u64 initial RSP */
#define STUB_CODE 0x40
#define STUB_BOOT_PARAMS 0x1f0	/* u64 for RSI */
#define STUB_ENTRY 0x1f8	/* u64 where to jump */
#define STUB_SUMS 0x200
#define STUB_CHAIN 0x300
#define STUB_BYTES 0x1000

/* boot.rst, "64-bit BOOT PROTOCOL" and "32-bit BOOT PROTOCOL": __BOOT_CS and __BOOT_DS */
#define STUB_CS 0x10
#define STUB_DS 0x18

#ifndef __ASSEMBLER__
#include "capture/handover.h"

/*
 * Fills page[STUB_BYTES], which will lie at pa, to enter `entry_pa` with RSI =
 * boot_params_pa.
 */
void stub_build(u8 *page, u64 pa, u64 boot_params_pa, u64 entry_pa);

/* The same for an entry in 32-bit protected mode, paging off; all three below 4 GiB. */
void stub_build_32(u8 *page, u64 pa, u64 boot_params_pa, u64 entry_pa);

/* The part whose bytes never change: what the sums cover. */
#define STUB_CONSTANT_BYTES STUB_SUMS

#endif
#endif
