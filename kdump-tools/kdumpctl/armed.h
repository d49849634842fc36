/* SPDX-License-Identifier: GPL-2.0 */
/* What start has armed, kept in /run/lifeboat/status.json for status, stop and collect. */
#ifndef KDUMPCTL_ARMED_H
#define KDUMPCTL_ARMED_H

#include <limits.h>

#include "capture/env.h"

#define ARMED_MAX_TARGETS 8

struct armed_target {
	char kind[16];		/* raw, dumpfile, or in Linux mode a type of file system */
	char device[PATH_MAX];	/* node or file; as configured when it was left out */
	char uuid[40];		/* of a prepared one, as text */
	u64 generation;
	char why[256];		/* it was left out; empty: it was armed */
};

struct armed {
	char boot_id[40];	/* of the boot in which it was armed */
	char mode[16];		/* mode_name() */
	char mode_why[1024];
	char content[80];	/* of the capture initramfs; empty in standalone mode */
	struct armed_target target[ARMED_MAX_TARGETS];	/* in the order of trial */
	u32 targets;
	char fallback[640];	/* "ext4 UUID=...", what Linux mode saves to when the dump kernel fails; empty: nothing */
	char fallback_why[640];	/* there is none */
	u32 config_crc;		/* of /run/lifeboat/config or plan */
	u32 cpus, memory;	/* struct platform_fingerprint */
	u32 follows_hotplug;	/* 1: the kernel keeps the elfcorehdr up to date */
	u64 armed_time;		/* unix seconds */
	u64 region_bytes;
	u64 need_bytes;
	u64 work_bytes;		/* of these, what depends on the memory map */
	char system_call[32];	/* kexec_load or kexec_file_load */
	char image[PATH_MAX];
	char final_action[16], failure_action[16];
	u32 dump_level;		/* of the standalone dump kernel */
	char dump_level_why[320];	/* it is not what was configured, or was not checked; empty: neither */
	char codec[8];
};

/* Fills boot_id.  What reading says. */
int armed_read_boot_id(char *buf, size_t size);

/* The next of its targets that was armed, after `last`; NULL at first and at the end. */
const struct armed_target *armed_next_target(const struct armed *armed, const struct armed_target *last);

/* -ENOENT: nothing was armed in this boot; -EINVAL: the file makes no sense.  Silent. */
int armed_read(struct armed *ret_armed);

/* Parses the file's text; -EINVAL.  boot_id is not compared. */
int armed_parse(const char *text, struct armed *ret_armed);

int armed_write(const struct armed *armed);

/* New memory with the text, to be freed; NULL: no memory. */
char *armed_print(const struct armed *armed);

#endif
