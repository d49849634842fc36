/* SPDX-License-Identifier: GPL-2.0 */
/* Programs of the initramfs: the plan's scripts and its core_collector. */
#ifndef KDUMP_INIT_PROGRAM_H
#define KDUMP_INIT_PROGRAM_H

#include "kdump-init/run.h"

/*
 * Runs a program to its end.  What it prints is said, a line at a time, and is progress, as
 * is the growth of the file `watched` (NULL for none).  Returns its exit status, 128 + the
 * signal that ended it, or a negative errno when it could not be started.
 */
int program_run(struct run *run, char *const argv[], const char *watched);

/* Says why the program of this name failed; status: what program_run() has returned, not 0. */
void program_say_failure(const char *name, int status);

/*
 * Runs a list of programs in order, each with the one argument, or none for NULL.  One that
 * fails is told of; without "-" before its path it ends the list when until_failure is set.
 * 0, or -ECANCELED when the list was ended so.
 */
int program_run_list(struct run *run, char *const *paths, unsigned int count, const char *argument, bool until_failure);

#endif
