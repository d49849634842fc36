/* SPDX-License-Identifier: GPL-2.0 */
/* /etc/kdump.conf: Fedora's directive names, one per line, # starts a comment. */
#ifndef KDUMPCTL_CONF_H
#define KDUMPCTL_CONF_H

#include <limits.h>

#include "capture/handover.h"
#include "common/capture_plan.h"
#include "kexec/crash_load.h"

#define CONF_FILE "/etc/kdump.conf"
#define CONF_SPEC_BYTES 512u
#define CONF_TEXT_BYTES 1024u

#define CONF_KDUMP_SAVE "kdump-save"
#define CONF_CORE_COLLECTOR CONF_KDUMP_SAVE " -l -d 31"	/* where none is configured */

/*
 * Where the crash region comes from: crashkernel= or, where the boot left none, crashmem at run
 * time; only the former; or the latter also in place of one of the boot that is too small.
 */
enum conf_reserve { CONF_RESERVE_AUTO, CONF_RESERVE_BOOT, CONF_RESERVE_RUNTIME };

enum conf_mode { CONF_MODE_AUTO, CONF_MODE_STANDALONE, CONF_MODE_LINUX };

#define CONF_MAX_TARGETS CAPTURE_PLAN_MAX_TARGETS

/* One target line: "raw DEVICE" or "FSTYPE DEVICE" (a path or TAG=value), or "dumpfile PATH". */
struct conf_target {
	char fstype[12];	/* the line's first word */
	char spec[CONF_SPEC_BYTES];
};

struct conf {
	struct conf_target target[CONF_MAX_TARGETS];	/* in the order of trial; none: the file system that holds path */
	unsigned int targets;
	char path[PATH_MAX];	/* where collect puts dumps, and Linux mode in a target's file system; absolute */
	unsigned int keep;	/* so many dumps of this host stay in path; 0: all */
	enum conf_mode mode;
	enum conf_reserve reserve;
	u64 reserve_bytes;	/* what is taken at run time; 0: as much as is needed */
	enum capture_action final_action;	/* up to CAPTURE_POWEROFF */
	enum capture_action failure_action;
	enum load_syscall syscall;
	bool panic_on_oops;	/* start sets kernel.panic_on_oops */
	bool no_fallback;	/* nothing is tried after the dump kernel */
	struct config_dump dump;	/* which pages the dump kernel leaves out, how it compresses, on how many CPUs */

	/* Of Linux mode */
	char kernel[PATH_MAX];			/* the capture kernel; empty: the running one's file */
	char core_collector[CONF_TEXT_BYTES];	/* as configured; see conf_core_collector() */
	char pre[PATH_MAX], post[PATH_MAX], emergency[PATH_MAX];	/* absolute, or empty */
	char extra_bins[CONF_TEXT_BYTES], extra_modules[CONF_TEXT_BYTES];	/* words */
	char cmdline_remove[CONF_TEXT_BYTES], cmdline_append[CONF_TEXT_BYTES];	/* words */
	bool force_rebuild, force_no_rebuild;
	unsigned int time_limit_s;		/* 0: none */
};

/*
 * Reads and checks a configuration file; says every error with file and line, all
 * of them, not only the first.  Errors: -EINVAL for a bad line, -ENOMEM, and what
 * open(2) and read(2) say.  *ret_conf is untouched on failure.
 */
int conf_read(const char *file, struct conf *ret_conf);

/* The same from text, which is changed; file: name for messages. */
int conf_parse(const char *file, char *text, struct conf *ret_conf);

/* As the configuration has it. */
const char *conf_codec_word(enum config_codec codec);

/* Whether it is a dump file, not a device. */
bool conf_target_is_file(const struct conf_target *target);

/* Whether it is prepared by mkdump (a raw device or a dump file), not a file system for Linux mode. */
bool conf_target_is_prepared(const struct conf_target *target);

/* The command that saves in Linux mode; NULL: kdump-init copies /proc/vmcore as it is ("cp"). */
const char *conf_core_collector(const struct conf *conf);

/* The first directive given that only a Linux capture kernel can obey, or NULL. */
const char *conf_needs_linux(const struct conf *conf);

/* What the standalone dump kernel does instead: failure_action, or reboot where it can't. */
enum config_action conf_standalone_failure_action(const struct conf *conf);

#endif
