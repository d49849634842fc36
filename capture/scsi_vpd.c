// SPDX-License-Identifier: GPL-2.0
#include "capture/scsi_vpd.h"

/* Every page: SPC-4, 7.8.1. */
#define PAGE_CODE 1
#define PAGE_LENGTH 2
#define PAGE_HEAD 4u

/* Designation descriptor: SPC-4, 7.8.6.1. */
#define ID_CODE_SET 0
#define ID_KIND 1
#define ID_LENGTH 3
#define ID_HEAD 4u
#define CODE_SET_MASK 0x0f
#define CODE_SET_BINARY 1
#define KIND_MASK 0x3f		/* association and type */
#define KIND_UNIT_EUI64 0x02
#define KIND_UNIT_NAA 0x03

/* Bytes behind the head that the page says it has, and really has. */
static u32 page_bytes(const u8 *page, u32 bytes, u8 code)
{
	if (bytes < PAGE_HEAD || page[PAGE_CODE] != code)
		return 0;
	return (u32)min_u64((u32)page[PAGE_LENGTH] << 8 | page[PAGE_LENGTH + 1], bytes - PAGE_HEAD);
}

static bool is_padding(u8 byte)
{
	return byte == ' ' || byte == '\0';
}

int scsi_vpd_serial(const u8 *page, u32 bytes, char *ret_serial, u32 size)
{
	u32 left = page_bytes(page, bytes, SCSI_VPD_SERIAL);
	const u8 *text = page + PAGE_HEAD;

	while (left && is_padding(*text)) {
		text++;
		left--;
	}
	left = (u32)min_u64(left, size - 1);
	while (left && is_padding(text[left - 1]))
		left--;
	if (!left)
		return -ENODATA;
	memset(ret_serial, 0, size);
	memcpy(ret_serial, text, left);
	return 0;
}

int scsi_vpd_id(const u8 *page, u32 bytes, u8 *ret_id, u32 id_bytes)
{
	u32 left = page_bytes(page, bytes, SCSI_VPD_IDS);

	for (const u8 *at = page + PAGE_HEAD; left >= ID_HEAD; ) {
		u32 length = ID_HEAD + at[ID_LENGTH];
		u8 kind = at[ID_KIND] & KIND_MASK;

		if (length > left)
			break;
		if ((at[ID_CODE_SET] & CODE_SET_MASK) == CODE_SET_BINARY && at[ID_LENGTH] == id_bytes &&
		    (kind == KIND_UNIT_EUI64 || kind == KIND_UNIT_NAA)) {
			memcpy(ret_id, at + ID_HEAD, id_bytes);
			return 0;
		}
		at += length;
		left -= length;
	}
	return -ENODATA;
}
