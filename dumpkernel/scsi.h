/* SPDX-License-Identifier: GPL-2.0 */
/* SCSI commands and answers as bytes, for disks; nothing here talks to a device. */
#ifndef DUMPKERNEL_SCSI_H
#define DUMPKERNEL_SCSI_H

#include "capture/env.h"

#define SCSI_CDB_BYTES 16u

enum scsi_verdict {
	SCSI_DONE,
	SCSI_PUT_OFF,		/* not now; the same command will be done in a while */
	SCSI_ABORTED,		/* the same command may succeed, or be aborted again */
	SCSI_FAILED,
	SCSI_UNKNOWN,		/* the device does not know the command or a field of it */
};

/* What a status (SAM-5, 5.3.1) and its sense data (SPC-4, 4.5) mean for the command. */
enum scsi_verdict scsi_judge(u8 status, const u8 *sense, u32 sense_bytes);

/* Each fills a CDB of SCSI_CDB_BYTES; bytes: how much may be answered. */
void scsi_test_unit_ready(u8 *cdb);
void scsi_inquiry(u8 *cdb, u16 bytes);
void scsi_inquiry_vpd(u8 *cdb, u8 page, u16 bytes);
void scsi_mode_sense(u8 *cdb, u8 bytes);
void scsi_read_capacity(u8 *cdb, u32 bytes);
void scsi_synchronize_cache(u8 *cdb);	/* all of it */
void scsi_read_write(u8 *cdb, bool write, u64 block, u32 blocks);

/* From the answers. */
bool scsi_inquiry_is_disk(const u8 *answer);
bool scsi_mode_is_read_only(const u8 *answer);
void scsi_capacity(const u8 *answer, u64 *ret_blocks, u32 *ret_block_bytes);
u32 scsi_max_blocks(const u8 *block_limits);	/* of a transfer, of VPD page B0h; 0: no limit */

#define SCSI_VPD_BLOCK_LIMITS 0xb0

#endif
