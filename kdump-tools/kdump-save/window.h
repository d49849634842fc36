/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A piece of the source mapped into memory, one for each thread, which moves along as the thread
 * reads on.  /proc/vmcore is many times faster so than by read(2).  What can't be read, a bad disk
 * or a file that became shorter, raises SIGBUS, which is caught.
 */
#ifndef KDUMP_SAVE_WINDOW_H
#define KDUMP_SAVE_WINDOW_H

#include "kdump-save/source.h"

/* 0; -EFAULT: can't be had this way. */
int window_read(const struct source *source, u64 pa, void *buf, size_t bytes);

/* The calling thread's. */
void window_close(void);

#endif
