// SPDX-License-Identifier: GPL-2.0
/* ACPI tables with right checksums and any contents; the first byte of the input chooses the table. */
#include "kdumpctl/acpi.h"
#include "fuzz.h"

#define HEADER_BYTES 36u

int LLVMFuzzerTestOneInput(const u8 *data, size_t bytes)
{
	static const char *const signatures[] = { "FACP", "DSDT", "SSDT", "DMAR", "WDAT" };
	struct config_clock clock;
	struct config_reset reset;
	struct config_kick steps[8];
	u64 bases[4];
	u32 count, length, which;
	u8 typa, typb, sum = 0, *table;

	if (!bytes)
		return 0;
	which = data[0] % ARRAY_SIZE(signatures);
	length = (u32)(HEADER_BYTES + bytes - 1);
	table = calloc(1, length);
	if (!table)
		abort();
	memcpy(table, signatures[which], 4);
	memcpy(table + 4, &length, sizeof(length));
	memcpy(table + HEADER_BYTES, data + 1, bytes - 1);
	for (u32 i = 0; i < length; i++)
		sum += table[i];
	table[9] = (u8)-sum;
	FUZZ_REQUIRE(acpi_check_table(table, length, signatures[which]) == length);
	acpi_parse_fadt(table, length, &clock, &reset);
	if (!acpi_find_s5(table, length, &typa, &typb))
		FUZZ_REQUIRE(typa <= 7 && typb <= 7);
	if (!acpi_parse_dmar(table, length, bases, ARRAY_SIZE(bases), &count))
		FUZZ_REQUIRE(count <= ARRAY_SIZE(bases));
	if (!acpi_parse_wdat(table, length, steps, ARRAY_SIZE(steps), &count)) {
		FUZZ_REQUIRE(count && count <= ARRAY_SIZE(steps));
		for (u32 i = 0; i < count; i++)
			FUZZ_REQUIRE(steps[i].space <= SPACE_IO && steps[i].width_bytes <= 4);
	}
	free(table);
	return 0;
}
