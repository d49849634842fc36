// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/ram.h"

#include <stdlib.h>

#include "kexec/machine.h"

/* Headers: 56 bytes a PT_LOAD; notes: below 4 KiB a CPU, and vmcoreinfo. */
#define HEADERS_BYTES (64u << 10)

int ram_dump_bytes(u64 *ret_bytes)
{
	struct machine machine;
	struct memrange_set ram = { 0 };
	u64 bytes = HEADERS_BYTES;
	int err = machine_init(&machine);

	if (err)
		return err;
	err = machine_old_ram(&machine, &ram);
	/* A range keeps its place within a page, so it can take two partial ones. */
	for (u32 i = 0; !err && i < ram.count; i++)
		bytes += ram.range[i].end - ram.range[i].start + 2 * PAGE_BYTES;
	bytes += (u64)machine.possible_cpus * PAGE_BYTES;
	free(ram.range);
	machine_deinit(&machine);
	if (!err)
		*ret_bytes = bytes;
	return err;
}
