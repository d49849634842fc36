/* SPDX-License-Identifier: GPL-2.0 */
/* `kdumpctl showmem` and `kdumpctl estimate`.  Both say their errors. */
#ifndef KDUMPCTL_ESTIMATE_H
#define KDUMPCTL_ESTIMATE_H

#include "kdumpctl/start.h"

int estimate_showmem(void);

/*
 * conf: NULL when there is no usable configuration; then a target of unknown size is assumed.
 * *ret_bytes: how large the region is recommended to be.
 */
int estimate_command(const struct conf *conf, const struct start_options *options, u64 *ret_bytes);

#endif
