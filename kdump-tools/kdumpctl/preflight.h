/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Everything that must be true for a panic to end in a dump, checked before it: a table
 * of small checks that share what they find out.
 */
#ifndef KDUMPCTL_PREFLIGHT_H
#define KDUMPCTL_PREFLIGHT_H

#include "kdumpctl/conf.h"
#include "kdumpctl/dumpfile.h"
#include "kdumpctl/image.h"
#include "kdumpctl/linux_mode.h"
#include "kdumpctl/live_check.h"
#include "kdumpctl/mode.h"
#include "kdumpctl/need.h"
#include "kdumpctl/platform.h"
#include "kdumpctl/target_disk.h"
#include "kdumpctl/target_probe.h"

#define PREFLIGHT_DETAIL_BYTES 1280

enum preflight_result {
	PREFLIGHT_OK,
	PREFLIGHT_WARN,		/* a dump works, but not always or not fully */
	PREFLIGHT_FAIL,		/* a panic would not end in a dump */
	PREFLIGHT_SKIP,		/* can't be checked because another check failed */
};

/* One of the configured targets, in their order. */
struct preflight_target {
	const struct conf_target *conf;
	bool probe_ok, header_ok;
	bool usable;			/* no check of it failed */
	struct target_probe probe;
	struct file_extents extents;	/* of a dump file, else none */
	struct target_header header;
};

struct preflight {
	/* In, by the caller */
	const struct conf *conf;
	const char *image_path;
	enum load_syscall syscall;	/* asked for; AUTO is replaced by what will be used */
	bool force;			/* replace another tool's crash image */

	enum capture_image_use image_use;

	/* By preflight_choose_mode() */
	enum mode mode;
	char why[MODE_WHY_BYTES];
	struct linux_mode *capture;	/* NULL when nothing asked for it */

	/* Found out; each valid when its flag says so */
	bool image_ok, platform_ok;
	struct image_facts image;
	struct preflight_target target[CONF_MAX_TARGETS];
	u32 targets, usable_targets;
	struct platform platform;
	bool locked_down;
	struct config_dump dump;	/* the configuration's, its level lowered to what can be trusted */
	char dump_level_why[LIVE_CHECK_WHY_BYTES + 64];	/* it was lowered, or not checked; empty: neither */
	char cmdline[2048];		/* of the dump kernel */
	u64 ram_bytes;
	struct need need;
	u64 region_bytes;

	/* What the dump kernel starts when it fails, by check_fallback(); NULL: nothing, and why */
	struct linux_mode *fallback;
	struct conf fallback_conf;
	struct crash_load fallback_request;
	char fallback_why[PREFLIGHT_DETAIL_BYTES];
	u32 config_bytes;		/* 0: no config block could be built */
	u8 config[CONFIG_MAX_BYTES] __attribute__((aligned(8)));
};

enum preflight_report {
	PREFLIGHT_SAY_ALL,	/* the whole table, to stdout */
	PREFLIGHT_SAY_PROBLEMS,	/* failures and warnings as errors and warnings */
	PREFLIGHT_SAY_NOTHING,
};

/* New memory, to be given to preflight_free(); NULL (said) without.  image_path: NULL: the one that conf needs. */
struct preflight *preflight_new(const struct conf *conf, const char *image_path);
void preflight_free(struct preflight *preflight);

/* Settles mode, and capture where it matters; before the checks.  Silent: the checks say what is missing. */
void preflight_choose_mode(struct preflight *preflight);

/* Checks the configured targets alone, and says nothing; which of them are usable is known then. */
void preflight_find_targets(struct preflight *preflight);

/* Runs all checks of the mode.  0, or -EPERM when one failed. */
int preflight_run(struct preflight *preflight, enum preflight_report report);

/* The request that start passes to crash_load(), from a finished preflight; initrd: the config block's path in standalone mode. */
struct crash_load preflight_request(const struct preflight *preflight, const char *initrd);

#endif
