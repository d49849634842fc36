/* SPDX-License-Identifier: GPL-2.0 */
/* The command line of kexec, with kexec-tools' options and their meanings. */
#ifndef KEXEC_OPTIONS_H
#define KEXEC_OPTIONS_H

#include "kexec/crash_load.h"

enum options_action {
	OPTIONS_LOAD,
	OPTIONS_UNLOAD,
	OPTIONS_STATUS,
	OPTIONS_HELP,
	OPTIONS_VERSION,
};

struct options {
	enum options_action action;
	enum load_syscall syscall;
	const char *kernel;
	const char *initrd;
	const char *append;		/* NULL: none */
	bool reuse_cmdline;
	bool no_checks;
	bool debug;
};

/* Reads argv, whose strings must outlive ret_options.  -EINVAL, said. */
int options_parse(struct options *ret_options, int argc, char **argv);

void options_print_help(void);

#endif
