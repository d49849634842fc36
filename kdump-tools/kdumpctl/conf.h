/* SPDX-License-Identifier: GPL-2.0 */
/* /etc/kdump.conf: Fedora's directive names, one per line, # starts a comment. */
#ifndef KDUMPCTL_CONF_H
#define KDUMPCTL_CONF_H

#include <limits.h>

#include "capture/handover.h"
#include "kexec/crash_load.h"

#define CONF_FILE "/etc/kdump.conf"

struct conf {
	char raw[PATH_MAX];	/* device or TAG=value; empty: no target */
	char path[PATH_MAX];	/* where collect puts dumps, absolute */
	enum config_action final_action;
	enum config_action failure_action;
	enum load_syscall syscall;
	bool panic_on_oops;	/* start sets kernel.panic_on_oops */
};

/*
 * Reads and checks a configuration file; says every error with file and line, all
 * of them, not only the first.  Errors: -EINVAL for a bad line, -ENOMEM, and what
 * open(2) and read(2) say.  *ret_conf is untouched on failure.
 */
int conf_read(const char *file, struct conf *ret_conf);

/* The same from text, which is changed; file: name for messages. */
int conf_parse(const char *file, char *text, struct conf *ret_conf);

/* "reboot", "halt" or "poweroff". */
const char *conf_action_name(enum config_action action);

#endif
