// SPDX-License-Identifier: GPL-2.0
#include "kdumpctl/acpi.h"

#define ACPI_HEADER_BYTES 36u	/* ACPI 6.5, 5.2.6: signature, length at 4, checksum at 9 */

static u32 get32(const u8 *at)
{
	return at[0] | at[1] << 8 | at[2] << 16 | (u32)at[3] << 24;
}

static u16 get16(const u8 *at)
{
	return at[0] | at[1] << 8;
}

static u64 get64(const u8 *at)
{
	return get32(at) | (u64)get32(at + 4) << 32;
}

s64 acpi_check_table(const u8 *table, size_t bytes, const char *signature)
{
	u32 length;
	u8 sum = 0;

	if (bytes < ACPI_HEADER_BYTES || memcmp(table, signature, 4))
		return -EBADMSG;
	length = get32(table + 4);
	if (length < ACPI_HEADER_BYTES || length > bytes)
		return -EBADMSG;
	for (u32 i = 0; i < length; i++)
		sum += table[i];
	return sum ? -EBADMSG : (s64)length;
}

/* --- FADT: ACPI 6.5, 5.2.9, table 5.9 ---------------------------------------------- */

enum {
	FADT_PM1A_CNT = 64,
	FADT_PM1B_CNT = 68,
	FADT_PM_TMR = 76,
	FADT_PM_TMR_LEN = 91,
	FADT_FLAGS = 112,
	FADT_RESET_REG = 116,
	FADT_RESET_VALUE = 128,
	FADT_X_PM1A_CNT = 172,
	FADT_X_PM1B_CNT = 184,
	FADT_X_PM_TMR = 208,
};

#define FADT_TMR_VAL_EXT (1u << 8)
#define FADT_RESET_REG_SUP (1u << 10)

/* Generic Address Structure, ACPI 6.5, 5.2.3.2: space, bit width, bit offset, access size, address. */
#define GAS_BYTES 12u

/* An I/O port from the extended field if it is there and is I/O, else from the legacy one. */
static u32 fadt_port(const u8 *table, s64 length, u32 legacy, u32 extended)
{
	if (length >= extended + GAS_BYTES && table[extended] == SPACE_IO) {
		u64 address = get64(table + extended + 4);

		if (address && address <= 0xffff)
			return address;
	}
	if (length >= legacy + 4 && get32(table + legacy) <= 0xffff)
		return get32(table + legacy);
	return 0;
}

int acpi_parse_fadt(const u8 *table, size_t bytes, struct config_clock *ret_clock,
		    struct config_reset *ret_reset)
{
	s64 length = acpi_check_table(table, bytes, "FACP");
	struct config_clock clock = { 0 };
	struct config_reset reset = { 0 };
	u32 flags;

	if (length < FADT_FLAGS + 4)
		return -EBADMSG;
	flags = get32(table + FADT_FLAGS);
	if (table[FADT_PM_TMR_LEN] == 4) {
		clock.pm_timer_port = fadt_port(table, length, FADT_PM_TMR, FADT_X_PM_TMR);
		clock.pm_timer_bits = flags & FADT_TMR_VAL_EXT ? 32 : 24;
	}
	if (!clock.pm_timer_port)
		clock.pm_timer_bits = 0;
	if (flags & FADT_RESET_REG_SUP && length > FADT_RESET_VALUE &&
	    table[FADT_RESET_REG] <= SPACE_PCI_CONFIG && get64(table + FADT_RESET_REG + 4)) {
		reset.present = 1;
		reset.space = table[FADT_RESET_REG];
		reset.address = get64(table + FADT_RESET_REG + 4);
		reset.value = table[FADT_RESET_VALUE];
	}
	reset.pm1a_cnt = fadt_port(table, length, FADT_PM1A_CNT, FADT_X_PM1A_CNT);
	reset.pm1b_cnt = fadt_port(table, length, FADT_PM1B_CNT, FADT_X_PM1B_CNT);
	*ret_clock = clock;
	*ret_reset = reset;
	return 0;
}

/* --- \_S5 in AML: ACPI 6.5, 7.4.2 (the object) and 20.2 (its encoding) ---------------- */

enum {
	AML_ZERO = 0x00,
	AML_ONE = 0x01,
	AML_NAME = 0x08,
	AML_BYTE = 0x0a,
	AML_WORD = 0x0b,
	AML_DWORD = 0x0c,
	AML_PACKAGE = 0x12,
	AML_ONES = 0xff,
};

/* Reads one integer at *at; only its low byte matters, SLP_TYP has three bits. */
static bool aml_integer(const u8 *table, s64 length, s64 *at, u8 *ret_value)
{
	u32 data_bytes;

	if (*at >= length)
		return false;
	switch (table[*at]) {
	case AML_ZERO:
	case AML_ONE:
	case AML_ONES:
		*ret_value = table[(*at)++];
		return true;
	case AML_BYTE:
		data_bytes = 1;
		break;
	case AML_WORD:
		data_bytes = 2;
		break;
	case AML_DWORD:
		data_bytes = 4;
		break;
	default:
		return false;
	}
	if (*at + 1 + data_bytes > length)
		return false;
	*ret_value = table[*at + 1];
	*at += 1 + data_bytes;
	return true;
}

/* at: the byte after "_S5_". */
static bool aml_s5_package(const u8 *table, s64 length, s64 at, u8 *ret_typa, u8 *ret_typb)
{
	u8 typa, typb, elements;

	if (at + 3 > length || table[at] != AML_PACKAGE)
		return false;
	at += 2 + (table[at + 1] >> 6);	/* PkgLength: the top bits count its further bytes */
	if (at >= length)
		return false;
	elements = table[at++];
	if (elements < 2 || !aml_integer(table, length, &at, &typa) || !aml_integer(table, length, &at, &typb))
		return false;
	*ret_typa = typa & 7;
	*ret_typb = typb & 7;
	return true;
}

int acpi_find_s5(const u8 *table, size_t bytes, u8 *ret_typa, u8 *ret_typb)
{
	s64 length = acpi_check_table(table, bytes, "DSDT");

	if (length < 0)
		length = acpi_check_table(table, bytes, "SSDT");
	for (s64 at = ACPI_HEADER_BYTES + 1; at + 4 <= length; at++) {
		bool named = table[at - 1] == AML_NAME || (table[at - 2] == AML_NAME && table[at - 1] == '\\');

		if (named && !memcmp(table + at, "_S5_", 4) &&
		    aml_s5_package(table, length, at + 4, ret_typa, ret_typb))
			return 0;
	}
	return -ENOENT;
}

/* --- DMAR: VT-d 4.1, 8.1 and 8.3 ------------------------------------------------------ */

#define DMAR_FIRST_STRUCTURE 48u
#define DMAR_TYPE_DRHD 0u
#define DRHD_BYTES 16u		/* type u16, length u16, flags u8, size u8, segment u16, base u64 */

int acpi_parse_dmar(const u8 *table, size_t bytes, u64 *bases, u32 capacity, u32 *ret_count)
{
	s64 length = acpi_check_table(table, bytes, "DMAR");
	u32 count = 0, size;

	if (length < DMAR_FIRST_STRUCTURE)
		return -EBADMSG;
	for (s64 at = DMAR_FIRST_STRUCTURE; at + 4 <= length; at += size) {
		size = get16(table + at + 2);
		if (size < 4 || at + size > length)
			return -EBADMSG;
		if (get16(table + at) != DMAR_TYPE_DRHD)
			continue;
		if (size < DRHD_BYTES)
			return -EBADMSG;
		if (get16(table + at + 6))
			continue;	/* another PCI segment: not the target's */
		if (count == capacity)
			return -ENOSPC;
		bases[count++] = get64(table + at + 8);
	}
	*ret_count = count;
	return 0;
}

/* --- WDAT ------------------------------------------------------------------------------ */

#define WDAT_ENTRY_COUNT 64u	/* u32 */
#define WDAT_FIRST_ENTRY 68u
#define WDAT_ENTRY_BYTES 24u	/* action, instruction, u16, GAS, value u32, mask u32 */
#define WDAT_ACTION_RESET 0x01u
#define WDAT_WRITE_VALUE 0x02u
#define WDAT_PRESERVE 0x80u

static int wdat_step(const u8 *entry, struct config_kick *step)
{
	const u8 *gas = entry + 4;
	u8 instruction = entry[1], bit_offset = gas[2];
	u32 mask = get32(entry + 20);

	if ((instruction & ~WDAT_PRESERVE) != WDAT_WRITE_VALUE || gas[0] > SPACE_IO)
		return -EOPNOTSUPP;
	if (gas[3] < 1 || gas[3] > 3 || bit_offset > 31)
		return -EOPNOTSUPP;
	memset(step, 0, sizeof(*step));
	step->space = gas[0];
	step->op = instruction & WDAT_PRESERVE ? KICK_SET_BITS : KICK_WRITE;
	step->width_bytes = 1 << (gas[3] - 1);
	step->address = get64(gas + 4);
	step->value = (get32(entry + 16) & mask) << bit_offset;
	step->mask = mask << bit_offset;
	return 0;
}

int acpi_parse_wdat(const u8 *table, size_t bytes, struct config_kick *steps, u32 capacity, u32 *ret_count)
{
	s64 length = acpi_check_table(table, bytes, "WDAT");
	u32 entries, count = 0;

	if (length < WDAT_FIRST_ENTRY)
		return -EBADMSG;
	entries = get32(table + WDAT_ENTRY_COUNT);
	if (entries > (length - WDAT_FIRST_ENTRY) / WDAT_ENTRY_BYTES)
		return -EBADMSG;
	for (u32 i = 0; i < entries; i++) {
		const u8 *entry = table + WDAT_FIRST_ENTRY + i * WDAT_ENTRY_BYTES;
		struct config_kick step;
		int err;

		if (entry[0] != WDAT_ACTION_RESET)
			continue;
		err = wdat_step(entry, &step);
		if (err)
			return err;
		if (count == capacity)
			return -ENOSPC;
		steps[count++] = step;
	}
	if (!count)
		return -ENOENT;
	*ret_count = count;
	return 0;
}
