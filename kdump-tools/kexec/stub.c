// SPDX-License-Identifier: GPL-2.0
#include "kexec/stub.h"

#include <assert.h>

/* stub.S */
extern const u8 stub_code[], stub_code_end[];

/*
 * Intel SDM 3A, 3.4.5: flat 64-bit code and flat data, present, accessed.  Accessed
 * is set beforehand, or the CPU would write to the GDT and break the checksum.
 */
#define STUB_CODE_DESCRIPTOR 0x00af9b000000ffffull
#define STUB_DATA_DESCRIPTOR 0x00cf93000000ffffull

static void stub_put_u64(u8 *page, u32 offset, u64 value)
{
	memcpy(page + offset, &value, sizeof(value));
}

void stub_build(u8 *page, u64 pa, u64 boot_params_pa, u64 entry_pa)
{
	size_t code_bytes = stub_code_end - stub_code;
	u16 limit = STUB_GDT_LIMIT;

	assert(code_bytes <= STUB_BOOT_PARAMS - STUB_CODE);
	memset(page, 0, STUB_BYTES);
	stub_put_u64(page, STUB_GDT + STUB_CS, STUB_CODE_DESCRIPTOR);
	stub_put_u64(page, STUB_GDT + STUB_DS, STUB_DATA_DESCRIPTOR);
	memcpy(page + STUB_GDTR, &limit, sizeof(limit));
	stub_put_u64(page, STUB_GDTR + 2, pa + STUB_GDT);
	stub_put_u64(page, STUB_STACK, pa + STUB_BYTES);
	memcpy(page + STUB_CODE, stub_code, code_bytes);
	stub_put_u64(page, STUB_BOOT_PARAMS, boot_params_pa);
	stub_put_u64(page, STUB_ENTRY, entry_pa);
}
