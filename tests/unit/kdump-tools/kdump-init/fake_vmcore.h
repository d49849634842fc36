/* SPDX-License-Identifier: GPL-2.0 */
/* A file as /proc/vmcore is, of memory that is made up. */
#ifndef TESTS_FAKE_VMCORE_H
#define TESTS_FAKE_VMCORE_H

#include "../../capture/fake_ring.h"

#define FAKE_VMCORE_BASE 0x100000ull
#define FAKE_VMCORE_RAM (1ull << 20)
#define FAKE_VMCORE_TIME 1700000000u

struct fake_vmcore {
	struct fake_memory memory;
	struct fake_ring ring;
	u64 bytes;
	char path[32];
};

/*
 * Two CPUs' notes, vmcoreinfo with CRASHTIME and an empty printk ring, two PT_LOADs that do
 * not end on page borders and one inside the first.
 */
void fake_vmcore_init(struct fake_vmcore *vmcore);

/* Writes the file anew. */
void fake_vmcore_write(struct fake_vmcore *vmcore);

void fake_vmcore_deinit(struct fake_vmcore *vmcore);

#endif
