/* SPDX-License-Identifier: GPL-2.0 */
/* A second kernel that waits in the crash region, for when no target takes the dump.  docs/handover.md. */
#ifndef DUMPKERNEL_CHAIN_H
#define DUMPKERNEL_CHAIN_H

#include "capture/config.h"
#include "capture/memrange.h"

/* Whether it can be what a loader wrote: its own sum, and every piece beside [image, image_end). */
bool chain_is_sane(const struct handover_chain *chain, u64 image, u64 image_end);

/* Takes over what the loader says of it; through the loader's page tables. */
void chain_open(u64 pa);

/* Takes its pieces out of the memory that we may use.  -ENOMEM. */
int chain_reserve(struct memrange_set *free);

/*
 * Makes all that starting it needs, while there is memory.  config: of which disks and
 * bridges are stopped first; read only then.
 */
void chain_prepare(const struct config *config);

/* Starts it.  Returns when there is none, when it is damaged (said), or when it was tried already. */
void chain_start(void);

#endif
