/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a disk says of itself in its vital product data (SPC-4, 7.8): read by kdumpctl
 * from sysfs when arming, and by the dump kernel from the disk.  Pages are checked for
 * everything that is read of them.
 */
#ifndef CAPTURE_SCSI_VPD_H
#define CAPTURE_SCSI_VPD_H

#include "capture/env.h"

#define SCSI_VPD_SERIAL 0x80
#define SCSI_VPD_IDS 0x83

/* No more of a page is looked at, on either side: both must find the same. */
#define SCSI_VPD_MAX_BYTES 256u

/*
 * The serial number of a page 80h of `bytes` bytes, without the spaces around it, cut to
 * size - 1 characters, padded with NULs.  -ENODATA: there is none; ret_serial untouched.
 */
int scsi_vpd_serial(const u8 *page, u32 bytes, char *ret_serial, u32 size);

/*
 * The first binary id (EUI-64 or NAA) of the logical unit that has id_bytes, of a page
 * 83h.  -ENODATA: there is none; ret_id untouched.
 */
int scsi_vpd_id(const u8 *page, u32 bytes, u8 *ret_id, u32 id_bytes);

#endif
