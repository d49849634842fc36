/* SPDX-License-Identifier: GPL-2.0 */
/* Stage 2 as the config block asks for it: which pages are left out, how the others are compressed. */
#ifndef DUMPKERNEL_FILTERED_H
#define DUMPKERNEL_FILTERED_H

#include "capture/config.h"
#include "capture/dump.h"

/*
 * Behind stage 1, for each target: counts pages, takes memory the first time.  False: all of
 * memory is to be written by dump_memory(), because that is wanted or, as was said, nothing else
 * can be.
 */
bool filtered_prepare(const struct config *config, struct dump *dump);

/* As dump_kdump_write(), with a message. */
int filtered_write(void);

#endif
