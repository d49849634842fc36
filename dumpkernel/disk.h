/* SPDX-License-Identifier: GPL-2.0 */
/* What every disk driver checks in the same way. */
#ifndef DUMPKERNEL_DISK_H
#define DUMPKERNEL_DISK_H

#include "capture/dump_target.h"
#include "capture/handover.h"

/* How long one request may take before the device counts as dead. */
#define DISK_TIMEOUT_US (30ull * 1000 * 1000)

/* No request needs more; a driver's lists of addresses are sized by it. */
#define DISK_MAX_TRANSFER_BYTES (512u << 10)

/* 0, or -EINVAL when io breaks the rules of struct dump_io or leaves the disk. */
int disk_check_io(const struct dump_target *target, const struct dump_io *io);

/*
 * Compares what the device says of itself with what kdumpctl saw: serial (id of
 * id_bytes, padded with spaces or NULs; not compared when config has none), block
 * size, size in blocks.  0, or -ENXIO after a message that says what differs.
 */
int disk_check_identity(const struct config_target *config, const char *id, size_t id_bytes,
			u32 block_bytes, u64 blocks);

/* Whether a binary id is another one than when armed; zeros in armed: there was none to compare. */
bool disk_id_differs(const u8 *armed, const u8 *found, size_t bytes);

#endif
