/* SPDX-License-Identifier: GPL-2.0 */
/* The command line of kexec, with kexec-tools' options and their meanings. */
#ifndef KEXEC_OPTIONS_H
#define KEXEC_OPTIONS_H

#include "kexec/boot_exec.h"
#include "kexec/boot_load.h"
#include "kexec/crash_load.h"
#include "kexec/kexec_call.h"

enum options_action {
	OPTIONS_LOAD,
	OPTIONS_START,		/* what was loaded before */
	OPTIONS_UNLOAD,
	OPTIONS_STATUS,
	OPTIONS_HELP,
	OPTIONS_VERSION,
};

/* What follows a load for booting. */
enum options_then {
	OPTIONS_THEN_NOTHING,
	OPTIONS_THEN_START,
	OPTIONS_THEN_SHUTDOWN,
};

struct options {
	enum options_action action;
	enum kexec_slot slot;		/* of LOAD, UNLOAD, STATUS */
	enum options_then then;
	enum load_syscall syscall;
	const char *kernel;
	const char *initrd;
	const char *append;		/* NULL: none */
	bool reuse_cmdline;
	bool no_checks;
	bool debug;
	enum boot_kernel_type type;
	bool entry_32bit;
	u64 min_pa;
	u64 end_pa;			/* UINT64_MAX: no limit */
	struct boot_exec exec;
};

/* Reads argv, whose strings must outlive ret_options.  -EINVAL, said. */
int options_parse(struct options *ret_options, int argc, char **argv);

void options_print_help(void);

#endif
