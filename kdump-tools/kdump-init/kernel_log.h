/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KDUMP_INIT_KERNEL_LOG_H
#define KDUMP_INIT_KERNEL_LOG_H

#include <stddef.h>

/* This kernel's own log as dmesg prints it, new memory; NULL without memory. */
char *kernel_log_read(size_t *ret_bytes);

/* Takes "<6>" from the start of every line; returns the length that is left.  (For tests.) */
size_t kernel_log_strip(char *text, size_t bytes);

#endif
