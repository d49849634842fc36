// SPDX-License-Identifier: GPL-2.0
/* SCSI commands and answers.  Numbers are big endian. */
#include "scsi.h"

/* SPC-4, clause 6, and SBC-3, clause 5, under these names. */
#define TEST_UNIT_READY 0x00
#define INQUIRY 0x12
#define MODE_SENSE_6 0x1a
#define SYNCHRONIZE_CACHE_10 0x35
#define READ_16 0x88
#define WRITE_16 0x8a
#define SERVICE_ACTION_IN_16 0x9e
#define READ_CAPACITY_16 0x10		/* service action */
#define INQUIRY_VPD 0x01
#define MODE_ALL_PAGES 0x3f
#define MODE_NO_BLOCK_DESCRIPTORS 0x08

#define STATUS_GOOD 0x00		/* SAM-5, 5.3.1 */
#define STATUS_CHECK_CONDITION 0x02
#define STATUS_BUSY 0x08
#define STATUS_TASK_SET_FULL 0x28

/* Sense data, descriptor and fixed format, sense keys: SPC-4, 4.5. */
#define SENSE_CODE_MASK 0x7f
#define SENSE_FIXED 0x70
#define SENSE_DESCRIPTORS 0x72
#define KEY_RECOVERED 0x1
#define KEY_NOT_READY 0x2
#define KEY_ILLEGAL_REQUEST 0x5
#define KEY_UNIT_ATTENTION 0x6
#define KEY_ABORTED 0xb
#define ASC_BECOMING_READY 0x0401	/* SPC-4, annex of ASC and ASCQ assignments */

static u32 get_be32(const u8 *at)
{
	return (u32)at[0] << 24 | (u32)at[1] << 16 | (u32)at[2] << 8 | at[3];
}

static void put_be16(u8 *at, u16 value)
{
	at[0] = (u8)(value >> 8);
	at[1] = (u8)value;
}

static void put_be32(u8 *at, u32 value)
{
	put_be16(at, (u16)(value >> 16));
	put_be16(at + 2, (u16)value);
}

static enum scsi_verdict judge_key(u8 key, u16 code)
{
	switch (key) {
	case 0:
	case KEY_RECOVERED:
		return SCSI_DONE;
	case KEY_UNIT_ATTENTION:
		return SCSI_PUT_OFF;
	case KEY_ABORTED:
		return SCSI_ABORTED;
	case KEY_NOT_READY:
		return code == ASC_BECOMING_READY ? SCSI_PUT_OFF : SCSI_FAILED;
	case KEY_ILLEGAL_REQUEST:
		return SCSI_UNKNOWN;
	default:
		return SCSI_FAILED;
	}
}

static enum scsi_verdict judge_sense(const u8 *sense, u32 bytes)
{
	u8 format = bytes ? (sense[0] & SENSE_CODE_MASK) & 0x7e : 0;	/* bit 0: of an earlier command */

	if (format == SENSE_FIXED && bytes >= 14)
		return judge_key(sense[2] & 0xf, (u16)(sense[12] << 8 | sense[13]));
	if (format == SENSE_DESCRIPTORS && bytes >= 4)
		return judge_key(sense[1] & 0xf, (u16)(sense[2] << 8 | sense[3]));
	return SCSI_FAILED;
}

enum scsi_verdict scsi_judge(u8 status, const u8 *sense, u32 sense_bytes)
{
	switch (status) {
	case STATUS_GOOD:
		return SCSI_DONE;
	case STATUS_CHECK_CONDITION:
		return judge_sense(sense, sense_bytes);
	case STATUS_BUSY:
	case STATUS_TASK_SET_FULL:
		return SCSI_PUT_OFF;
	default:
		return SCSI_FAILED;
	}
}

static void start_cdb(u8 *cdb, u8 opcode)
{
	memset(cdb, 0, SCSI_CDB_BYTES);
	cdb[0] = opcode;
}

void scsi_test_unit_ready(u8 *cdb)
{
	start_cdb(cdb, TEST_UNIT_READY);
}

void scsi_inquiry(u8 *cdb, u16 bytes)
{
	start_cdb(cdb, INQUIRY);
	put_be16(cdb + 3, bytes);
}

void scsi_inquiry_vpd(u8 *cdb, u8 page, u16 bytes)
{
	scsi_inquiry(cdb, bytes);
	cdb[1] = INQUIRY_VPD;
	cdb[2] = page;
}

void scsi_mode_sense(u8 *cdb, u8 bytes)
{
	start_cdb(cdb, MODE_SENSE_6);
	cdb[1] = MODE_NO_BLOCK_DESCRIPTORS;
	cdb[2] = MODE_ALL_PAGES;
	cdb[4] = bytes;
}

void scsi_read_capacity(u8 *cdb, u32 bytes)
{
	start_cdb(cdb, SERVICE_ACTION_IN_16);
	cdb[1] = READ_CAPACITY_16;
	put_be32(cdb + 10, bytes);
}

void scsi_synchronize_cache(u8 *cdb)
{
	start_cdb(cdb, SYNCHRONIZE_CACHE_10);
}

void scsi_read_write(u8 *cdb, bool write, u64 block, u32 blocks)
{
	start_cdb(cdb, write ? WRITE_16 : READ_16);
	put_be32(cdb + 2, (u32)(block >> 32));
	put_be32(cdb + 6, (u32)block);
	put_be32(cdb + 10, blocks);
}

/* SPC-4, standard INQUIRY data: peripheral qualifier 0 (there is one), device type 0 (a disk). */
bool scsi_inquiry_is_disk(const u8 *answer)
{
	return answer[0] == 0;
}

/* SBC-3, mode parameter header: write protect in the device-specific parameter. */
bool scsi_mode_is_read_only(const u8 *answer)
{
	return answer[2] & 0x80;
}

/* SBC-3, READ CAPACITY (16) parameter data: the last block's number, and a block's bytes. */
void scsi_capacity(const u8 *answer, u64 *ret_blocks, u32 *ret_block_bytes)
{
	*ret_blocks = ((u64)get_be32(answer) << 32 | get_be32(answer + 4)) + 1;
	*ret_block_bytes = get_be32(answer + 8);
}

/* SBC-3, Block Limits VPD page: MAXIMUM TRANSFER LENGTH. */
u32 scsi_max_blocks(const u8 *block_limits)
{
	return get_be32(block_limits + 8);
}
