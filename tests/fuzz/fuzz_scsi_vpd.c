// SPDX-License-Identifier: GPL-2.0
/* VPD pages as a disk may send them: damaged ones, and any bytes at all. */
#include "capture/scsi_vpd.h"
#include "fuzz.h"

static const u8 valid[] = {
	0, 0x83, 0, 48,
	2, 0x00, 0, 4, 'L', 'B', '0', '1',
	1, 0x03, 0, 8, 0x50, 1, 2, 3, 4, 5, 6, 7,
	1, 0x02, 0, 16, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
	1, 0x03, 0, 4, 1, 2, 3, 4,
};

static void read_page(const u8 *page, size_t bytes)
{
	u8 *copy = fuzz_copy(page, bytes);
	char *serial = calloc(1, 24);
	u8 *id = calloc(1, 16);

	if (!scsi_vpd_serial(copy, (u32)bytes, serial, 24))
		FUZZ_REQUIRE(strlen(serial) < 24 && serial[0] != ' ');
	scsi_vpd_id(copy, (u32)bytes, id, 8);
	scsi_vpd_id(copy, (u32)bytes, id, 16);
	free(id);
	free(serial);
	free(copy);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t bytes)
{
	u8 page[sizeof(valid)];

	memcpy(page, valid, sizeof(page));
	fuzz_damage(page, sizeof(page), data, bytes);
	read_page(page, sizeof(page));
	read_page(data, bytes);
	return 0;
}
