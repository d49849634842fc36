/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KDUMP_INIT_COLLECTOR_H
#define KDUMP_INIT_COLLECTOR_H

#include "kdump-init/run.h"

/*
 * Splits a core_collector command at white space and adds /proc/vmcore, unless it is a word
 * of it, and the output.  command is changed and must stay.  -E2BIG, -EINVAL for no words.
 */
int collector_split(char *command, char *output, char **argv, size_t size);

/* Runs it; output is the file to write, which is not there yet.  Says why it failed. */
int collector_run(struct run *run, const char *command, char *output);

#endif
