/* SPDX-License-Identifier: GPL-2.0 */
/* What the loader left for us: found, checked and mapped.  docs/handover.md. */
#ifndef DUMPKERNEL_HANDOVER_H
#define DUMPKERNEL_HANDOVER_H

#include "capture/config.h"
#include "capture/dump_error.h"
#include "capture/elfcore.h"
#include "capture/memrange.h"

#include <asm/bootparam.h>

struct handover {
	const struct boot_params *boot_params;
	const char *cmdline;		/* our copy, NUL terminated */
	u64 initrd_pa, initrd_bytes;
	u64 elfcorehdr_pa;
	u64 sums_pa;			/* 0: the loader left none */
	struct memrange_set *free;	/* memory that we may use */
};

/*
 * Reads boot_params and the command line through the loader's page tables, goes over to
 * our own, and finds the memory that we may use.  boot_params_pa: RSI at entry.
 * DUMP_OK or the reason.
 */
enum dump_error handover_open(struct handover *handover, u64 boot_params_pa);

/* Checks the loader's sums of every piece, when it left some. */
enum dump_error handover_check_sums(const struct handover *handover);

/* Maps and checks the elfcorehdr, and maps all of the dead kernel's memory. */
enum dump_error handover_open_core(const struct handover *handover, struct elfcore *ret_core);

/* Checks the config block. */
enum dump_error handover_open_config(const struct handover *handover, struct config *ret_config);

#endif
