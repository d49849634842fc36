// SPDX-License-Identifier: GPL-2.0
#include "kexec/stub.h"

#include <assert.h>

/* stub.S, stub_32.S */
extern const u8 stub_code[], stub_code_end[], stub_32_code[], stub_32_code_end[];

/*
 * Intel SDM 3A, 3.4.5: flat code and flat data, present, accessed.  Accessed
 * is set beforehand, or the CPU would write to the GDT and break the checksum.
 */
#define STUB_CODE_DESCRIPTOR 0x00af9b000000ffffull
#define STUB_CODE_32_DESCRIPTOR 0x00cf9b000000ffffull
#define STUB_DATA_DESCRIPTOR 0x00cf93000000ffffull

static void stub_put_u64(u8 *page, u32 offset, u64 value)
{
	memcpy(page + offset, &value, sizeof(value));
}

static void stub_build_page(u8 *page, u64 pa, u64 code_descriptor, const u8 *code, size_t code_bytes)
{
	u16 limit = STUB_GDT_LIMIT;

	assert(code_bytes <= STUB_BOOT_PARAMS - STUB_CODE);
	memset(page, 0, STUB_BYTES);
	stub_put_u64(page, STUB_GDT + STUB_CS, code_descriptor);
	stub_put_u64(page, STUB_GDT + STUB_DS, STUB_DATA_DESCRIPTOR);
	memcpy(page + STUB_GDTR, &limit, sizeof(limit));
	stub_put_u64(page, STUB_GDTR + 2, pa + STUB_GDT);
	stub_put_u64(page, STUB_STACK, pa + STUB_BYTES);
	memcpy(page + STUB_CODE, code, code_bytes);
}

void stub_build(u8 *page, u64 pa, u64 boot_params_pa, u64 entry_pa)
{
	stub_build_page(page, pa, STUB_CODE_DESCRIPTOR, stub_code, stub_code_end - stub_code);
	stub_put_u64(page, STUB_BOOT_PARAMS, boot_params_pa);
	stub_put_u64(page, STUB_ENTRY, entry_pa);
}

void stub_build_32(u8 *page, u64 pa, u64 boot_params_pa, u64 entry_pa)
{
	assert(pa + STUB_BYTES <= 1ull << 32 && boot_params_pa < 1ull << 32 && entry_pa < 1ull << 32);
	stub_build_page(page, pa, STUB_CODE_32_DESCRIPTOR, stub_32_code, stub_32_code_end - stub_32_code);
	stub_put_u64(page, STUB_BOOT_PARAMS, boot_params_pa);
	stub_put_u64(page, STUB_ENTRY, entry_pa);
}
