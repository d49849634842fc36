/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From the targets to /var/crash: `kdumpctl collect`.
 *
 * Order: kdump.log, vmcore-dmesg.txt, vmcore, each durable under its final name before
 * the next; then the header says CLEANING with the next generation, then the stamps are
 * rewritten (which destroys the payload), then the header says EMPTY.  A run that is cut
 * off before CLEANING is simply done again; one that is cut off after it goes on there.
 */
#ifndef KDUMPCTL_COLLECT_H
#define KDUMPCTL_COLLECT_H

#include "kdumpctl/conf.h"
#include "kdumpctl/target_disk.h"

/*
 * `kdumpctl collect`: collects what the configured targets hold, or nothing.  Says what
 * it did and its errors.
 */
int collect_command(const struct conf *conf);

/* The device or file of a configured target; ret_device: PATH_MAX bytes.  As target_resolve(). */
int collect_resolve(const struct conf_target *target, char *ret_device);

/* From an open target; name: the device or file, for messages too. */
int collect_from(struct target_disk *disk, const char *name, const char *path, const char *hostname);

/* True when the header tells of a dump, whole or not, that was not yet collected. */
bool collect_is_needed(const struct target_header *header);

#endif
