/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The checks of preflight.c's table.  Each writes to detail what it found: why and what
 * to do when it fails or warns.  They run in the table's order and may use what those
 * before them have found out.
 */
#ifndef KDUMPCTL_CHECKS_H
#define KDUMPCTL_CHECKS_H

#include "kdumpctl/preflight.h"

/* checks_system.c */
enum preflight_result check_root(struct preflight *preflight, char *detail, size_t size);
enum preflight_result check_kernel(struct preflight *preflight, char *detail, size_t size);
enum preflight_result check_mode(struct preflight *preflight, char *detail, size_t size);
enum preflight_result check_image(struct preflight *preflight, char *detail, size_t size);
enum preflight_result check_lockdown(struct preflight *preflight, char *detail, size_t size);
enum preflight_result check_other_image(struct preflight *preflight, char *detail, size_t size);
enum preflight_result check_oops(struct preflight *preflight, char *detail, size_t size);
enum preflight_result check_notifiers(struct preflight *preflight, char *detail, size_t size);

/* checks_target.c: of one of the targets */
enum preflight_result check_target(struct preflight *preflight, struct preflight_target *target, char *detail, size_t size);
enum preflight_result check_use(struct preflight *preflight, struct preflight_target *target, char *detail, size_t size);
enum preflight_result check_header(struct preflight *preflight, struct preflight_target *target, char *detail, size_t size);
enum preflight_result check_capacity(struct preflight *preflight, struct preflight_target *target, char *detail, size_t size);

/* checks_machine.c */
enum preflight_result check_platform(struct preflight *preflight, char *detail, size_t size);
enum preflight_result check_clock(struct preflight *preflight, char *detail, size_t size);
enum preflight_result check_iommu(struct preflight *preflight, char *detail, size_t size);
enum preflight_result check_encryption(struct preflight *preflight, char *detail, size_t size);
enum preflight_result check_watchdog(struct preflight *preflight, char *detail, size_t size);

/* checks_region.c */
enum preflight_result check_region(struct preflight *preflight, char *detail, size_t size);
enum preflight_result check_capture_region(struct preflight *preflight, char *detail, size_t size);

/* checks_linux.c */
enum preflight_result check_capture_kernel(struct preflight *preflight, char *detail, size_t size);
enum preflight_result check_capture_targets(struct preflight *preflight, char *detail, size_t size);
enum preflight_result check_capture_space(struct preflight *preflight, char *detail, size_t size);
enum preflight_result check_capture_image(struct preflight *preflight, char *detail, size_t size);
enum preflight_result check_capture_watchdog(struct preflight *preflight, char *detail, size_t size);

/* checks_filter.c: of the dump kernel it may lower preflight->dump.level, and never fails */
enum preflight_result check_filter(struct preflight *preflight, char *detail, size_t size);
enum preflight_result check_capture_filter(struct preflight *preflight, char *detail, size_t size);

/* checks_fallback.c: having none is no fault; after check_region(), whose need it makes larger. */
enum preflight_result check_fallback(struct preflight *preflight, char *detail, size_t size);

/*
 * Prepares it however large the region is: fallback is set, and need is that of both.  Else a negative
 * errno, fallback_why says why, and need is as before.  After region_compute_need().
 */
int fallback_prepare(struct preflight *preflight);

/*
 * Fills cmdline, config and need, for check_region() and `kdumpctl estimate`; image and
 * platform must be known.  Negative errno.
 */
int region_compute_need(struct preflight *preflight);

#endif
