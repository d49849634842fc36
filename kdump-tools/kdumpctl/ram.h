/* SPDX-License-Identifier: GPL-2.0 */
/* How much there is to dump. */
#ifndef KDUMPCTL_RAM_H
#define KDUMPCTL_RAM_H

#include "capture/env.h"

/*
 * Bytes of payload that a dump of the running machine needs: its memory without the crash
 * region, and room for the ELF headers.  Says its errors, as machine_init().
 */
int ram_dump_bytes(u64 *ret_bytes);

#endif
