/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KDUMPCTL_COLLECTOR_CHECK_H
#define KDUMPCTL_COLLECTOR_CHECK_H

#include <stddef.h>

/*
 * Asks the kdump-save at path whether it knows these options: now, not at the panic.  -EINVAL: it does not, and what
 * it said is the reason; -E2BIG, -ENOMEM, what pipe(2), fork(2) and waitpid(2) say; with the reason.
 */
int collector_check_options(const char *path, const char *options, char *reason, size_t size);

#endif
