/* SPDX-License-Identifier: GPL-2.0 */
/* /etc/kdump.conf: Fedora's directive names, one per line, # starts a comment. */
#ifndef KDUMPCTL_CONF_H
#define KDUMPCTL_CONF_H

#include <limits.h>

#include "capture/handover.h"
#include "kexec/crash_load.h"

#define CONF_FILE "/etc/kdump.conf"

#define CONF_MAX_TARGETS 8
#define CONF_SPEC_BYTES 512u

/* One target line: "raw DEVICE" (a path or TAG=value) or "dumpfile PATH". */
struct conf_target {
	char fstype[12];	/* the line's first word */
	char spec[CONF_SPEC_BYTES];
};

struct conf {
	struct conf_target target[CONF_MAX_TARGETS];	/* in the order in which they are tried */
	unsigned int targets;
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

/* Whether it is a dump file, not a device. */
bool conf_target_is_file(const struct conf_target *target);

/* "reboot", "halt" or "poweroff". */
const char *conf_action_name(enum config_action action);

#endif
