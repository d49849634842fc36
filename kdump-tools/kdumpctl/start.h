/* SPDX-License-Identifier: GPL-2.0 */
/* Arming and disarming: start, stop, restart, reload, check.  All say their errors. */
#ifndef KDUMPCTL_START_H
#define KDUMPCTL_START_H

#include "kdumpctl/conf.h"

struct start_options {
	const char *image;		/* path of the dump kernel */
	enum load_syscall syscall;	/* AUTO: what the configuration says */
	bool force;			/* replace another tool's crash image */
};

/* Does nothing when it is operational already. */
int start_command(const struct conf *conf, const struct start_options *options);

/* Arms again, whatever is armed: after hotplug or a change of the configuration. */
int start_reload(const struct conf *conf, const struct start_options *options);

/*
 * Looks whether what is armed is still what it was armed for, and arms again when it is not.
 * When that fails and a dump file is not where it was, nothing stays armed, and later calls
 * try again (its file system may be mounted again).
 */
int start_check(const struct conf *conf, const struct start_options *options);

/* Only the table of checks. */
int start_preflight(const struct conf *conf, const struct start_options *options);

/* Makes the capture initramfs of Linux mode again, whether needed or not; loads nothing. */
int start_rebuild(const struct conf *conf);

/*
 * Makes the crash region as small as bytes, if it is larger, and says how much memory came back;
 * what is armed is armed again in it.
 */
int start_shrink(const struct conf *conf, const struct start_options *options, u64 bytes);

/* Unloads our image and tells the target; nothing armed is no error. */
int start_stop(void);

#endif
